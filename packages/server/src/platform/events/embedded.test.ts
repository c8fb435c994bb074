/** embedded.test: the contract on the embedded engine, and what only the embedded engine has to promise. */
import { eventsContract } from "./contract.ts";
import { openTestEvents } from "./testing.ts";

eventsContract({ name: "embedded", open: openTestEvents });
