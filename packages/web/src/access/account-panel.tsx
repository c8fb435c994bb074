/** account-panel: who you are here, what you may do, and your password. */
import { accessRoutes } from "@holdfast/contracts/access";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useSession } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Facts } from "../ui/drawer.tsx";
import { TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Tag } from "../ui/tag.tsx";
import { SecondFactorPanel } from "./second-factor-panel.tsx";
import { toast } from "../ui/toast.tsx";

export function AccountPanel() {
  const { user, permissions, expiresAt } = useSession();
  return (
    <>
      <Panel title="You">
        <Facts
          items={[
            ["User", user.name],
            ["Role", user.role],
            ["Team", user.team],
            ["Session ends", <Clock key="ends" at={expiresAt} form="absolute" />],
            [
              "You may",
              <span key="may" className="row wrap">
                {permissions.map((permission) => (
                  <Tag key={permission}>{permission}</Tag>
                ))}
              </span>,
            ],
          ]}
        />
      </Panel>
      <Panel title="Password">
        <PasswordForm />
      </Panel>
      <SecondFactorPanel />
    </>
  );
}

function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await call(accessRoutes.changePassword, { body: { current, next } });
      setCurrent("");
      setNext("");
      toast({ title: "Password changed; your other sessions have ended" });
    } catch (reason) {
      setError(explain(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="stack settings-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        label="Current password"
        type="password"
        value={current}
        onChange={setCurrent}
        autoComplete="current-password"
        required
      />
      <TextField
        label="New password"
        type="password"
        value={next}
        onChange={setNext}
        autoComplete="new-password"
        hint="At least 12 characters."
        error={error}
        required
      />
      <div className="row">
        <Button
          type="submit"
          busy={busy}
          refused={next.length < 12 ? "The new password needs at least 12 characters." : ""}
        >
          Change the password
        </Button>
      </div>
    </form>
  );
}
