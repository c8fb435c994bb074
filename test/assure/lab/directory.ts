/** directory: a real slapd on a host of the lab, with the password policy overlay, StartTLS, some people, and a branch of sessions as
 *  a login portal keeps them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, until } from "./command.ts";
import type { LabHost } from "./host.ts";

export interface Directory {
  readonly url: string;
  /** PEM of its certificate, which signs itself. */
  readonly ca: string;
  readonly base: string;
  readonly sessionBase: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  /** People and their passwords. */
  readonly people: Readonly<Record<string, string>>;
  dnOf(user: string): string;
}

const ROOT = "dc=lab,dc=example";
const PASSWORD = "lab-directory-manager";
const PEOPLE = { alice: "correct horse battery", mallory: "staple of the attacker", bob: "bob has one too" };

export async function startDirectory(host: LabHost): Promise<Directory> {
  const at = (name: string): string => join(host.place, name);
  for (const name of ["ldap", "ldap-run"]) mkdirSync(at(name));
  must([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    `/CN=${host.name}`,
    "-addext",
    `subjectAltName=IP:${host.address},DNS:${host.name}`,
    "-keyout",
    at("ldap-key.pem"),
    "-out",
    at("ldap-cert.pem"),
  ]);
  writeFileSync(at("slapd.conf"), configuration(at));
  writeFileSync(at("people.ldif"), ldif());
  must(["slapadd", "-f", at("slapd.conf"), "-l", at("people.ldif")]);
  host.spawn(["slapd", "-d", "0", "-f", at("slapd.conf"), "-h", `ldap://${host.address}/ ldaps://${host.address}/`]);
  const dnOf = (user: string): string => `uid=${user},ou=people,${ROOT}`;
  await until("slapd answers", () => host.exec(["ldapwhoami", "-x", "-H", `ldap://${host.address}`]).code === 0);
  return {
    url: `ldap://${host.address}`,
    ca: readFileSync(at("ldap-cert.pem"), "utf8"),
    base: `ou=people,${ROOT}`,
    sessionBase: `ou=sessions,${ROOT}`,
    bindDn: `cn=holdfast,${ROOT}`,
    bindPassword: PASSWORD,
    people: PEOPLE,
    dnOf,
  };
}

function configuration(at: (name: string) => string): string {
  return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile ${at("ldap-run/pid")}
argsfile ${at("ldap-run/args")}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCertificateFile ${at("ldap-cert.pem")}
TLSCertificateKeyFile ${at("ldap-key.pem")}
database mdb
maxsize 16777216
suffix "${ROOT}"
rootdn "cn=holdfast,${ROOT}"
rootpw ${PASSWORD}
directory ${at("ldap")}
index objectClass,uid eq
access to attrs=userPassword by anonymous auth by self write by * none
access to * by * read
overlay ppolicy
ppolicy_default "cn=default,ou=policies,${ROOT}"
ppolicy_hash_cleartext
`;
}

function ldif(): string {
  const entry = (dn: string, lines: readonly string[]): string => [`dn: ${dn}`, ...lines, ""].join("\n");
  const unit = (name: string): string =>
    entry(`ou=${name},${ROOT}`, ["objectClass: organizationalUnit", `ou: ${name}`]);
  return [
    entry(ROOT, ["objectClass: dcObject", "objectClass: organization", "o: Lab", "dc: lab"]),
    ...["people", "policies", "sessions"].map(unit),
    entry(`cn=default,ou=policies,${ROOT}`, [
      "objectClass: applicationProcess",
      "objectClass: pwdPolicy",
      "cn: default",
      "pwdAttribute: userPassword",
      "pwdLockout: TRUE",
    ]),
    ...Object.entries(PEOPLE).map(([user, password]) =>
      entry(`uid=${user},ou=people,${ROOT}`, [
        "objectClass: inetOrgPerson",
        `uid: ${user}`,
        `cn: ${user}`,
        `sn: ${user}`,
        `userPassword: ${password}`,
      ]),
    ),
    ...["alice", "mallory", "mallory"].map((user, index) =>
      entry(`cn=session-${index},ou=sessions,${ROOT}`, [
        "objectClass: applicationProcess",
        "objectClass: extensibleObject",
        `cn: session-${index}`,
        `owner: uid=${user},ou=people,${ROOT}`,
      ]),
    ),
  ].join("\n");
}
