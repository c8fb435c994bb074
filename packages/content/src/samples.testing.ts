/** samples.testing: one valid setting of each kind of connector and one valid input of each action. A new one has to be added here. */

export const SECRET = "canary-secret-canary-secret-cana";
const HOST = `web-01 10.0.0.7:22 SHA256:${"A".repeat(43)}`;
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET.repeat(5)}\n-----END OPENSSH PRIVATE KEY-----`;

/** One valid setting of each kind. A new kind has to be added here. */
export const CONNECTORS: Readonly<Record<string, { settings: object; secrets: object }>> = {
  crowdstrike: { settings: {}, secrets: { clientId: "id", clientSecret: SECRET } },
  "dns-rpz": {
    settings: { server: "10.0.0.53", zone: "rpz.example.org", keyName: "holdfast" },
    secrets: { keySecret: SECRET.replaceAll("-", "+") },
  },
  http: { settings: { url: "https://api.example.org/v1" }, secrets: { credential: SECRET } },
  ldap: {
    settings: {
      url: "ldaps://ldap.example.org",
      bindDn: "cn=holdfast,dc=example",
      base: "dc=example",
      sessionBase: "ou=sessions,dc=example",
    },
    secrets: { bindPassword: SECRET },
  },
  "microsoft-defender": { settings: { tenant: "example.org" }, secrets: { clientId: "id", clientSecret: SECRET } },
  "nftables-ssh": { settings: { hosts: [HOST], management: ["10.0.0.5"] }, secrets: { privateKey: KEY } },
  "openc2-http": { settings: { url: "https://openc2.example.org/" }, secrets: { token: SECRET } },
  pagerduty: { settings: {}, secrets: { routingKey: SECRET } },
  slack: { settings: { channel: "#soc" }, secrets: { token: SECRET } },
  smtp: {
    settings: { host: "mail.example.org", from: "a@example.org", to: ["b@example.org"] },
    secrets: { password: SECRET },
  },
  "ssh-host": { settings: { hosts: [HOST] }, secrets: { privateKey: KEY } },
  teams: { settings: { host: "hooks.example.org" }, secrets: { webhook: `https://hooks.example.org/${SECRET}` } },
  webhook: { settings: { url: "https://hooks.example.org/in" }, secrets: { signingKey: SECRET } },
};

/** One valid input of each action. A new action has to be added here. */
export const INPUTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "block-address": { host: "web-01", address: "203.0.113.9" },
  "collect-file": { host: "web-01", path: "/var/tmp/x" },
  "collect-forensics": { host: "web-01" },
  "disable-account": { user: "mallory" },
  "edr-find": { host: "web-01" },
  "edr-isolate": { host: "web-01" },
  "end-sessions": { user: "mallory" },
  "http-request": { path: "/x" },
  "isolate-host": { host: "web-01" },
  "kill-process": { host: "web-01", pid: 4711, executable: "/tmp/xmrig" },
  "openc2-command": { action: "deny", target: { ipv4_net: "203.0.113.9" } },
  "reset-password": { user: "mallory" },
  "run-ssh-command": { host: "web-01", argv: ["uptime"] },
  "send-message": { subject: "Hello" },
  "sinkhole-domain": { domain: "c2.example.org" },
};
