/** activity: what every background profile is made of: weighted kinds of ordinary work, each a small burst of records that belong together. */
import type { Curve, Day } from "../day.ts";
import type { Random, Some } from "../random.ts";
import type { Emission, Host, World } from "../world.ts";

export interface Scene {
  readonly world: World;
  readonly host: Host;
  readonly random: Random;
  readonly day: Day;
}

export interface Activity {
  readonly weight: number;
  readonly curve: Curve;
  readonly run: (scene: Scene, at_ms: number) => Emission[];
}

/** Runs activities, likelier ones more often, until about this many records are there. Records after the end of the run are left out. */
export function workOf(scene: Scene, activities: Some<Activity>, records: number): Emission[] {
  const total = activities.reduce((sum, activity) => sum + activity.weight, 0);
  const work: Emission[] = [];
  while (work.length < records) {
    const activity = choose(activities, scene.random.next() * total);
    const at_ms = scene.day.moment(scene.random, activity.curve);
    for (const emission of activity.run(scene, at_ms)) if (emission.at_ms < scene.day.end_ms) work.push(emission);
  }
  return work;
}

function choose(activities: Some<Activity>, point: number): Activity {
  let rest = point;
  for (const activity of activities) {
    rest -= activity.weight;
    if (rest < 0) return activity;
  }
  return activities[0];
}
