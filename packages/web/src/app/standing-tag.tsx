/** standing-tag: how a change stands against its times, in a word. Colour only where someone should look. */
import type { Change, ChangeStanding } from "@holdfast/contracts/changes";
import { Tag, type Tone } from "../ui/tag.tsx";

const STANDINGS: Readonly<Record<ChangeStanding, readonly [text: string, tone: Tone, tip: string]>> = {
  soon: ["begins soon", "neutral", "It is planned to begin within the hour."],
  late: ["not begun", "medium", "It should have begun, and nobody said that it has."],
  running: ["running", "accent", "Somebody works on it now."],
  overdue: ["overdue", "high", "It runs past its planned end."],
};

export function StandingTag({ standing }: { standing: ChangeStanding }) {
  const [text, tone, tip] = STANDINGS[standing];
  return (
    <Tag tone={tone} tip={tip}>
      {text}
    </Tag>
  );
}

/** Its standing, or its state where its times say nothing. */
export function ChangeStateTag({ change }: { change: Pick<Change, "state" | "standing"> }) {
  return change.standing === null ? <Tag>{change.state}</Tag> : <StandingTag standing={change.standing} />;
}
