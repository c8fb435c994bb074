/** ldap: accounts in a directory: OpenLDAP with the password policy overlay, or Active Directory. Disabling is taken back only to what
 *  was there before. A reset password is random and known to nobody. */
import {
  defineConnector,
  done,
  failed,
  held,
  type LdapEntry,
  type LdapSession,
  type Outcome,
  outcomeOf,
  type Plan,
  type Ports,
  problem,
} from "@holdfast/sdk";
import { z } from "zod";

const settings = z.strictObject({
  url: z
    .string()
    .regex(/^ldaps?:\/\/[^/@\s]+$/, "ldaps://host or ldap://host")
    .meta({ title: "URL", description: "ldaps://host, or ldap://host, which then must speak StartTLS" }),
  plain: z.boolean().default(false).meta({
    title: "Without encryption",
    description: "Sends the password of Holdfast in the clear. For a socket of the same machine only.",
  }),
  ca: z.string().max(20_000).optional().meta({
    title: "Certificate authority",
    description: "PEM, when the directory's certificate is not signed by a public one",
    format: "multiline",
  }),
  bindDn: z.string().min(1).max(500).meta({ title: "Bind DN", description: "The account that Holdfast works as" }),
  base: z
    .string()
    .min(1)
    .max(500)
    .meta({ title: "Base", description: "Where users lie, such as ou=people,dc=example,dc=org" }),
  nameAttribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
    .default("uid")
    .meta({ title: "Attribute of the user name", description: "uid, or sAMAccountName" }),
  method: z.enum(["ppolicy", "active-directory"]).default("ppolicy").meta({
    title: "How an account is locked",
    description: "ppolicy: pwdAccountLockedTime. active-directory: userAccountControl",
  }),
  sessionBase: z.string().max(500).default("").meta({
    title: "Base of sessions",
    description: "When your portal keeps its sessions in the directory: where they lie",
  }),
  sessionAttribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
    .default("owner")
    .meta({ title: "Attribute of a session's owner", description: "Its value is the user's DN" }),
});

/** Locked for good, in the words of the password policy. */
const LOCKED_FOR_GOOD = "000001010000Z";
const AD_DISABLED = 2;

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly bindPassword: string };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "ldap",
  title: "LDAP directory",
  description: "Disables accounts, ends sessions and resets passwords.",
  docs: "https://www.rfc-editor.org/rfc/rfc4511",
  settings,
  secrets: z.strictObject({ bindPassword: z.string().min(1).max(500).meta({ title: "Password of the bind DN" }) }),
  offers: ["directory", "sessions"],
  secretsTravel: true,
  reaches: ({ url }) => [hostPort(url)],
  connect: (context) => ({ directory: directoryOf(context), sessions: sessionsOf(context) }),
  test: async (context) => {
    const { base } = context.settings;
    const found = await inDirectory(context, (session) =>
      session.find({ base, scope: "base", equals: {}, attributes: ["1.1"], limit: 1 }),
    );
    return found.ok ? done(`Bound as ${context.settings.bindDn}; ${base} is there.`) : outcomeOf(found);
  },
});

function hostPort(url: string): string {
  const [, scheme, rest = ""] = /^(ldaps?):\/\/(.*)$/.exec(url) ?? [];
  const bare = rest.replace(/^\[(.*)\]/, "$1");
  return /\]:\d+$|^[^:[]+:\d+$/.test(rest) ? bare : `${bare}:${scheme === "ldaps" ? 636 : 389}`;
}

const inDirectory = <T>({ settings: s, secrets, ports }: Context, work: (session: LdapSession) => Promise<T>) =>
  ports.ldap({ url: s.url, plain: s.plain, bindDn: s.bindDn, password: secrets.bindPassword, ca: s.ca }, work);

const ATTRIBUTES = ["userAccountControl", "pwdAccountLockedTime", "pwdChangedTime", "pwdLastSet"];

async function userIn({ settings: s }: Context, session: LdapSession, user: string): Promise<LdapEntry | string> {
  const found = await session.find({
    base: s.base,
    scope: "sub",
    equals: { [s.nameAttribute]: user },
    attributes: ATTRIBUTES,
    limit: 2,
  });
  const [entry, second] = found;
  if (entry === undefined) return `The directory has no user "${user}" below ${s.base}.`;
  return second === undefined ? entry : `"${user}" is more than one user below ${s.base}.`;
}

/** Finds the user and works on the entry; the work says what came of it. */
async function onUser(
  context: Context,
  user: string,
  work: (entry: LdapEntry, session: LdapSession) => Promise<Outcome>,
): Promise<Outcome> {
  const reply = await inDirectory(context, async (session) => {
    const entry = await userIn(context, session, user);
    return typeof entry === "string" ? failed(entry) : work(entry, session);
  });
  return reply.ok ? reply.value : outcomeOf(reply);
}

function planFor(
  context: Context,
  user: string,
  plan: { what: readonly string[]; run: (entry: LdapEntry, session: LdapSession) => Promise<Outcome> },
): Plan {
  const refused = refusal(context, user);
  if (refused !== undefined) return problem("user", refused);
  const { settings: s } = context;
  return {
    ok: true,
    command: [`${s.url}, as ${s.bindDn}: the entry with ${s.nameAttribute}=${user} below ${s.base}`, ...plan.what],
    check: () =>
      onUser(context, user, async (entry) =>
        done(
          `Found ${entry.dn}; ${isDisabled(context, entry) ? "it is disabled already" : "it is not disabled"}. Nothing was changed.`,
        ),
      ),
    run: () => onUser(context, user, plan.run),
  };
}

