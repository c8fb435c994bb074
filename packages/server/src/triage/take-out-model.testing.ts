/** take-out-model.testing: what alerts have to be made of, as a small model: signals in sets, causes in words, decisions in a list. It shares
 *  no code with triage. */
export interface ModelSignal {
  readonly id: string;
  readonly minute: number;
  readonly host: string;
  readonly user: string;
}

export interface ModelAlert {
  id: string;
  readonly cause: string;
  members: ModelSignal[];
  first: number;
  last: number;
  putBack: boolean;
}

export interface ModelDecision {
  readonly from: ModelAlert;
  readonly to: ModelAlert;
  readonly kind: "host" | "user" | null;
  readonly values: readonly string[];
  standing: boolean;
}

export type Keys = readonly ("host" | "user")[] | null;

const WINDOW = 60;

export class Model {
  readonly alerts: ModelAlert[] = [];
  readonly decisions: ModelDecision[] = [];
  keys: Keys = [];

  /** @returns the alerts that this made, in their order */
  take(signals: readonly ModelSignal[]): ModelAlert[] {
    const made: ModelAlert[] = [];
    for (const signal of signals) {
      const cause = this.causeOf(signal);
      const open = this.alerts
        .filter((alert) => alert.cause === cause && !alert.putBack && gapOf(alert, signal.minute) <= WINDOW)
        .sort((a, b) => gapOf(a, signal.minute) - gapOf(b, signal.minute) || a.first - b.first);
      let [alert] = open;
      if (alert === undefined) {
        alert = { id: "", cause, members: [], first: signal.minute, last: signal.minute, putBack: false };
        this.alerts.push(alert);
        made.push(alert);
      }
      alert.members.push(signal);
      alert.first = Math.min(alert.first, signal.minute);
      alert.last = Math.max(alert.last, signal.minute);
    }
    return made;
  }

  takeOut(
    from: ModelAlert,
    chosen: (signal: ModelSignal) => boolean,
    by: Pick<ModelDecision, "kind" | "values">,
  ): ModelAlert {
    const members = from.members.filter(chosen);
    from.members = from.members.filter((signal) => !chosen(signal));
    const to: ModelAlert = {
      id: "",
      cause: `${from.cause}>${this.decisions.length}`,
      members,
      first: 0,
      last: 0,
      putBack: false,
    };
    for (const alert of [from, to]) bound(alert);
    this.alerts.push(to);
    this.decisions.push({ from, to, ...by, standing: true });
    return to;
  }

  putBack({ from, to }: ModelDecision): void {
    for (const decision of this.decisions) if (decision.to === to) decision.standing = false;
    from.members.push(...to.members);
    to.members = [];
    to.putBack = true;
    bound(from);
  }

  private causeOf(signal: ModelSignal): string {
    let cause =
      this.keys === null
        ? `host=${signal.host}|rule`
        : `${this.keys.map((key) => `${key}=${signal[key]}`).join()}|keys`;
    for (;;) {
      const next = this.decisions.find(
        ({ standing, from, kind, values }) =>
          standing && from.cause === cause && kind !== null && values.includes(signal[kind]),
      );
      if (next === undefined) return cause;
      cause = next.to.cause;
    }
  }
}

function gapOf(alert: ModelAlert, minute: number): number {
  return Math.max(0, alert.first - minute, minute - alert.last);
}

function bound(alert: ModelAlert): void {
  alert.first = Math.min(...alert.members.map(({ minute }) => minute));
  alert.last = Math.max(...alert.members.map(({ minute }) => minute));
}
