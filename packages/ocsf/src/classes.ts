/** classes: the OCSF event classes that Holdfast fills (schema 1.9), with their numbers, names and activities.
 *  Numbers are facts of the published schema; the test compares them with it. Classes of the Windows extension carry its 200000. */

export const CATEGORIES = {
  uncategorized: 0,
  system: 1,
  findings: 2,
  iam: 3,
  network: 4,
  discovery: 5,
  application: 6,
} as const;

export const CLASSES = {
  base_event: { uid: 0, caption: "Base Event", category: 0, activities: { unknown: 0, other: 99 } },
  file_activity: {
    uid: 1001,
    caption: "File System Activity",
    category: 1,
    activities: {
      unknown: 0,
      create: 1,
      read: 2,
      update: 3,
      delete: 4,
      rename: 5,
      set_attributes: 6,
      set_security: 7,
      get_attributes: 8,
      get_security: 9,
      encrypt: 10,
      decrypt: 11,
      mount: 12,
      unmount: 13,
      open: 14,
      other: 99,
    },
  },
  kernel_extension_activity: {
    uid: 1002,
    caption: "Kernel Extension Activity",
    category: 1,
    activities: { unknown: 0, load: 1, unload: 2, other: 99 },
  },
  kernel_activity: {
    uid: 1003,
    caption: "Kernel Activity",
    category: 1,
    activities: { unknown: 0, create: 1, read: 2, delete: 3, invoke: 4, other: 99 },
  },
  memory_activity: {
    uid: 1004,
    caption: "Memory Activity",
    category: 1,
    activities: {
      unknown: 0,
      allocate_page: 1,
      modify_page: 2,
      delete_page: 3,
      buffer_overflow: 4,
      disable_dep: 5,
      enable_dep: 6,
      read: 7,
      write: 8,
      map_view: 9,
      other: 99,
    },
  },
  module_activity: {
    uid: 1005,
    caption: "Module Activity",
    category: 1,
    activities: { unknown: 0, load: 1, unload: 2, invoke: 3, other: 99 },
  },
  scheduled_job_activity: {
    uid: 1006,
    caption: "Scheduled Job Activity",
    category: 1,
    activities: { unknown: 0, create: 1, update: 2, delete: 3, enable: 4, disable: 5, start: 6, other: 99 },
  },
  process_activity: {
    uid: 1007,
    caption: "Process Activity",
    category: 1,
    activities: { unknown: 0, launch: 1, terminate: 2, open: 3, inject: 4, set_user_id: 5, other: 99 },
  },
  event_log_activity: {
    uid: 1008,
    caption: "Event Log Activity",
    category: 1,
    activities: {
      unknown: 0,
      clear: 1,
      delete: 2,
      export: 3,
      archive: 4,
      rotate: 5,
      start: 6,
      stop: 7,
      restart: 8,
      enable: 9,
      disable: 10,
      other: 99,
    },
  },
  script_activity: {
    uid: 1009,
    caption: "Script Activity",
    category: 1,
    activities: { unknown: 0, execute: 1, other: 99 },
  },
  registry_key_activity: {
    uid: 201001,
    caption: "Registry Key Activity",
    category: 1,
    activities: {
      unknown: 0,
      create: 1,
      read: 2,
      modify: 3,
      delete: 4,
      rename: 5,
      set_security: 6,
      restore: 7,
      import: 8,
      export: 9,
      other: 99,
    },
  },
  registry_value_activity: {
    uid: 201002,
    caption: "Registry Value Activity",
    category: 1,
    activities: { unknown: 0, get: 1, set: 2, modify: 3, delete: 4, other: 99 },
  },
  windows_resource_activity: {
    uid: 201003,
    caption: "Windows Resource Activity",
    category: 1,
    activities: { unknown: 0, access: 1, other: 99 },
  },
  windows_service_activity: {
    uid: 201004,
    caption: "Windows Service Activity",
    category: 1,
    activities: {
      unknown: 0,
      create: 1,
      reconfigure: 2,
      start: 3,
      stop: 4,
      pause: 5,
      continue: 6,
      delete: 7,
      other: 99,
    },
  },
  detection_finding: {
    uid: 2004,
    caption: "Detection Finding",
    category: 2,
    activities: { unknown: 0, create: 1, update: 2, close: 3, other: 99 },
  },
  authentication: {
    uid: 3002,
    caption: "Authentication",
    category: 3,
    activities: {
      unknown: 0,
      logon: 1,
      logoff: 2,
      authentication_ticket: 3,
      service_ticket_request: 4,
      service_ticket_renew: 5,
      preauth: 6,
      account_switch: 7,
      other: 99,
    },
  },
  authorize_session: {
    uid: 3003,
    caption: "Authorize Session",
    category: 3,
    activities: { unknown: 0, assign_privileges: 1, assign_groups: 2, assign_roles: 3, other: 99 },
  },
  entity_management: {
    uid: 3004,
    caption: "Entity Management",
    category: 3,
    activities: {
      unknown: 0,
      create: 1,
      read: 2,
      update: 3,
      delete: 4,
      move: 5,
      enroll: 6,
      unenroll: 7,
      enable: 8,
      disable: 9,
      activate: 10,
      deactivate: 11,
      suspend: 12,
      resume: 13,
      other: 99,
    },
  },
  user_management: {
    uid: 3007,
    caption: "User Management",
    category: 3,
    activities: {
      unknown: 0,
      create: 1,
      update: 2,
      delete: 3,
      enable: 4,
      disable: 5,
      lock: 6,
      unlock: 7,
      password_change: 8,
      password_reset: 9,
      attach_policies: 10,
      detach_policies: 11,
      enable_mfa_factors: 12,
      disable_mfa_factors: 13,
      assign_privileges: 14,
      remove_privileges: 15,
      assign_roles: 16,
      remove_roles: 17,
      add_programmatic_credentials: 18,
      remove_programmatic_credentials: 19,
      other: 99,
    },
  },
  group_management: {
    uid: 3006,
    caption: "Group Management",
    category: 3,
    activities: {
      unknown: 0,
      assign_privileges: 1,
      revoke_privileges: 2,
      add_user: 3,
      remove_user: 4,
      delete: 5,
      create: 6,
      add_subgroup: 7,
      remove_subgroup: 8,
      update: 9,
      attach_policies: 10,
      detach_policies: 11,
      assign_roles: 12,
      remove_roles: 13,
      other: 99,
    },
  },
  network_activity: {
    uid: 4001,
    caption: "Network Activity",
    category: 4,
    activities: { unknown: 0, open: 1, close: 2, reset: 3, fail: 4, refuse: 5, traffic: 6, listen: 7, other: 99 },
  },
  http_activity: {
    uid: 4002,
    caption: "HTTP Activity",
    category: 4,
    activities: {
      unknown: 0,
      connect: 1,
      delete: 2,
      get: 3,
      head: 4,
      options: 5,
      post: 6,
      put: 7,
      trace: 8,
      patch: 9,
      other: 99,
    },
  },
  dns_activity: {
    uid: 4003,
    caption: "DNS Activity",
    category: 4,
    activities: { unknown: 0, query: 1, response: 2, traffic: 6, other: 99 },
  },
  smb_activity: {
    uid: 4006,
    caption: "SMB Activity",
    category: 4,
    activities: {
      unknown: 0,
      file_supersede: 1,
      file_open: 2,
      file_create: 3,
      file_open_if: 4,
      file_overwrite: 5,
      file_overwrite_if: 6,
      other: 99,
    },
  },
  ssh_activity: {
    uid: 4007,
    caption: "SSH Activity",
    category: 4,
    activities: { unknown: 0, open: 1, close: 2, reset: 3, fail: 4, refuse: 5, traffic: 6, listen: 7, other: 99 },
  },
  web_resources_activity: {
    uid: 6001,
    caption: "Web Resources Activity",
    category: 6,
    activities: {
      unknown: 0,
      create: 1,
      read: 2,
      update: 3,
      delete: 4,
      search: 5,
      import: 6,
      export: 7,
      share: 8,
      other: 99,
    },
  },
  application_lifecycle: {
    uid: 6002,
    caption: "Application Lifecycle",
    category: 6,
    activities: {
      unknown: 0,
      install: 1,
      remove: 2,
      start: 3,
      stop: 4,
      restart: 5,
      enable: 6,
      disable: 7,
      update: 8,
      other: 99,
    },
  },
  api_activity: {
    uid: 6003,
    caption: "API Activity",
    category: 6,
    activities: { unknown: 0, create: 1, read: 2, update: 3, delete: 4, other: 99 },
  },
  datastore_activity: {
    uid: 6005,
    caption: "Datastore Activity",
    category: 6,
    activities: {
      unknown: 0,
      read: 1,
      update: 2,
      connect: 3,
      query: 4,
      write: 5,
      create: 6,
      delete: 7,
      list: 8,
      encrypt: 9,
      decrypt: 10,
      other: 99,
    },
  },
  application_error: {
    uid: 6008,
    caption: "Application Error",
    category: 6,
    activities: { unknown: 0, general_error: 1, translation_error: 2, other: 99 },
  },
  device_config_state_change: {
    uid: 5019,
    caption: "Device Config State Change",
    category: 5,
    activities: { unknown: 0, log: 1, collect: 2, other: 99 },
  },
} as const;

