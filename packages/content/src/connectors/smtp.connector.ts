/** smtp: messages by e-mail. A message sent twice has the same Message-ID, so that mailboxes keep one. */
import { defineConnector, done, type Message, outcomeOf, type Plan, type Ports, problem } from "@holdfast/sdk";
import { z } from "zod";

const ADDRESS = /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/;
const address = z.string().regex(ADDRESS, "an address such as soc@example.org");
const settings = z.strictObject({
  host: z.string().min(1).max(253).meta({ title: "Server" }),
  port: z.int().min(1).max(65_535).default(587).meta({ title: "Port" }),
  security: z
    .enum(["starttls", "tls", "none"])
    .default("starttls")
    .meta({ title: "Encryption", description: "none sends in the clear, and no password" }),
  user: z.string().max(200).default("").meta({ title: "User", description: "Empty: without login" }),
  from: address.meta({ title: "Sender" }),
  to: z.array(address).max(100).default([]).meta({ title: "Recipients", description: "For messages that name nobody" }),
  ca: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Certificate authority", description: "PEM, when it is not a public one", format: "multiline" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly password?: string | undefined };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "smtp",
  title: "E-mail (SMTP)",
  description: "Sends messages by e-mail.",
  docs: "https://www.rfc-editor.org/rfc/rfc5321",
  settings,
  secrets: z.strictObject({ password: z.string().max(500).optional().meta({ title: "Password" }) }),
  offers: ["messages"],
  secretsTravel: true,
  reaches: ({ host, port }) => [`${host}:${port}`],
  connect: (context) => ({ messages: { deliver: (message: Message) => deliver(context, message) } }),
  test: async (context) => {
    const reply = await context.ports.smtp({
      ...serverOf(context),
      to: [],
      subject: "",
      text: "",
      messageId: "",
      checkOnly: true,
    });
    return reply.ok ? done(`${context.settings.host} accepts us; no mail was sent.`) : outcomeOf(reply);
  },
});

const serverOf = ({ settings: s, secrets }: Context) => ({
  host: s.host,
  port: s.port,
  security: s.security,
  user: s.user,
  password: secrets.password,
  ca: s.ca,
  from: s.from,
});

function deliver(context: Context, { to, subject, text, html, link }: Message): Plan {
  const { settings: s, ports } = context;
  const recipients = to === "" ? s.to : to.split(/[,;\s]+/).filter((part) => part !== "");
  if (recipients.length === 0) return problem("to", "neither the message nor the connector names a recipient");
  const wrong = recipients.find((recipient) => !ADDRESS.test(recipient));
  if (wrong !== undefined) return problem("to", `"${wrong}" is no e-mail address`);
  const body = link === "" ? text : `${text}\n\n${link}\n`;
  // A line break in a subject would be a header of its own.
  const title = subject.replace(/[\r\n]+/g, " ").slice(0, 250);
  return {
    ok: true,
    command: [`${s.host}:${s.port}: mail from ${s.from} to ${recipients.join(", ")}`, `Subject: ${title}`, body],
    check: async () => {
      const reply = await ports.smtp({
        ...serverOf(context),
        to: [],
        subject: "",
        text: "",
        messageId: "",
        checkOnly: true,
      });
      return reply.ok ? done(`${s.host} accepts us; no mail was sent.`) : outcomeOf(reply);
    },
    run: async (key) => {
      const messageId = `<${ports.crypto.sha256(key).slice(0, 32)}@${s.from.split("@")[1] ?? "localhost"}>`;
      const reply = await ports.smtp({
        ...serverOf(context),
        to: recipients,
        subject: title,
        text: body,
        html,
        messageId,
      });
      return reply.ok ? done(`${s.host}: ${reply.value.answer}`, { messageId, to: recipients }) : outcomeOf(reply);
    },
  };
}
