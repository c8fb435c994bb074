/** index: the surface of egress. */
export { readAllowList } from "./address-policy.ts";
export {
  type Caller,
  createEgress,
  type Egress,
  type EgressRequest,
  type EgressResponse,
} from "./egress.ts";
