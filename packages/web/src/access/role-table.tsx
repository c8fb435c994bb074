/** role-table: what each role may do, from the same table that the server obeys. */
import { PERMISSIONS, ROLE_PERMISSIONS, role as roles } from "@holdfast/contracts/access";
import { Panel } from "../ui/page.tsx";

export function RoleTable() {
  return (
    <Panel title="What each role may do" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {roles.options.map((role) => (
              <th key={role} scope="col">
                {role}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PERMISSIONS.map((permission) => (
            <tr key={permission}>
              <td className="mono">{permission}</td>
              {roles.options.map((role) => (
                <td key={role}>
                  {ROLE_PERMISSIONS[role].includes(permission) ? (
                    <>
                      <i className="cell-mark" aria-hidden="true" />
                      <span className="sr-only">yes</span>
                    </>
                  ) : (
                    <span className="sr-only">no</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
