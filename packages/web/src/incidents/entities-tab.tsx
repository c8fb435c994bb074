/** entities-tab: the entities of an incident as a graph, or as the list that another part of the page gives. */
import type { ReactNode } from "react";
import { Tabs } from "../ui/tabs.tsx";
import { EntityGraph } from "./entity-graph.tsx";

export function EntitiesTab(props: {
  incidentId: string;
  exerciseId: string | null;
  view: "graph" | "list";
  onView: (view: "graph" | "list") => void;
  list: ReactNode;
}) {
  return (
    <Tabs
      label="Views of the entities"
      fill
      tabs={[
        { value: "graph", label: "Graph" },
        { value: "list", label: "List" },
      ]}
      value={props.view}
      onChange={props.onView}
    >
      {props.view === "graph" ? (
        <EntityGraph incidentId={props.incidentId} exerciseId={props.exerciseId} />
      ) : (
        props.list
      )}
    </Tabs>
  );
}
