/** estate-page: what there is: assets, identities, services, and the graph of what needs what. */
import { useTeam } from "../app/preferences.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Button } from "../ui/button.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { lazy, Suspense, useRef, useState } from "react";
import { SearchInput } from "../ui/search-input.tsx";
import { Skeleton } from "../ui/states.tsx";
import { AssetDrawer } from "./asset-drawer.tsx";
import { AssetList } from "./asset-list.tsx";
import { EstateImport } from "./estate-import.tsx";
import { IdentityDrawer } from "./identity-drawer.tsx";
import { IdentityList } from "./identity-list.tsx";
import { ServiceDrawer } from "./service-drawer.tsx";
import { ServiceList } from "./service-list.tsx";

const EstateGraph = lazy(() => import("./estate-graph.tsx").then((module) => ({ default: module.EstateGraph })));

const TABS = ["assets", "identities", "services", "graph"] as const;
const STATE = { tab: oneOf(["", ...TABS], ""), q: text(), asset: text(), identity: text(), service: text() };

export function EstatePage() {
  useTitle("Estate");
  const [state, set] = useUrlState(STATE);
  const [team] = useTeam();
  const [importing, setImporting] = useState(false);
  const refused = useRefusal()("estate.write");
  const search = useRef<HTMLInputElement>(null);
  const tab = state.tab === "" ? (team === "operations" ? "services" : "assets") : state.tab;
  const close = (): void => set({ asset: "", identity: "", service: "" });
  useKeys({
    "/": { label: "Search the estate", run: () => search.current?.focus() },
    "1": { label: "Assets", run: () => set({ tab: "assets" }) },
    "2": { label: "Identities", run: () => set({ tab: "identities" }) },
    "3": { label: "Services", run: () => set({ tab: "services" }) },
    "4": { label: "Graph", run: () => set({ tab: "graph" }) },
    Escape: { label: "Close the drawer", run: close },
  });
  const open = (patch: { asset?: string; identity?: string; service?: string }): void =>
    set({ asset: "", identity: "", service: "", ...patch }, { push: true });
  return (
    <Page
      title="Estate"
      tools={
        <Button refused={refused} onClick={() => setImporting(true)}>
          Load an estate file
        </Button>
      }
      bar={<SearchInput label="Search by name" value={state.q} inputRef={search} onChange={(q) => set({ q })} />}
      drawer={
        state.asset !== "" ? (
          <AssetDrawer key={state.asset} id={state.asset} onClose={close} />
        ) : state.identity !== "" ? (
          <IdentityDrawer key={state.identity} id={state.identity} onClose={close} />
        ) : state.service !== "" ? (
          <ServiceDrawer key={state.service} id={state.service} onClose={close} />
        ) : undefined
      }
    >
      <Tabs
        label="Parts of the estate"
        fill
        value={tab}
        onChange={(next) => set({ tab: next, asset: "", identity: "", service: "" }, { push: true })}
        tabs={[
          { value: "assets", label: "Assets" },
          { value: "identities", label: "Identities" },
          { value: "services", label: "Services" },
          { value: "graph", label: "Graph" },
        ]}
      >
        {tab === "assets" && <AssetList q={state.q} open={state.asset} onOpen={(asset) => open({ asset })} />}
        {tab === "identities" && (
          <IdentityList q={state.q} open={state.identity} onOpen={(identity) => open({ identity })} />
        )}
        {tab === "services" && <ServiceList q={state.q} open={state.service} onOpen={(service) => open({ service })} />}
        {tab === "graph" && (
          <Suspense fallback={<Skeleton rows={10} label="Loading the graph" />}>
            <EstateGraph
              selected={state.service !== "" ? state.service : state.asset}
              onService={(service) => open({ service })}
              onAsset={(asset) => open({ asset })}
            />
          </Suspense>
        )}
      </Tabs>
      {importing && <EstateImport onClose={() => setImporting(false)} />}
    </Page>
  );
}
