/** settings-page: users, tokens, the audit log, the system with its configuration, one's own account, and the keys. */
import { lazy, Suspense } from "react";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Page } from "../ui/page.tsx";
import { ConnectorList } from "../connectors/connector-list.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { AccountPanel } from "./account-panel.tsx";
import { AuditLog } from "./audit-log.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { Permitted } from "./permitted.tsx";
import { RoleTable } from "./role-table.tsx";
import "./settings-page.css";
import { SystemPanel } from "./system-panel.tsx";
import { TokenList } from "./token-list.tsx";
import { UserList } from "./user-list.tsx";

const PolicyPanel = lazy(async () => ({ default: (await import("../respond/policy-panel.tsx")).PolicyPanel }));
const OncallSettings = lazy(async () => ({ default: (await import("../oncall/oncall-settings.tsx")).OncallSettings }));
const TicketSystems = lazy(async () => ({ default: (await import("../tickets/ticket-systems.tsx")).TicketSystems }));
const TABS = [
  "users",
  "tokens",
  "oncall",
  "tickets",
  "connectors",
  "policy",
  "audit",
  "system",
  "account",
  "keys",
] as const;
const STATE = { tab: oneOf(TABS, "users"), actor: text(), action: text() };

export function SettingsPage() {
  useTitle("Settings");
  const [state, set] = useUrlState(STATE);
  return (
    <Page title="Settings">
      <Tabs
        label="Parts of the settings"
        fill
        value={state.tab}
        onChange={(tab) => set({ tab }, { push: true })}
        tabs={[
          { value: "users", label: "Users" },
          { value: "tokens", label: "Tokens" },
          { value: "oncall", label: "On-call" },
          { value: "tickets", label: "Tickets" },
          { value: "connectors", label: "Connectors" },
          { value: "policy", label: "Response policy" },
          { value: "audit", label: "Audit log" },
          { value: "system", label: "System" },
          { value: "account", label: "Your account" },
          { value: "keys", label: "Keys" },
        ]}
      >
        {state.tab === "audit" ? (
          <Permitted permission="audit.read">
            <AuditLog actor={state.actor} action={state.action} onFilter={set} />
          </Permitted>
        ) : (
          <div className="pane" tabIndex={0} role="region" aria-label="Settings">
            {state.tab === "users" && (
              <Permitted permission="users.read">
                <UserList />
                <RoleTable />
              </Permitted>
            )}
            {state.tab === "tokens" && (
              <Permitted permission="tokens.write">
                <TokenList />
              </Permitted>
            )}
            {state.tab === "oncall" && (
              <Permitted permission="oncall.read">
                <Suspense>
                  <OncallSettings />
                </Suspense>
              </Permitted>
            )}
            {state.tab === "tickets" && (
              <Permitted permission="incidents.read">
                <Suspense>
                  <TicketSystems />
                </Suspense>
              </Permitted>
            )}
            {state.tab === "policy" && (
              <Permitted permission="incidents.read">
                <Suspense>
                  <PolicyPanel />
                </Suspense>
              </Permitted>
            )}
            {state.tab === "connectors" && (
              <Permitted permission="connectors.read">
                <ConnectorList />
              </Permitted>
            )}
            {state.tab === "system" && (
              <Permitted permission="system.read">
                <SystemPanel />
              </Permitted>
            )}
            {state.tab === "account" && <AccountPanel />}
            {state.tab === "keys" && <KeysPanel />}
          </div>
        )}
      </Tabs>
    </Page>
  );
}
