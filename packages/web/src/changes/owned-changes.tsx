/** owned-changes: what is planned, under way and was done last on one service or asset; nothing where nothing was. */
import { changeRoutes } from "@holdfast/contracts/changes";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useCall } from "../app/query.ts";
import { ChangeStateTag } from "../app/standing-tag.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";

const MOST = 8;

export function OwnedChanges({ of }: { of: { readonly service: string } | { readonly asset: string } }) {
  const changes = useCall(changeRoutes.listChanges, { query: { ...of, limit: MOST } });
  const { items = [], total = 0 } = changes.data ?? {};
  if (items.length === 0) return null;
  return (
    <Section title="Changes">
      {items.map((change) => (
        <div key={change.id} className="row">
          <ChangeStateTag change={change} />
          <Link to={links.change(change.id)} className="truncate">
            <LogText text={change.title} />
          </Link>
          <span className="faint small">
            <Clock at={change.actualStart ?? change.plannedStart} />
          </span>
        </div>
      ))}
      {total > items.length && <p className="faint small">and {total - items.length} earlier ones</p>}
    </Section>
  );
}
