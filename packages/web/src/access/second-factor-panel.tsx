/** second-factor-panel: sets up, shows and removes one's second factor. The key and the recovery codes are shown once. */
import { secondFactorRoutes } from "@holdfast/contracts/second-factor";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code } from "../ui/code.tsx";
import { TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { QrCode } from "../ui/qr-code.tsx";
import { toast } from "../ui/toast.tsx";

export function SecondFactorPanel() {
  const state = useCall(secondFactorRoutes.getSecondFactor, {});
  return (
    <Panel title="Second factor" note="Asked for when you approve what can't be taken back.">
      <Outcome query={state} what="your second factor" rows={2}>
        {(factor) => (factor.state === "on" ? <Remove since={factor.since} left={factor.recoveryLeft} /> : <SetUp />)}
      </Outcome>
    </Panel>
  );
}

function SetUp() {
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [made, setMade] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<readonly string[]>();
  const form = useForm();
  if (codes !== undefined)
    return (
      <div className="stack">
        <p>
          Keep these recovery codes where you find them without your device. Each works once, and they are shown only
          now.
        </p>
        <Code text={codes.join("\n")} label="Recovery codes" />
        <div className="row">
          <Button
            variant="primary"
            onClick={() => void client.invalidateQueries({ queryKey: [secondFactorRoutes.getSecondFactor.path] })}
          >
            I have kept them
          </Button>
        </div>
      </div>
    );
  if (made !== undefined)
    return (
      <form
        className="stack settings-form"
        onSubmit={form.submit(async (code) => {
          const { recoveryCodes } = await call(secondFactorRoutes.confirmSecondFactor, { body: { code } });
          setCodes(recoveryCodes);
        })}
      >
        <p>Scan this with your authenticator, or enter the key, then a code that it shows.</p>
        <QrCode text={made.uri} label="The key as a QR code" />
        <Code text={made.secret} label="Key" />
        <a className="small" href={made.uri}>
          Open it in an authenticator on this device
        </a>
        <TextField
          label="Code"
          value={form.code}
          onChange={form.setCode}
          autoComplete="one-time-code"
          error={form.error}
          required
        />
        <div className="row">
          <Button type="submit" variant="primary" busy={form.busy}>
            Confirm
          </Button>
        </div>
      </form>
    );
  return (
    <form
      className="stack settings-form"
      onSubmit={form.submit(async () =>
        setMade(await call(secondFactorRoutes.enrolSecondFactor, { body: { password } })),
      )}
    >
      <TextField
        label="Your password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        error={form.error}
        required
      />
      <div className="row">
        <Button type="submit" busy={form.busy}>
          Set up a second factor
        </Button>
      </div>
    </form>
  );
}

function Remove({ since, left }: { since: string | null; left: number }) {
  const client = useQueryClient();
  const form = useForm();
  return (
    <form
      className="stack settings-form"
      onSubmit={form.submit(async (code) => {
        await call(secondFactorRoutes.removeSecondFactor, { body: { code } });
        toast({ title: "Your second factor is removed" });
        await client.invalidateQueries({ queryKey: [secondFactorRoutes.getSecondFactor.path] });
      })}
    >
      <p>
        Set up <Clock at={since} />, {left} recovery codes left.
      </p>
      <TextField
        label="Code, to remove it"
        value={form.code}
        onChange={form.setCode}
        autoComplete="one-time-code"
        error={form.error}
        required
      />
      <div className="row">
        <Button type="submit" busy={form.busy}>
          Remove the second factor
        </Button>
      </div>
    </form>
  );
}

function useForm() {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = (work: (code: string) => Promise<void>) => (event: { preventDefault(): void }) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    void work(code)
      .then(() => setCode(""))
      .catch((failure: unknown) => setError(explain(failure)))
      .finally(() => setBusy(false));
  };
  return { code, setCode, busy, error, submit };
}
