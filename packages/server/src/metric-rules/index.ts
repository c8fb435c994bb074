/** metric-rules: alerts on metrics. Surface of the area. */
export { createMetricRules, type MetricAlert, type MetricRules, type MetricRulesOptions } from "./create.ts";
