/** entity: a host, user, address … with its kind, as a link to what is known about it. */
import type { Entity } from "@holdfast/contracts/triage";
import { LogText } from "../ui/code.tsx";
import { Link } from "./link.tsx";
import { entityLink } from "./links.ts";

export function EntityLink(props: { entity: Entity; exerciseId?: string | null; tabIndex?: number }) {
  const { entity, tabIndex } = props;
  return (
    <Link to={entityLink(entity, props.exerciseId)} {...(tabIndex !== undefined && { tabIndex })}>
      <EntityText entity={entity} />
    </Link>
  );
}

export function EntityText({ entity }: { entity: Pick<Entity, "kind" | "value"> }) {
  return (
    <span data-tip={`${entity.kind} ${entity.value.slice(0, 300)}`}>
      <span className="faint small">{entity.kind}</span> <LogText text={entity.value} />
    </span>
  );
}
