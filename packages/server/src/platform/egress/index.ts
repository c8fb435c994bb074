/** index: the surface of egress. */
export { type AllowEntry, readAllowList } from "./address-policy.ts";
export {
  type Caller,
  type ConnectTarget,
  createEgress,
  type Egress,
  type EgressRequest,
  type EgressResponse,
} from "./egress.ts";
