/** tiles: the numbers of the floor. Only a number that someone should do something about has colour; each opens its list. */
import type { Floor } from "@holdfast/contracts/measure";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { count, short } from "../ui/number.ts";

export function Tiles({ floor }: { floor: Floor }) {
  const { tiles } = floor;
  const entries = [
    { to: links.events(), name: "events a second", value: short(tiles.eventsPerSecond) },
    { to: links.alerts(), name: "open alerts", value: count(tiles.openAlerts) },
    { to: links.incidents(), name: "open incidents", value: count(tiles.openIncidents) },
    { to: "/rules", name: "rules enabled", value: count(tiles.rulesEnabled) },
    { to: "/rules?fed=no", name: "rules without a source", value: count(tiles.rulesUnfed), bad: tiles.rulesUnfed > 0 },
    { to: "/sources", name: "sources active", value: count(tiles.sourcesActive) },
    { to: "/sources", name: "sources silent", value: count(tiles.sourcesSilent), bad: tiles.sourcesSilent > 0 },
    {
      to: links.alerts({ queue: "acknowledged" }),
      name: "to acknowledge (7 d)",
      value: tiles.ackMinutes === null ? "–" : `${short(tiles.ackMinutes)} min`,
    },
  ];
  return (
    <nav className="tiles" aria-label="Numbers">
      {entries.map((entry) => (
        <Link key={entry.name} to={entry.to} className="tile">
          <strong className={entry.bad === true ? "bad" : undefined}>{entry.value}</strong>
          {entry.name}
        </Link>
      ))}
    </nav>
  );
}
