/** names-in-labels: under which names an asset or a service of the estate may appear in the labels of a metric: its own, its other
 *  spellings, and the addresses that an exporter without a name is known by. */
import type { createEstate } from "./estate/index.ts";
import type { SearchOptions } from "./search/index.ts";

export function namesInLabels(
  estate: Pick<ReturnType<typeof createEstate>, "describeAsset" | "services">,
): SearchOptions["namesOf"] {
  return {
    asset: async (idOrName) => {
      const { name, aliases, addresses } = await estate.describeAsset(idOrName);
      const label = name.split(".", 1)[0] ?? name;
      return [
        ...new Set([
          name,
          label,
          ...aliases.map((alias) => alias.name),
          ...addresses.slice(0, MOST).map(({ ip }) => ip),
        ]),
      ];
    },
    service: async (id) => {
      const found = (await estate.services()).find((service) => service.id === id);
      return found === undefined || found.name === found.id ? [id] : [found.id, found.name];
    },
  };
}

/** Addresses come newest first; one of long ago is another host's by now. */
const MOST = 4;
