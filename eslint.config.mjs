// eslint: the invariants that need a syntax tree. Everything is an error; there are no warnings and no exceptions by comment.
import tseslint from "typescript-eslint";

const restricted = (...rules) => ["error", ...rules];
const ENV = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "process.env is read in platform/config only.",
};
const REGEXP = {
  selector:
    "NewExpression[callee.name='RegExp']:not([arguments.0.type='Literal']), CallExpression[callee.name='RegExp']:not([arguments.0.type='Literal'])",
  message: "A pattern made of data can hang the process: use the RE2-backed module of this package.",
};
const FETCH = {
  selector: "CallExpression[callee.name='fetch']",
  message: "Requests outwards go through platform/egress only.",
};
const MARKUP = {
  selector:
    "JSXAttribute[name.name='dangerouslySetInnerHTML'], AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/], CallExpression[callee.property.name='insertAdjacentHTML']",
  message: "Text from logs is a text node, never markup.",
};
const EVAL = {
  selector: "CallExpression[callee.name='eval'], NewExpression[callee.name='Function']",
  message: "No code from strings.",
};
const SINGLETON = { selector: "ImportDeclaration[source.value=/^node:vm$/]", message: "node:vm is not a sandbox." };

export default tseslint.config(
  { ignores: ["**/dist/**", "**/build/**", ".cache/**", "**/*.gen.ts", "**/*.mjs", "**/*.cjs", "node_modules/**"] },
  {
    files: ["packages/**/*.{ts,tsx}", "test/**/*.ts", "bench/**/*.ts", "scripts/**/*.ts"],
    linterOptions: { noInlineConfig: true },
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "describe", "it", "suite", "before", "after"] },
          ],
        },
      ],
      "@typescript-eslint/no-misused-promises": [
        "error",
        { checksVoidReturn: { attributes: false, arguments: false, properties: false } },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/ban-ts-comment": "error",
      "max-lines": ["error", { max: 500 }],
      "max-params": ["error", 3],
      "no-console": "error",
      "no-restricted-syntax": restricted(ENV, REGEXP, FETCH, MARKUP, EVAL, SINGLETON),
    },
  },
  // Where a rule has its one lawful place.
  {
    files: ["packages/server/src/platform/config/**", "packages/server/src/**/testing.ts"],
    rules: { "no-restricted-syntax": restricted(REGEXP, FETCH, MARKUP, EVAL, SINGLETON) },
  },
  {
    files: ["packages/server/src/platform/egress/**", "packages/web/src/app/client.ts", "packages/cli/src/client.ts"],
    rules: { "no-restricted-syntax": restricted(ENV, REGEXP, MARKUP, EVAL, SINGLETON) },
  },
  {
    files: ["**/*.test.ts", "test/**", "bench/**", "scripts/**", "**/contract.ts"],
    rules: { "no-restricted-syntax": restricted(EVAL, MARKUP), "no-console": "off", "max-params": "off" },
  },
  { files: ["packages/cli/**"], rules: { "no-console": "off" } },
);
