/** index: the surface of the home directory. */
export { type Home, type HomePaths, homePaths, openHome } from "./home.ts";
export type { Secrets } from "./secrets.ts";