function refusal({ settings: s }: Context, user: string): string | undefined {
  if (user.trim() === "" || user.length > 256) return "a user has a name of 1 to 256 characters";
  const own = s.bindDn.toLowerCase();
  return own.startsWith(`${s.nameAttribute}=${user},`.toLowerCase()) || own === user.toLowerCase()
    ? `${user} is the account that Holdfast works as`
    : undefined;
}

function directoryOf(context: Context) {
  const { method } = context.settings;
  const set = (value: string) =>
    method === "ppolicy" ? `set pwdAccountLockedTime: ${value}` : `userAccountControl: ${value}`;
  return {
    disable: (user: string) =>
      planFor(context, user, {
        what: [set(method === "ppolicy" ? LOCKED_FOR_GOOD : "add ACCOUNTDISABLE (2)")],
        run: async (entry, session) => {
          if (isDisabled(context, entry))
            return done(`${entry.dn} was disabled already.`, { dn: entry.dn, before: "disabled" });
          const before = valueOf(entry, "userAccountControl") ?? "";
          await session.set(
            entry.dn,
            method === "ppolicy"
              ? { pwdAccountLockedTime: [LOCKED_FOR_GOOD] }
              : { userAccountControl: [String(Number(before || 512) | AD_DISABLED)] },
          );
          return done(`${entry.dn} is disabled.`, { dn: entry.dn, before: "enabled" });
        },
      }),
    enable: (user: string) =>
      planFor(context, user, {
        what: [method === "ppolicy" ? "remove pwdAccountLockedTime" : "userAccountControl: remove ACCOUNTDISABLE (2)"],
        run: async (entry, session) => {
          if (!isDisabled(context, entry)) return done(`${entry.dn} was enabled already.`, { dn: entry.dn });
          const before = Number(valueOf(entry, "userAccountControl") ?? 514);
          await session.set(
            entry.dn,
            method === "ppolicy"
              ? { pwdAccountLockedTime: null }
              : { userAccountControl: [String(before & ~AD_DISABLED)] },
          );
          return done(`${entry.dn} is enabled again.`, { dn: entry.dn });
        },
      }),
    disabled: (user: string) =>
      onUser(context, user, async (entry) =>
        held(isDisabled(context, entry), `${entry.dn}: ${stateOf(context, entry)}`, { dn: entry.dn }),
      ),
    resetPassword: (user: string) => {
      if (method !== "ppolicy")
        return problem(
          "connectorId",
          "passwords of Active Directory are not set by this connector yet: disable the account instead",
        );
      return planFor(context, user, {
        what: ["password modify (RFC 3062) to 32 random characters, which are forgotten at once"],
        run: async (entry, session) => {
          const at = new Date(context.ports.now()).toISOString();
          await session.setPassword(entry.dn, context.ports.crypto.random(32));
          return done(`${entry.dn} has a new password that nobody knows.`, { dn: entry.dn, at });
        },
      });
    },
    passwordReset: (user: string, since: number) =>
      onUser(context, user, async (entry) => {
        const changed = timeOf(valueOf(entry, "pwdChangedTime"));
        if (changed === undefined)
          return { kind: "unknown", reason: `${entry.dn} does not say when its password was changed.` };
        // The directory writes whole seconds.
        return held(
          changed >= Math.floor(since / 1000) * 1000,
          `${entry.dn}: password changed at ${valueOf(entry, "pwdChangedTime") ?? ""}`,
        );
      }),
  };
}

const valueOf = (entry: LdapEntry, name: string): string | undefined =>
  Object.entries(entry.attributes).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1][0];

const isDisabled = ({ settings: { method } }: Context, entry: LdapEntry): boolean =>
  method === "ppolicy"
    ? valueOf(entry, "pwdAccountLockedTime") === LOCKED_FOR_GOOD
    : (Number(valueOf(entry, "userAccountControl") ?? 0) & AD_DISABLED) !== 0;

const stateOf = ({ settings: { method } }: Context, entry: LdapEntry): string => {
  const name = method === "ppolicy" ? "pwdAccountLockedTime" : "userAccountControl";
  return `${name} ${valueOf(entry, name) ?? "is not set"}`;
};

/** Generalised time, such as 20261122081500Z. */
function timeOf(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text ?? "");
  if (parts === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function sessionsOf(context: Context) {
  const { sessionBase, sessionAttribute } = context.settings;
  const listed = (session: LdapSession, dn: string) =>
    session.find({
      base: sessionBase,
      scope: "sub",
      equals: { [sessionAttribute]: dn },
      attributes: ["1.1"],
      limit: 1_000,
    });
  return {
    end: (user: string): Plan => {
      if (sessionBase === "")
        return problem(
          "connectorId",
          'this connector has no "Base of sessions": the directory keeps no sessions that could be ended',
        );
      return planFor(context, user, {
        what: [`delete every entry below ${sessionBase} whose ${sessionAttribute} is that user`],
        run: async (entry, session) => {
          const sessions = await listed(session, entry.dn);
          for (const { dn } of sessions) await session.remove(dn);
          return done(`Ended ${sessions.length} sessions of ${entry.dn}.`, { dn: entry.dn, ended: sessions.length });
        },
      });
    },
    ended: async (user: string): Promise<Outcome> =>
      sessionBase === ""
        ? { kind: "unknown", reason: "The directory keeps no sessions." }
        : onUser(context, user, async (entry, session) => {
            const { length } = await listed(session, entry.dn);
            return held(length === 0, `${entry.dn} has ${length} sessions.`);
          }),
  };
}
