/** service-drawer: one service: its owner, what it needs, what needs it, what it runs on, what is open. */
import { estateRoutes, type Service } from "@holdfast/contracts/estate";
import { lazy, Suspense, useState } from "react";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { CRITICALITY_WORDS, Criticality, ServiceLink } from "../app/service.tsx";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { ServiceForm } from "./estate-forms.tsx";
import { SeenEdges } from "./seen-edges.tsx";

const ServiceOncall = lazy(async () => ({ default: (await import("../oncall/service-oncall.tsx")).ServiceOncall }));

const OwnedChanges = lazy(async () => ({ default: (await import("../changes/owned-changes.tsx")).OwnedChanges }));

const OwnedMetrics = lazy(async () => ({ default: (await import("../search/owned-metrics.tsx")).OwnedMetrics }));

export function ServiceDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const service = useCall(estateRoutes.getService, { params: { id } });
  const [editing, setEditing] = useState(false);
  const refused = useRefusal()("estate.write");
  return (
    <Drawer
      label="Service"
      onClose={onClose}
      heading={
        <h2>
          <LogText text={service.data?.name ?? "Service"} />
        </h2>
      }
      actions={
        service.data !== undefined && (
          <Button refused={refused} onClick={() => setEditing(true)}>
            Edit
          </Button>
        )
      }
    >
      <Outcome query={service} what="this service">
        {(found) => (
          <>
            <ServiceBody service={found} />
            {editing && <ServiceForm service={found} onClose={() => setEditing(false)} />}
          </>
        )}
      </Outcome>
    </Drawer>
  );
}

function ServiceBody({ service }: { service: Service }) {
  return (
    <>
      {service.description !== "" && (
        <p className="prose">
          <LogText text={service.description} />
        </p>
      )}
      <Facts
        items={[
          ["Owner", service.owner ?? "nobody"],
          [
            "Criticality",
            <span key="criticality" className="row">
              <Criticality value={service.criticality} />
              <span className="faint">{CRITICALITY_WORDS[service.criticality - 1]}</span>
            </span>,
          ],
          ["Exposure", service.exposure],
          [
            "Open alerts",
            <Link key="alerts" to={links.alerts({ service: service.id })}>
              {count(service.openAlerts)}
            </Link>,
          ],
          ["Open incidents", count(service.openIncidents)],
        ]}
      />
      <Suspense>
        <ServiceOncall service={service.id} />
      </Suspense>
      <Suspense>
        <OwnedChanges of={{ service: service.id }} />
      </Suspense>
      <Suspense>
        <OwnedMetrics service={service.id} />
      </Suspense>
      <Section title="Needs">
        <Services services={service.dependsOn} none="It needs no other service that is known." />
      </Section>
      <Section title="Needed by">
        <Services services={service.dependants} none="Nothing that is known needs it." />
      </Section>
      <SeenEdges service={service.id} />
      <Section title={`Runs on ${count(service.assets.length)} assets`}>
        {service.assets.map((asset) => (
          <div key={asset.id} className="row">
            <Link to={links.asset(asset.id)}>
              <LogText text={asset.name} />
            </Link>
            <span className="faint">{asset.kind}</span>
          </div>
        ))}
      </Section>
    </>
  );
}

function Services({ services, none }: { services: Service["dependsOn"]; none: string }) {
  if (services.length === 0) return <p className="faint">{none}</p>;
  return services.map((service) => (
    <div key={service.id} className="row">
      <ServiceLink service={service} />
      <Criticality value={service.criticality} />
    </div>
  ));
}
