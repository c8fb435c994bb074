/** attack-windows: the actions of a step that a Windows host records. */
import type { Moment, Stage } from "./attack.ts";
import type { Action, ActionOf } from "./scenario.ts";
import * as security from "./security.ts";
import * as sysmon from "./sysmon.ts";
import * as system from "./windows-system.ts";
import { fileOf, spawn, standing, SYSTEM, type Emission, type Process } from "./world.ts";

/** Undefined when the action is not one of Windows. */
export function actOnWindows(action: Action, moment: Moment, stage: Stage): Emission[] | undefined {
  const { at_ms, host } = moment;
  const by = "by" in action ? stage.processes.get(action.by) : undefined;
  if (by !== undefined) return actOfProcess(action, { at_ms, by }, stage);
  const actor = { host, account: moment.person.account, logonId: stage.world.logonId(host, moment.person.account) };
  switch (action.kind) {
    case "process":
      return [sysmon.processCreate(at_ms, start(action, moment, stage))];
    case "logon":
      return logons(action, moment, stage);
    case "ticket":
      return stage.world.domainControllers.slice(0, 1).map((controller) =>
        security.serviceTicket({
          at_ms,
          controller,
          account: moment.person.account,
          from: stage.address(action.from),
          service: action.service,
          encryption: action.encryption,
          realm: stage.world.domain.dns.toUpperCase(),
        }),
      );
    case "service":
      return [
        system.serviceNew(at_ms, host, action),
        security.serviceInstalled(at_ms + 3, actor, action),
        sysmon.registrySet(at_ms + 5, standing(host, "services.exe"), {
          key: `HKLM\\System\\CurrentControlSet\\Services\\${action.name}\\ImagePath`,
          details: action.path,
        }),
      ];
    case "task":
      return [
        security.taskCreated(at_ms, actor, action),
        system.taskRegistered(at_ms + 4, host, { task: action.name, account: actor.account }),
      ];
    case "share":
      return ["", action.path].map((path, at) =>
        security.shareAccess({
          at_ms: at_ms + at * 30,
          ...actor,
          from: stage.address(action.from),
          share: action.share,
          path,
          mask: "0x12019f",
        }),
      );
    case "log-cleared":
      return action.channel === "Security"
        ? [security.logCleared(at_ms, actor)]
        : [system.systemLogCleared(at_ms, host, { account: actor.account, channel: action.channel })];
    case "defender":
      return [
        system.defender({ at_ms, host }, Number(action.event), { "New Value": action.text, User: actor.account }),
      ];
    default:
      return undefined;
  }
}

function actOfProcess(action: Action, actor: { at_ms: number; by: Process }, stage: Stage): Emission[] | undefined {
  const { at_ms, by } = actor;
  switch (action.kind) {
    case "end":
      return [sysmon.processEnd(at_ms, by)];
    case "file":
      return [sysmon.fileCreate(at_ms, by, action.path)];
    case "delete":
      return [sysmon.fileDelete(at_ms, by, action.path)];
    case "encrypt":
      return encrypted(action, at_ms, by);
    case "dns":
      return [sysmon.dnsQuery(at_ms, by, { name: action.name, address: action.address })];
    case "connect":
      return Array.from({ length: action.count }, (_, at) =>
        sysmon.connection(at_ms + Math.floor((action.over_ms * at) / action.count), by, {
          address: stage.address(action.to),
          port: action.port,
        }),
      );
    case "registry":
      return [sysmon.registrySet(at_ms, by, { key: action.key, details: action.value })];
    case "access":
      return [sysmon.processAccess(at_ms, by, { target: standing(by.host, action.target), mask: action.mask })];
    case "thread":
      return [sysmon.remoteThread(at_ms, by, standing(by.host, action.target))];
    case "pipe":
      return [sysmon.pipe(at_ms, by, { name: action.name, created: action.created })];
    case "script":
      return [system.scriptBlock(at_ms, by, { text: action.text })];
    default:
      return undefined;
  }
}

/** The parent is a process of the scenario, or one that stands on the host since boot. */
function start(action: ActionOf<"process">, { at_ms, host, person }: Moment, stage: Stage): Process {
  const parent = stage.processes.get(action.parent) ?? standing(host, action.parent);
  const inherits = parent.host === host && parent.user !== SYSTEM;
  const asSystem = action.integrity === "System";
  const account = asSystem ? SYSTEM : inherits ? parent.user : person.account;
  const process = spawn(parent.host === host ? parent : standing(host, "services.exe"), action.image, {
    at_ms,
    command: action.command,
    user: account,
    logonId: stage.world.logonId(host, account),
    integrity: action.integrity === "" ? (inherits ? parent.integrity : "High") : action.integrity,
    ...(action.cwd === "" ? {} : { cwd: action.cwd }),
  });
  stage.processes.set(action.id, process);
  return process;
}

function logons(action: ActionOf<"logon">, { at_ms, host, person }: Moment, stage: Stage): Emission[] {
  const from = stage.host(action.from);
  const [controller] = stage.world.domainControllers;
  const logonId = stage.world.logonId(host, person.account);
  const one = {
    host,
    account: person.account,
    type: action.type,
    package: action.package,
    from: { name: from.name, address: from.address },
  };
  const work: Emission[] = Array.from({ length: action.failed }, (_, at) =>
    security.failedLogon({ ...one, at_ms: at_ms + at * 900 }),
  );
  const success = at_ms + action.failed * 900;
  if (controller !== undefined) {
    const ticket = {
      at_ms: success,
      controller,
      account: person.account,
      from: from.address,
      service: `${host.name.toUpperCase()}$`,
      encryption: "0x12",
      realm: stage.world.domain.dns.toUpperCase(),
    };
    work.push(
      action.package === "NTLM"
        ? security.ntlmValidation(success, controller, { account: person.account, workstation: from.name })
        : security.serviceTicket(ticket),
    );
  }
  work.push(security.logon({ ...one, at_ms: success + 40, logonId }));
  if (person.privileged)
    work.push(security.specialPrivileges(success + 41, host, { account: person.account, logonId }));
  return work;
}

/** Each file appears under its new name and the old one goes. */
function encrypted(action: ActionOf<"encrypt">, at_ms: number, by: Process): Emission[] {
  return Array.from({ length: action.count }, (_, at) => {
    const time = at_ms + Math.floor((action.over_ms * at) / action.count);
    const name = `${action.folder}\\${STEMS[at % STEMS.length] ?? "File"}-${String(1000 + at)}.${EXTENSIONS[at % EXTENSIONS.length] ?? "docx"}`;
    return [sysmon.fileCreate(time, by, `${name}.${action.extension}`), sysmon.fileDelete(time + 3, by, name)];
  })
    .flat()
    .concat(
      sysmon.fileCreate(
        at_ms + action.over_ms,
        by,
        `${action.folder}\\READ-ME-TO-RESTORE-${fileOf(action.folder).toUpperCase()}.txt`,
      ),
    );
}

const STEMS = ["Payslip", "Contract", "Tax-record", "Bank-details", "Timesheet"];
const EXTENSIONS = ["pdf", "xlsx", "docx"];
