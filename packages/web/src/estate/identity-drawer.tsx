/** identity-drawer: one user or account: where it was seen, under which names, with what rights. */
import { estateRoutes } from "@holdfast/contracts/estate";
import { Link } from "../app/link.tsx";
import { links, quote } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { Aliases } from "./asset-drawer.tsx";

export function IdentityDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const identity = useCall(estateRoutes.getIdentity, { params: { id } });
  return (
    <Drawer
      label="Identity"
      onClose={onClose}
      heading={
        <h2>
          <LogText text={identity.data?.name ?? "Identity"} />
        </h2>
      }
    >
      <Outcome query={identity} what="this identity">
        {(found) => (
          <>
            <Facts
              items={[
                ["Full name", found.fullName === "" ? null : <LogText key="full" text={found.fullName} />],
                ["Kind", found.kind],
                ["Rights", found.privileged ? "privileged" : "ordinary"],
                ["Team", found.team ?? "not set"],
                ["Known by", found.provenance === "declared" ? "declaration" : "its events"],
                ["First seen", <Clock key="first" at={found.firstSeen} form="absolute" />],
                ["Last seen", <Clock key="last" at={found.lastSeen} form="absolute" />],
                [
                  "Open alerts",
                  <Link key="alerts" to={links.alerts({ entity: found.name })}>
                    {count(found.openAlerts)}
                  </Link>,
                ],
                [
                  "Look into",
                  <Link key="events" to={links.events({ q: `account:${quote(found.name)}` })}>
                    its events
                  </Link>,
                ],
              ]}
            />
            <Section title="Seen on">
              {found.hosts.map((host) => (
                <div key={host.assetId} className="row between">
                  <Link to={links.asset(host.assetId)}>
                    <LogText text={host.asset} />
                  </Link>
                  <Clock at={host.lastSeen} suffix="ago" />
                </div>
              ))}
              {found.hosts.length === 0 && <p className="faint">On no known host.</p>}
            </Section>
            <Aliases aliases={found.aliases} />
          </>
        )}
      </Outcome>
    </Drawer>
  );
}
