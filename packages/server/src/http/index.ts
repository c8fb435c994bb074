/** http: the edge. Surface of the area. */
export { createHttp, type RawEndpoint } from "./create.ts";
