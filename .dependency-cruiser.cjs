// Import rules: all errors, no baseline. TIERS is the table of ARCHITECTURE.md, lowest first.
const TIERS = [
  ["platform"],
  ["access", "backup"],
  ["estate", "connectors"],
  ["ingest", "search", "changes"],
  ["pulls"],
  ["detect", "silence", "metric-rules"],
  ["triage"],
  ["incidents"],
  ["oncall", "tickets", "respond"],
  ["playbooks"],
  ["exercises"],
  ["measure"],
  ["http"],
];
const dirs = TIERS.flat();
const areas = dirs.filter((d) => d !== "platform");
const tierOf = (d) => TIERS.findIndex((t) => t.includes(d));
const upward = dirs.map((d) => ({
  name: `tier-${d}`,
  severity: "error",
  comment: `${d} may import only lower tiers; upward needs are functions passed in by main.ts, or topics.`,
  from: { path: `^packages/server/src/${d}/`, pathNot: "\\.test\\.ts$" },
  to: {
    path: `^packages/server/src/(${[...dirs.filter((o) => o !== d && tierOf(o) >= tierOf(d)).map((o) => `${o}/`), "main\\.ts", "worker\\.ts"].join("|")})`,
  },
}));
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "Files in a cycle cannot be understood one at a time.",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "area-surface",
      severity: "error",
      comment: "Another area is reached through its index.ts.",
      from: { path: "^packages/server/src/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: `^packages/server/src/(${areas.join("|")})/`, pathNot: ["^packages/server/src/$1/", "/index\\.ts$"] },
    },
    {
      name: "pure",
      severity: "error",
      comment: "Pure packages do no I/O of their own.",
      from: {
        path: "^packages/(contracts|ocsf|sigma|evtx|sdk|content|playbook|scenario)/src",
        pathNot: "\\.test\\.ts$",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "contracts-zod-only",
      severity: "error",
      from: { path: "^packages/contracts/src", pathNot: "\\.test\\.ts$" },
      to: { pathNot: ["^packages/contracts/src", "node_modules/zod"] },
    },
    {
      name: "sigma-stands-alone",
      severity: "error",
      from: { path: "^packages/(sigma|evtx)/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/(?!sigma|evtx)" },
    },
    {
      name: "content-sdk-only",
      severity: "error",
      from: { path: "^packages/content/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/(server|web|cli|sigma|evtx|playbook|scenario)/" },
    },
    {
      name: "content-independent",
      severity: "error",
      comment: "Content files do not import each other.",
      from: { path: "^packages/content/src/.+\\.(connector|parser|action|control|metric)\\.ts$" },
      to: { path: "\\.(connector|parser|action|control|metric)\\.ts$" },
    },
    {
      name: "web-contracts-only",
      severity: "error",
      from: { path: "^packages/web/src" },
      to: { path: "^packages/(server|content|sigma|evtx|sdk|cli|playbook|scenario)/" },
    },
    {
      name: "not-to-test",
      severity: "error",
      comment: "Nothing imports a test.",
      from: { pathNot: "\\.test\\.ts$" },
      to: { path: "\\.test\\.ts$" },
    },
    {
      name: "no-cross-package-paths",
      severity: "error",
      comment: "Another package is reached by its name.",
      from: { path: "^packages/([^/]+)/src" },
      to: { path: "^packages/([^/]+)/src", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },
    ...upward,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|build|\\.cache)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types"],
      extensions: [".ts", ".tsx", ".js"],
    },
  },
};
