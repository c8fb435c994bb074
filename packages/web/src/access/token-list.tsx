/** token-list: API tokens for programs. The secret is shown once, when the token is made. */
import { accessRoutes, role as roles, type Role, type Token } from "@holdfast/contracts/access";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useSession } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Dialog, FormDialog } from "../ui/dialog.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export function TokenList() {
  const tokens = useCall(accessRoutes.listTokens, { query: { limit: 500 } });
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const renew = (): void => void client.invalidateQueries({ queryKey: [accessRoutes.listTokens.path] });
  const revoke = async (token: Token): Promise<void> => {
    try {
      await call(accessRoutes.revokeToken, { params: { id: token.id } });
      renew();
      toast({ title: `${token.name} is revoked` });
    } catch (error) {
      toast({ title: "The token was not revoked", body: explain(error), tone: "error" });
    }
  };
  return (
    <Panel title="API tokens" flush tools={<Button onClick={() => setAdding(true)}>Create a token</Button>}>
      <Outcome query={tokens} what="tokens" rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No tokens yet">
              <p>A program calls the API with `Authorization: Bearer` and a token, never with a password.</p>
            </Empty>
          ) : (
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Begins with</th>
                  <th scope="col">Role</th>
                  <th scope="col">Created by</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Expires</th>
                  <th scope="col">
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((token) => (
                  <tr key={token.id}>
                    <td className="strong">
                      <LogText text={token.name} />
                    </td>
                    <td className="mono">{token.prefix}</td>
                    <td>{token.role}</td>
                    <td>
                      <LogText text={token.createdBy} />
                    </td>
                    <td>
                      <Clock at={token.lastUsedAt} />
                    </td>
                    <td>{token.expiresAt === null ? "never" : <Clock at={token.expiresAt} />}</td>
                    <td className="number">
                      {token.revokedAt === null ? (
                        <Button
                          size="compact"
                          variant="danger"
                          label={`Revoke ${token.name}`}
                          onClick={() => void revoke(token)}
                        >
                          Revoke
                        </Button>
                      ) : (
                        <Tag>revoked</Tag>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Outcome>
      {adding && (
        <TokenForm
          onCreated={(made) => {
            setAdding(false);
            setSecret(made);
            renew();
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {secret !== null && (
        <Dialog
          title="The token"
          note="It is shown this once and stored only as a hash. Copy it now."
          open
          onClose={() => setSecret(null)}
        >
          <Code text={secret} label="Token" />
          <div className="row dialog-actions">
            <Button variant="primary" onClick={() => setSecret(null)}>
              I have copied it
            </Button>
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
  { value: "never", label: "does not expire" },
] as const;

function TokenForm({ onCreated, onClose }: { onCreated: (secret: string) => void; onClose: () => void }) {
  const { user } = useSession();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(user.role);
  const [life, setLife] = useState<(typeof LIVES)[number]["value"]>("90");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const made = await call(accessRoutes.createToken, {
        body: { name: name.trim(), role, expiresInDays: life === "never" ? null : Number(life) },
      });
      onCreated(made.secret);
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Create an API token"
      note="Its role can't be above yours."
      submit="Create the token"
      busy={busy}
      error={error}
      refused={name.trim() === "" ? "Write a name first." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} hint="What uses it." autoFocus required />
      <Field label="Role" id="token-role">
        <Select
          id="token-role"
          label="Role"
          value={role}
          options={roles.options.map((value) => ({ value, label: value }))}
          onChange={setRole}
        />
      </Field>
      <Field label="Expires after" id="token-life">
        <Select id="token-life" label="Expires after" value={life} options={LIVES} onChange={setLife} />
      </Field>
    </FormDialog>
  );
}
