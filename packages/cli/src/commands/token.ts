/** token: makes, lists and revokes API tokens. */
import { accessRoutes, role } from "@holdfast/contracts/access";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import { everyPage } from "../every-page.ts";
import type { Output } from "../output.ts";

export function addToken(program: Command, out: Output): void {
  const token = program.command("token").description("make, list and revoke API tokens");
  token
    .command("create")
    .description("make a token; its secret is printed once")
    .requiredOption("--role <role>", role.options.join(", "))
    .option("--name <name>", "what it is for", "command line")
    .option("--days <days>", "days until it expires, or never", "90")
    .option("--json", "print JSON")
    .action(async (flags: { role: string; name: string; days: string; json?: boolean }, command: Command) => {
      const wanted = role.safeParse(flags.role);
      if (!wanted.success) throw new UsageError(`There is no role "${flags.role}". Roles: ${role.options.join(", ")}.`);
      const days = flags.days === "never" ? null : Number(flags.days);
      if (days !== null && !(Number.isInteger(days) && days > 0))
        throw new UsageError(`--days takes a whole number or never, not "${flags.days}".`);
      const made = await connect(command.optsWithGlobals<ConnectionFlags>()).call(accessRoutes.createToken, {
        body: { name: flags.name, role: wanted.data, expiresInDays: days },
      });
      if (flags.json === true)
        out.json({ id: made.token.id, token: made.secret, role: made.token.role, expiresAt: made.token.expiresAt });
      else out.line(made.secret);
    });
  token
    .command("list")
    .description("list tokens")
    .option("--json", "print JSON, one line a token")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const client = connect(command.optsWithGlobals<ConnectionFlags>());
      const items = await everyPage((cursor) =>
        client.call(accessRoutes.listTokens, { query: { limit: 1000, cursor } }),
      );
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "API tokens",
          ["id", "name", "role", "begins with", "by", "expires", "last used", "revoked"],
          items.map((t) => [
            t.id,
            t.name,
            t.role,
            t.prefix,
            t.createdBy,
            t.expiresAt ?? "never",
            t.lastUsedAt,
            t.revokedAt,
          ]),
        );
    });
  token
    .command("revoke <id>")
    .description("revoke a token at once")
    .action(async (id: string, _flags: object, command: Command) => {
      await connect(command.optsWithGlobals<ConnectionFlags>()).call(accessRoutes.revokeToken, { params: { id } });
      out.say("Revoked.");
    });
}
