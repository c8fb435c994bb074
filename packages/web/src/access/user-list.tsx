/** user-list: who has an account, with which role and team. */
import { accessRoutes, type User } from "@holdfast/contracts/access";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Partial } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { UserForm } from "./user-form.tsx";

export function UserList() {
  const users = useCall(accessRoutes.listUsers, { query: { limit: 500 } });
  const refused = useRefusal()("users.write");
  const [form, setForm] = useState<User | "new" | null>(null);
  return (
    <Panel
      title="Users"
      flush
      tools={
        <Button refused={refused} onClick={() => setForm("new")}>
          Add a user
        </Button>
      }
    >
      <Outcome query={users} what="users" rows={5}>
        {({ items, next }) => (
          <>
            {next !== null && <Partial>Only the first {plural(items.length, "user")} are shown.</Partial>}
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">User</th>
                  <th scope="col">Full name</th>
                  <th scope="col">Role</th>
                  <th scope="col">Team</th>
                  <th scope="col">Last login</th>
                  <th scope="col">State</th>
                  <th scope="col">
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((user) => (
                  <tr key={user.id}>
                    <td className="strong">
                      <LogText text={user.name} />
                    </td>
                    <td>
                      <LogText text={user.fullName} />
                    </td>
                    <td>{user.role}</td>
                    <td>{user.team}</td>
                    <td>
                      <Clock at={user.lastLoginAt} />
                    </td>
                    <td>{user.disabled ? <Tag>disabled</Tag> : <span className="faint">active</span>}</td>
                    <td className="number">
                      <Button
                        size="compact"
                        label={`Edit ${user.name}`}
                        refused={refused}
                        onClick={() => setForm(user)}
                      >
                        Edit
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </Outcome>
      {form !== null && <UserForm user={form === "new" ? null : form} onClose={() => setForm(null)} />}
    </Panel>
  );
}
