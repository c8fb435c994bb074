/** connector-list: the systems that Holdfast acts on, with their state, a test that changes nothing there, and the last error. */
import { connectorRoutes, type ConnectorState, type ConnectorView } from "@holdfast/contracts/connectors";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { ConnectorForm } from "./connector-form.tsx";

const STATES: Readonly<Record<ConnectorState, { readonly word: string; readonly tone: Tone }>> = {
  ok: { word: "works", tone: "neutral" },
  failing: { word: "fails", tone: "high" },
  untested: { word: "not tested", tone: "neutral" },
  off: { word: "off", tone: "neutral" },
};

export function ConnectorList() {
  const refused = useRefusal()("connectors.write");
  const client = useQueryClient();
  const connectors = useCall(connectorRoutes.listConnectors, {});
  const kinds = useCall(connectorRoutes.listConnectorKinds, {});
  const [form, setForm] = useState<ConnectorView | "new" | null>(null);
  const [removing, setRemoving] = useState<ConnectorView | null>(null);
  const renew = (): void => void client.invalidateQueries({ queryKey: [connectorRoutes.listConnectors.path] });
  useLive("connectors.changed", renew);
  const known = kinds.data?.items ?? [];
  return (
    <Panel
      title="Connectors"
      flush
      tools={
        <Button onClick={() => setForm("new")} refused={refused}>
          Add a connector
        </Button>
      }
    >
      <Outcome query={connectors} what="connectors" rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No connectors yet">
              <p>
                A connector is how Holdfast acts: isolates a host, disables an account, sends a message. Nothing is done
                without one.
              </p>
            </Empty>
          ) : (
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">Connector</th>
                  <th scope="col">Kind</th>
                  <th scope="col">State</th>
                  <th scope="col">Last error</th>
                  <th scope="col">Tested</th>
                  <th scope="col">Last used</th>
                  <th scope="col">
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((connector) => (
                  <tr key={connector.id}>
                    <td className="strong">
                      <LogText text={connector.name} />{" "}
                      {connector.name !== connector.id && <span className="mono faint">{connector.id}</span>}
                    </td>
                    <td>{known.find((kind) => kind.kind === connector.kind)?.title ?? connector.kind}</td>
                    <td>
                      <Tag tone={STATES[connector.state].tone}>{STATES[connector.state].word}</Tag>
                    </td>
                    <td>{connector.lastError === null ? "" : <LogText text={connector.lastError} />}</td>
                    <td>
                      <Clock at={connector.lastTestedAt} />
                    </td>
                    <td>
                      <Clock at={connector.lastUsedAt} />
                    </td>
                    <td className="number">
                      <div className="row">
                        <TestButton connector={connector} refused={refused} onDone={renew} />
                        <Button
                          size="compact"
                          label={`Edit ${connector.id}`}
                          refused={refused}
                          onClick={() => setForm(connector)}
                        >
                          Edit
                        </Button>
                        <Button
                          size="compact"
                          variant="danger"
                          label={`Remove ${connector.id}`}
                          refused={refused}
                          onClick={() => setRemoving(connector)}
                        >
                          Remove
                        </Button>
                      </div>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Outcome>
      {form !== null && known.length > 0 && (
        <ConnectorForm kinds={known} connector={form === "new" ? null : form} onClose={() => setForm(null)} />
      )}
      {removing !== null && <Removal connector={removing} onDone={renew} onClose={() => setRemoving(null)} />}
    </Panel>
  );
}

function TestButton({ connector, refused, onDone }: { connector: ConnectorView; refused: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const test = async (): Promise<void> => {
    setBusy(true);
    try {
      const { outcome } = await call(connectorRoutes.testConnector, { params: { id: connector.id } });
      if (outcome.kind === "done") toast({ title: `${connector.id} works`, body: outcome.evidence });
      else toast({ title: `${connector.id} does not work`, body: outcome.reason, tone: "error" });
    } catch (error) {
      toast({ title: `${connector.id} was not tested`, body: explain(error), tone: "error" });
    }
    setBusy(false);
    onDone();
  };
  return (
    <Button
      size="compact"
      busy={busy}
      label={`Test ${connector.id}`}
      refused={connector.enabled ? refused : "It is switched off."}
      onClick={() => void test()}
    >
      Test
    </Button>
  );
}

function Removal({
  connector,
  onDone,
  onClose,
}: {
  connector: ConnectorView;
  onDone: () => void;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(connectorRoutes.deleteConnector, { params: { id: connector.id } });
      toast({ title: `${connector.id} and its secrets are removed` });
      onDone();
      onClose();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={`Remove ${connector.id}?`}
      note="Its secrets go with it. Playbooks that name it fail at that step, and what was done by it can no longer be taken back from here."
      submit="Remove the connector"
      danger
      busy={busy}
      error={error}
      onSubmit={() => void remove()}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  );
}
