/** asset-drawer: one asset: what it serves, its addresses and names over time, and what people declared about it. */
import { estateRoutes, type Asset } from "@holdfast/contracts/estate";
import { lazy, Suspense, useState } from "react";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Criticality, ServiceLink } from "../app/service.tsx";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";
import { AssetForm } from "./estate-forms.tsx";

const HostQuestions = lazy(async () => ({ default: (await import("./host-questions.tsx")).HostQuestions }));

const OwnedChanges = lazy(async () => ({ default: (await import("../changes/owned-changes.tsx")).OwnedChanges }));

const OwnedMetrics = lazy(async () => ({ default: (await import("../search/owned-metrics.tsx")).OwnedMetrics }));

export function AssetDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const asset = useCall(estateRoutes.getAsset, { params: { id } });
  const [editing, setEditing] = useState(false);
  const refused = useRefusal()("estate.write");
  return (
    <Drawer
      label="Asset"
      onClose={onClose}
      heading={
        <h2>
          <LogText text={asset.data?.name ?? "Asset"} />
        </h2>
      }
      actions={
        asset.data !== undefined && (
          <Button refused={refused} onClick={() => setEditing(true)}>
            Edit
          </Button>
        )
      }
    >
      <Outcome query={asset} what="this asset">
        {(found) => (
          <>
            <AssetBody asset={found} />
            <Suspense>
              <HostQuestions host={found.name} />
            </Suspense>
            {editing && <AssetForm asset={found} onClose={() => setEditing(false)} />}
          </>
        )}
      </Outcome>
    </Drawer>
  );
}

function AssetBody({ asset }: { asset: Asset }) {
  return (
    <>
      <Facts
        items={[
          ["Kind", asset.kind],
          ["System", asset.os === "" ? null : <LogText key="os" text={asset.os} />],
          ["Criticality", <Criticality key="criticality" value={asset.criticality} />],
          ["Exposure", asset.exposure ?? "not set"],
          ["Owner", asset.owner ?? "nobody"],
          ["Known by", asset.provenance === "declared" ? "declaration" : "its events"],
          ["First seen", <Clock key="first" at={asset.firstSeen} form="absolute" />],
          ["Last seen", <Clock key="last" at={asset.lastSeen} form="absolute" />],
          [
            "Open alerts",
            <Link key="alerts" to={links.alerts({ q: asset.name })}>
              {count(asset.openAlerts)}
            </Link>,
          ],
          [
            "Look into",
            <Link key="events" to={links.events({ q: `host:"${asset.name}"` })}>
              its events
            </Link>,
          ],
          [
            "Tags",
            asset.tags.length === 0 ? null : (
              <span key="tags" className="row wrap">
                {asset.tags.map((tag) => (
                  <Tag key={tag}>{tag}</Tag>
                ))}
              </span>
            ),
          ],
        ]}
      />
      <Section title="Services">
        {asset.services.length === 0 ? (
          <p className="faint">No service is known to run on it.</p>
        ) : (
          asset.services.map((service) => (
            <div key={service.id} className="row">
              <ServiceLink service={service} />
              <Criticality value={service.criticality} />
              <span className="faint">{service.owner ?? "no owner"}</span>
            </div>
          ))
        )}
      </Section>
      <Suspense>
        <OwnedChanges of={{ asset: asset.id }} />
      </Suspense>
      <Suspense>
        <OwnedMetrics asset={asset.id} />
      </Suspense>
      <Section title="Addresses">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {asset.addresses.map((address) => (
              <tr key={address.ip}>
                <td className="mono">
                  <LogText text={address.ip} />
                </td>
                <td>
                  <Clock at={address.firstSeen} />
                </td>
                <td>
                  <Clock at={address.lastSeen} />
                </td>
                <td>{address.provenance}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      <Aliases aliases={asset.aliases} />
    </>
  );
}

export function Aliases({ aliases }: { aliases: Asset["aliases"] }) {
  if (aliases.length === 0) return null;
  return (
    <Section title="Also written as">
      {aliases.map((alias) => (
        <div key={alias.name} className="stack tight">
          <LogText text={alias.name} />
          <span className="faint small">merged by the rule: {alias.rule}</span>
        </div>
      ))}
    </Section>
  );
}
