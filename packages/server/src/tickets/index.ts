/** index: the surface of tickets. */
export { createTickets, type Tickets } from "./create.ts";
