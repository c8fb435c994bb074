/** http: the edge. Surface of the area. */
export { createHttp, type Http, type RawEndpoint } from "./create.ts";
export type { HttpPort } from "./ports.ts";
