/** openapi: renders the route tables as OpenAPI 3.1. Nothing is written by hand, so it cannot be out of date. */
import type { Route } from "@holdfast/contracts";
import { problem } from "@holdfast/contracts/model";
import { z } from "zod";

export function openApi(tables: readonly Readonly<Record<string, Route>>[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const table of tables) {
    for (const [operationId, route] of Object.entries(table)) {
      const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
      paths[path] ??= {};
      paths[path][route.method.toLowerCase()] = operation(operationId, route);
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Holdfast", version, license: { name: "Apache-2.0" } },
    components: {
      schemas: { Problem: schemaOf(problem, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "holdfast_session" },
      },
    },
    paths,
  };
}

function operation(operationId: string, route: Route): object {
  const parameters = [...parametersOf("path", route.params), ...parametersOf("query", route.query)];
  const hasBody = !isEmpty(route.body);
  return {
    operationId,
    summary: route.summary,
    tags: [route.path.split("/")[2] ?? "api"],
    "x-permission": route.permission,
    ...(route.permission === "public" ? {} : { security: [{ token: [] }, { session: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody
      ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(route.body, "input") } } } }
      : {}),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: schemaOf(route.response, "output") } } },
      default: {
        description: "What went wrong.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function parametersOf(place: "path" | "query", schema: unknown): object[] {
  const { properties = {}, required = [] } = schemaOf(schema, "input") as JsonSchema;
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: shape,
  }));
}

const isEmpty = (schema: unknown): boolean =>
  Object.keys((schemaOf(schema, "input") as JsonSchema).properties ?? {}).length === 0;

function schemaOf(schema: unknown, io: "input" | "output"): object {
  if (!(schema instanceof z.ZodType)) return {};
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
