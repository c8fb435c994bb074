/** attack-platforms: the actions of a step that Linux, web servers, the cloud account and the cluster record. */
import type { Moment, Stage } from "./attack.ts";
import { cloudCall } from "./cloudtrail.ts";
import { clusterCall } from "./kubernetes-audit.ts";
import { auditLogin, execution, sshAccepted, sshFailed, sudo } from "./linux.ts";
import type { Action, ActionOf } from "./scenario.ts";
import { webRequest } from "./web-access.ts";
import type { Emission } from "./world.ts";

/** Undefined when the action is not one of these. */
export function actOnPlatform(action: Action, { at_ms, host, person }: Moment, stage: Stage): Emission[] | undefined {
  switch (action.kind) {
    case "ssh": {
      const login = { host, user: person.name, from: stage.address(action.from), method: action.method };
      const failed = Array.from({ length: action.failed }, (_, at) =>
        sshFailed({ ...login, at_ms: at_ms + at * 1500 }, true),
      ).flat();
      const success = at_ms + action.failed * 1500;
      return [
        ...failed,
        ...sshAccepted({ ...login, at_ms: success }),
        auditLogin(host, success + 60, { user: login.user, from: login.from, success: true }),
      ];
    }
    case "sudo":
      return sudo(host, at_ms, { user: person.name, command: action.command });
    case "shell":
      return execution(host, at_ms, {
        user: action.user === "" ? person.name : action.user,
        exe: action.exe,
        command: action.command,
      });
    case "web":
      return Array.from({ length: action.count }, (_, at) =>
        webRequest({ ...action, host, at_ms: at_ms + at * 700, from: stage.address(action.from) }),
      );
    case "cloud":
      return [
        cloudCall(stage.random, {
          at_ms,
          service: action.service,
          event: action.event,
          identity: identityOf(action),
          user: person.name,
          from: stage.address(action.from),
          agent: "aws-cli/2.31.0",
          parameters: objectOf(action.parameters),
        }),
      ];
    case "kubernetes":
      return [
        clusterCall(stage.random, {
          ...clusterParts(action),
          at_ms,
          user: person.name,
          from: stage.address(action.from),
          agent: "kubectl/v1.34.0",
        }),
      ];
    default:
      return undefined;
  }
}

function identityOf(action: ActionOf<"cloud">): "IAMUser" | "Root" | "AssumedRole" {
  return action.identity === "Root" || action.identity === "AssumedRole" ? action.identity : "IAMUser";
}

/** "pods/exec" is the subresource exec of pods. */
function clusterParts(action: ActionOf<"kubernetes">) {
  const [resource = "", subresource] = action.resource.split("/");
  return {
    verb: action.verb,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(action.namespace === "" ? {} : { namespace: action.namespace }),
    ...(action.name === "" ? {} : { name: action.name }),
    ...(action.request === "{}" ? {} : { request: objectOf(action.request) }),
  };
}

function objectOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
