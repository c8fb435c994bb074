/** login: user and password, and a plain reason when it fails. After it, the page that was asked for opens. */
import { accessRoutes } from "@holdfast/contracts/access";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { call, explain, setCsrf } from "./client.ts";
import "./login.css";
import { SESSION_KEY } from "./session.tsx";

export function Login() {
  const client = useQueryClient();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError("");
    try {
      const session = await call(accessRoutes.login, { body: { user, password } });
      setCsrf(session.csrf);
      client.setQueryData(SESSION_KEY, session);
    } catch (reason) {
      setError(explain(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <form
        className="login-form"
        aria-label="Log in"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <img src="/icon.svg" alt="" width="36" height="36" />
        <h1>Log in to Holdfast</h1>
        <TextField label="User" value={user} onChange={setUser} autoComplete="username" autoFocus required />
        <TextField
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          required
        />
        {error !== "" && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        <Button type="submit" variant="primary" busy={busy}>
          Log in
        </Button>
        <p className="faint small">The first start of the server prints the password of the user admin.</p>
      </form>
    </main>
  );
}
