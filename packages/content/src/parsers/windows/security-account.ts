/** security-account: users, computers and groups that were created, changed, listed or deleted (Security channel). */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import type { EventColumns, Fields } from "@holdfast/sdk";
import { nameOf } from "./columns.ts";
import { type Entry, tableOf } from "./table.ts";

type UserActivity =
  | "create"
  | "enable"
  | "password_change"
  | "password_reset"
  | "disable"
  | "delete"
  | "update"
  | "lock"
  | "unlock"
  | "other";

type GroupActivity = "create" | "add_user" | "remove_user" | "delete" | "update" | "other";

export const ACCOUNT_EVENTS = tableOf({
  4720: user("User account created", "create"),
  4722: user("User account enabled", "enable"),
  4723: user("Password change tried", "password_change"),
  4724: user("Password reset tried", "password_reset"),
  4725: user("User account disabled", "disable"),
  4726: user("User account deleted", "delete"),
  4738: user("User account changed", "update"),
  4740: user("User account locked out", "lock"),
  4741: user("Computer account created", "create"),
  4742: user("Computer account changed", "update"),
  4743: user("Computer account deleted", "delete"),
  4767: user("User account unlocked", "unlock"),
  4765: user("SID history added", "other"),
  4766: user("SID history refused", "other"),
  4780: user("Access list of an administrator account set", "other"),
  4781: {
    ...user("Account renamed", "update"),
    text: { target_user: "NewTargetUserName", object: "OldTargetUserName" },
  },
  4793: user("Password policy checked", "other"),
  4794: { ...user("Directory restore password set", "password_reset"), severity: SEVERITY.medium },
  4797: user("Blank password checked", "other"),
  4798: user("Local groups of a user listed", "other"),
  4799: { ...group("Members of a local group listed", "other"), severity: SEVERITY.informational },
  ...groups([4727, 4731, 4744, 4749, 4754, 4759], "Group created", "create"),
  ...groups([4728, 4732, 4746, 4751, 4756, 4761], "Member added to group", "add_user"),
  ...groups([4729, 4733, 4747, 4752, 4757, 4762], "Member removed from group", "remove_user"),
  ...groups([4730, 4734, 4748, 4753, 4758, 4763], "Group deleted", "delete"),
  ...groups([4735, 4737, 4745, 4750, 4755, 4760, 4764], "Group changed", "update"),
  5136: directory("Directory object changed"),
  5137: directory("Directory object created"),
  5141: directory("Directory object deleted"),
  4662: {
    title: "Directory object accessed",
    is: classify("entity_management", "read"),
    text: { object: "ObjectName" },
    about: ["object"],
  },
});

function user(title: string, activity: UserActivity): Entry {
  return {
    title,
    is: classify("user_management", activity),
    text: { target_user: "TargetUserName" },
    severity: activity === "other" ? SEVERITY.informational : SEVERITY.low,
    status: STATUS.success,
    about: ["target_user"],
  };
}

function group(title: string, activity: GroupActivity): Entry {
  return {
    title,
    is: classify("group_management", activity),
    text: { object: "TargetUserName", process_path: "CallerProcessName" },
    severity: SEVERITY.low,
    status: STATUS.success,
    about: ["object", "target_user"],
    then: fillMember,
  };
}

function groups(ids: readonly number[], title: string, activity: GroupActivity): Record<number, Entry> {
  const entry = group(title, activity);
  return Object.fromEntries(ids.map((id) => [id, entry]));
}

/** The member is a distinguished name when the directory knows it, else only a SID. */
function fillMember(columns: EventColumns, fields: Fields): void {
  const name = nameOf(fields, "MemberName");
  if (name === "") {
    columns.target_user = nameOf(fields, "MemberSid");
    return;
  }
  const comma = name.indexOf(",");
  columns.target_user = /^CN=/i.test(name) ? name.slice(3, comma < 0 ? name.length : comma) : name;
}

function directory(title: string): Entry {
  return {
    title,
    is: classify("entity_management", "update"),
    text: { object: "ObjectDN", reg_value: "AttributeValue" },
    severity: SEVERITY.low,
    about: ["object"],
  };
}
