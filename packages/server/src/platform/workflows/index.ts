/** index: the surface of durable workflows. */
export type { StepRetry, Workflow, WorkflowContext, Workflows, WorkflowState, WorkflowView } from "./port.ts";
export { createWorkflows, type WorkflowsOptions } from "./workflows.ts";
