/** rule-watch: calls back when something in the rule folders may have changed: by the system's notifications, gathered for a
 *  moment, and by looking now and then, because network folders and used-up watch limits give no notification. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Log } from "../platform/log/index.ts";
import { fingerprint, type RuleFolder } from "./rule-files.ts";

export interface RuleWatch {
  close(): void;
}

export function watchRules(options: {
  readonly folders: readonly RuleFolder[];
  readonly log: Log;
  readonly onChange: () => void;
  readonly pauseMs?: number;
  readonly pollMs?: number;
}): RuleWatch {
  const { folders, log, onChange, pauseMs = 300, pollMs = 30_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let known: string | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, pauseMs);
  };
  const look = async (): Promise<void> => {
    const now = await fingerprint(folders);
    if (known !== undefined && known !== now && !closed) soon();
    known = now;
  };
  const poll = setInterval(() => {
    look().catch((error: unknown) => log.warn({ reason: String(error) }, "The rule folders could not be looked at."));
  }, pollMs);
  poll.unref();
  const watchers = folders.flatMap((folder) => open(folder, soon, log));
  void look();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function open({ place }: RuleFolder, onEvent: () => void, log: Log): FSWatcher[] {
  try {
    const watcher = watching(place, onEvent);
    watcher.on("error", (error) => {
      log.warn({ folder: place, reason: error.message }, "A rule folder is looked at only now and then.");
      watcher.close();
    });
    return [watcher];
  } catch (error) {
    log.warn({ folder: place, reason: String(error) }, "A rule folder is looked at only now and then.");
    return [];
  }
}

/** A single file is watched through its folder: editors put a new file in its place, and a watch on the old one hears nothing more. */
function watching(place: string, onEvent: () => void): FSWatcher {
  if (!statSync(place).isFile()) return watch(place, { recursive: true, persistent: false }, onEvent);
  const name = basename(place);
  return watch(dirname(place), { persistent: false }, (_kind, changed) => {
    if (changed === null || changed === name) onEvent();
  });
}
