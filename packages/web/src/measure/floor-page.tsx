/** floor-page: what needs someone now, what changed, how services and sources are. The first page of both teams. */
import { measureRoutes, type Floor } from "@holdfast/contracts/measure";
import { useState } from "react";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useTeam } from "../app/preferences.ts";
import { useCall } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { NewBar } from "../ui/bars.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/states.tsx";
import { FloorCharts } from "./floor-charts.tsx";
import "./floor-page.css";
import { NeedsYou } from "./needs-you.tsx";
import { ServiceHealth } from "./service-health.tsx";
import { SourceHealth } from "./source-health.tsx";
import { Tiles } from "./tiles.tsx";
import { WhatChanged } from "./what-changed.tsx";

export function FloorPage() {
  useTitle("Floor");
  const [team] = useTeam();
  const [news, setNews] = useState(0);
  const floor = useCall(measureRoutes.floor, { query: { team } }, { keep: true, everyMs: 60_000 });
  const count = (): void => setNews((before) => before + 1);
  useLive("triage.incident.opened", count);
  useLive("triage.alert.raised", (payload) => setNews((before) => before + payload.count));
  const renew = (): void => {
    setNews(0);
    void floor.refetch();
  };
  return (
    <Page title="Floor" scroll>
      <Outcome query={floor} what="the floor" skeleton={<Skeleton rows={14} />}>
        {(data) => <FloorBody floor={data} team={team} news={news} onRenew={renew} />}
      </Outcome>
    </Page>
  );
}

function FloorBody({ floor, team, news, onRenew }: { floor: Floor; team: string; news: number; onRenew: () => void }) {
  return (
    <>
      <div className="floor-top">
        <div className="stack floor-left">
          <NewBar news={news} what={news === 1 ? "alert or incident" : "alerts and incidents"} onShow={onRenew} />
          <NeedsYou items={floor.needsYou} team={team} />
          <Tiles floor={floor} />
        </div>
        <WhatChanged items={floor.changed} />
      </div>
      <ServiceHealth services={floor.services} />
      <div className="floor-pair">
        <FloorCharts floor={floor} />
        <SourceHealth sources={floor.sources} />
      </div>
    </>
  );
}
