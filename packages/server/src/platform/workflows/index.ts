/** index: the surface of durable workflows. */
export type { Workflow, WorkflowContext, Workflows } from "./port.ts";
export { createWorkflows } from "./workflows.ts";
