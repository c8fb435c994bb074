/** rule-watch: calls back when something in the rule folders may have changed: by the system's notifications, gathered for a
 *  moment, and by looking now and then, because network folders and used-up watch limits give no notification. */
import { type FSWatcher, watch } from "node:fs";
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

function open(folder: RuleFolder, onEvent: () => void, log: Log): FSWatcher[] {
  try {
    const watcher = watch(folder.directory, { recursive: true, persistent: false }, onEvent);
    watcher.on("error", (error) => {
      log.warn({ folder: folder.directory, reason: error.message }, "A rule folder is looked at only now and then.");
      watcher.close();
    });
    return [watcher];
  } catch (error) {
    log.warn({ folder: folder.directory, reason: String(error) }, "A rule folder is looked at only now and then.");
    return [];
  }
}
