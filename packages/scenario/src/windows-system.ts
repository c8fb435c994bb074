/** windows-system: records of the smaller Windows logs: System, PowerShell, Task Scheduler, Defender. */
import { digest } from "./random.ts";
import { windowsEvent } from "./windows-log.ts";
import { nameOf, type Emission, type Host, type Process } from "./world.ts";

export const serviceNew = (
  at_ms: number,
  host: Host,
  service: { name: string; path: string; account: string },
): Emission =>
  scm({ host, at_ms }, 7045, {
    ServiceName: service.name,
    ImagePath: service.path,
    ServiceType: "user mode service",
    StartType: "demand start",
    AccountName: service.account,
  });

export const serviceState = (at_ms: number, host: Host, to: { service: string; state: string }): Emission =>
  scm({ host, at_ms }, 7036, { param1: to.service, param2: to.state });

export const serviceStartType = (at_ms: number, host: Host, { from, to }: { from: string; to: string }): Emission =>
  scm({ host, at_ms }, 7040, {
    param1: "Background Intelligent Transfer Service",
    param2: from,
    param3: to,
    param4: "BITS",
  });

export const systemLogCleared = (
  at_ms: number,
  host: Host,
  { account, channel }: { account: string; channel: string },
): Emission =>
  windowsEvent({
    host,
    at_ms,
    channel: "System",
    provider: "Microsoft-Windows-Eventlog",
    providerGuid: "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}",
    id: 104,
    level: 4,
    keywords: "0x8000000000000000",
    task: 104,
    message: `The ${channel} log file was cleared.`,
    data: {
      SubjectUserName: nameOf(account),
      SubjectDomainName: account.split("\\")[0] ?? "",
      Channel: channel,
      BackupPath: "",
    },
  });

export const scriptBlock = (
  at_ms: number,
  by: Process,
  { text, path = "" }: { text: string; path?: string },
): Emission =>
  windowsEvent({
    host: by.host,
    at_ms,
    channel: "Microsoft-Windows-PowerShell/Operational",
    provider: "Microsoft-Windows-PowerShell",
    providerGuid: "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}",
    id: 4104,
    level: 5,
    keywords: "0x0",
    task: 2,
    message: `Creating Scriptblock text (1 of 1):\r\n${text}`,
    data: {
      MessageNumber: "1",
      MessageTotal: "1",
      ScriptBlockText: text,
      ScriptBlockId: `${digest(text, 8)}-${digest(by.guid, 4)}-4a11-9c0d-${digest(`${text}${at_ms}`, 12)}`,
      Path: path,
    },
  });

export const taskStarted = (
  at_ms: number,
  host: Host,
  { task, account }: { task: string; account: string },
): Emission =>
  taskScheduler(
    { host, at_ms },
    { id: 100, message: `Task Scheduler started "${task}" for user "${account}".` },
    {
      TaskName: task,
      UserContext: account,
    },
  );

export const taskFinished = (at_ms: number, host: Host, { task, action }: { task: string; action: string }): Emission =>
  taskScheduler(
    { host, at_ms },
    { id: 201, message: `Task Scheduler completed task "${task}", action "${action}" with return code 0.` },
    {
      TaskName: task,
      ActionName: action,
      ResultCode: "0",
    },
  );

export const taskRegistered = (
  at_ms: number,
  host: Host,
  { task, account }: { task: string; account: string },
): Emission =>
  taskScheduler(
    { host, at_ms },
    { id: 106, message: `User "${account}" registered Task Scheduler task "${task}".` },
    {
      TaskName: task,
      UserContext: account,
    },
  );

/** 1000/1001 scan, 2000 signatures, 1116 detection, 5001 protection off, 5007 setting changed. */
export const defender = (at: { at_ms: number; host: Host }, id: number, data: Record<string, string>): Emission =>
  windowsEvent({
    ...at,
    channel: "Microsoft-Windows-Windows Defender/Operational",
    provider: "Microsoft-Windows-Windows Defender",
    providerGuid: "{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}",
    id,
    level: id >= 5000 || id === 1116 ? 3 : 4,
    keywords: "0x8000000000000000",
    task: 0,
    message: DEFENDER_TITLES[id] ?? "Microsoft Defender Antivirus event.",
    data: { "Product Name": "Microsoft Defender Antivirus", "Product Version": "4.18.25080.5", ...data },
  });

function scm(at: { host: Host; at_ms: number }, id: number, data: Record<string, string>): Emission {
  return windowsEvent({
    ...at,
    channel: "System",
    provider: "Service Control Manager",
    providerGuid: "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
    id,
    level: 4,
    keywords: "0x8080000000000000",
    task: 0,
    message: SCM_TITLES[id]?.(data) ?? "Service Control Manager event.",
    data,
  });
}

function taskScheduler(
  at: { host: Host; at_ms: number },
  { id, message }: { id: number; message: string },
  data: Record<string, string>,
): Emission {
  return windowsEvent({
    ...at,
    channel: "Microsoft-Windows-TaskScheduler/Operational",
    provider: "Microsoft-Windows-TaskScheduler",
    providerGuid: "{de7b24ea-73c8-4a09-985d-5bdadcfa9017}",
    id,
    level: 4,
    keywords: "0x8000000000000000",
    task: id,
    message,
    data,
  });
}

const SCM_TITLES: Readonly<Record<number, (data: Record<string, string>) => string>> = {
  7045: (data) =>
    `A service was installed in the system.\r\n\r\nService Name:  ${data["ServiceName"]}\r\nService File Name:  ${data["ImagePath"]}`,
  7036: (data) => `The ${data["param1"]} service entered the ${data["param2"]} state.`,
  7040: (data) =>
    `The start type of the ${data["param1"]} service was changed from ${data["param2"]} to ${data["param3"]}.`,
};

const DEFENDER_TITLES: Readonly<Record<number, string>> = {
  1000: "Microsoft Defender Antivirus scan has started.",
  1001: "Microsoft Defender Antivirus scan has finished.",
  1116: "Microsoft Defender Antivirus has detected malware or other potentially unwanted software.",
  2000: "Microsoft Defender Antivirus security intelligence version updated.",
  5001: "Microsoft Defender Antivirus Real-time Protection scanning for malware and other potentially unwanted software was disabled.",
  5007: "Microsoft Defender Antivirus Configuration has changed.",
};
