/** user-form: creates a user, or changes one's role, team, name, password or access. */
import { accessRoutes, role as roles, type Role, type User } from "@holdfast/contracts/access";
import type { Team } from "@holdfast/contracts/model";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Checkbox, Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";

const TEAMS = [
  { value: "security", label: "Security" },
  { value: "operations", label: "Operations" },
] as const;

export function UserForm({ user, onClose }: { user: User | null; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(user?.name ?? "");
  const [fullName, setFullName] = useState(user?.fullName ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "analyst");
  const [team, setTeam] = useState<Team>(user?.team ?? "security");
  const [password, setPassword] = useState("");
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      if (user === null) await call(accessRoutes.createUser, { body: { name, fullName, role, team, password } });
      else
        await call(accessRoutes.updateUser, {
          params: { id: user.id },
          body: { fullName, role, team, disabled, ...(password !== "" && { password }) },
        });
      void client.invalidateQueries({ queryKey: [accessRoutes.listUsers.path] });
      toast({ title: user === null ? `${name} can log in` : `${name} is changed; their sessions have ended` });
      onClose();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={user === null ? "Add a user" : `Edit ${user.name}`}
      submit={user === null ? "Add the user" : "Save"}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {user === null && (
        <TextField
          label="User"
          value={name}
          onChange={setName}
          hint="a-z, 0-9, dot, dash, underscore; a letter first."
          required
          autoFocus
        />
      )}
      <TextField label="Full name" value={fullName} onChange={setFullName} />
      <Field label="Role" id="user-role">
        <Select
          id="user-role"
          label="Role"
          value={role}
          options={roles.options.map((value) => ({ value, label: value }))}
          onChange={setRole}
        />
      </Field>
      <Field label="Team" id="user-team">
        <Select id="user-team" label="Team" value={team} options={TEAMS} onChange={setTeam} />
      </Field>
      <TextField
        label={user === null ? "Password" : "New password"}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        hint={user === null ? "At least 12 characters." : "Leave it empty to keep the old one."}
        required={user === null}
      />
      {user !== null && (
        <Checkbox label="Disabled: can't log in, open sessions end" checked={disabled} onChange={setDisabled} />
      )}
    </FormDialog>
  );
}