export type ClassName = keyof typeof CLASSES;
export type ActivityName<C extends ClassName> = keyof (typeof CLASSES)[C]["activities"] & string;

export interface ClassInfo {
  readonly uid: number;
  readonly name: ClassName;
  readonly caption: string;
  readonly category: number;
  /** Activity number -> name in snake case. */
  readonly activities: ReadonlyMap<number, string>;
}

/** The two columns that say what kind of event it is; made once at load, spread into columns. */
export interface Classification {
  readonly class_uid: number;
  readonly activity_id: number;
}

/** Class and activity by name, checked by the compiler: classify("process_activity", "launch"). */
export function classify<C extends ClassName>(name: C, activity: ActivityName<C>): Classification {
  const info = BY_UID.get(CLASSES[name].uid);
  let activity_id = 0;
  for (const [id, known] of info?.activities ?? []) if (known === activity) activity_id = id;
  return Object.freeze({ class_uid: CLASSES[name].uid, activity_id });
}

export function classOf(uid: number): ClassInfo | undefined {
  return BY_UID.get(uid);
}

/** Snake-case name of the class; "unknown" for a number that the table does not have. */
export function classNameOf(uid: number): string {
  return BY_UID.get(uid)?.name ?? "unknown";
}

export function activityNameOf(uid: number, activity: number): string {
  return BY_UID.get(uid)?.activities.get(activity) ?? "unknown";
}

/** Every class, in the order of the table. */
export function allClasses(): readonly ClassInfo[] {
  return [...BY_UID.values()];
}

const BY_UID: ReadonlyMap<number, ClassInfo> = new Map(
  Object.entries(CLASSES).map(([name, entry]) => [
    entry.uid,
    {
      uid: entry.uid,
      name: isClassName(name) ? name : "base_event",
      caption: entry.caption,
      category: entry.category,
      activities: new Map(Object.entries(entry.activities).map(([activity, id]) => [id, activity])),
    },
  ]),
);

function isClassName(name: string): name is ClassName {
  return Object.hasOwn(CLASSES, name);
}
