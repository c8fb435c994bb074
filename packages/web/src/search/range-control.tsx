/** range-control: the one time range of the page: a length up to now, or two times. */
import { useState } from "react";
import { FormDialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { absolute } from "../ui/time.ts";

const PRESETS = [
  { value: "now-15m", label: "Last 15 minutes" },
  { value: "now-1h", label: "Last hour" },
  { value: "now-4h", label: "Last 4 hours" },
  { value: "now-24h", label: "Last 24 hours" },
  { value: "now-7d", label: "Last 7 days" },
  { value: "now-30d", label: "Last 30 days" },
] as const;

export function RangeControl(props: { from: string; to: string; onChange: (from: string, to: string) => void }) {
  const [asking, setAsking] = useState(false);
  const preset = props.to === "now" ? PRESETS.find((entry) => entry.value === props.from)?.value : undefined;
  const own = { value: "own", label: preset === undefined ? `${told(props.from)} to ${told(props.to)}` : "Two times" };
  return (
    <>
      <Select
        label="Time range"
        value={preset ?? "own"}
        options={[...PRESETS, own, ...(preset === undefined ? [{ value: "change", label: "Other times" }] : [])]}
        onChange={(value) => (value === "own" || value === "change" ? setAsking(true) : props.onChange(value, "now"))}
      />
      {asking && <RangeDialog {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

function RangeDialog(props: {
  from: string;
  to: string;
  onChange: (from: string, to: string) => void;
  onClose: () => void;
}) {
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  return (
    <FormDialog
      title="Time range"
      note="An ISO time (UTC unless it names a zone), or a time relative to now: now-90m, now-3d, now/d for the start of the day."
      submit="Use this range"
      onSubmit={() => {
        props.onChange(from.trim(), to.trim());
        props.onClose();
      }}
      onClose={props.onClose}
    >
      <TextField label="From" value={from} onChange={setFrom} required />
      <TextField label="To" value={to} onChange={setTo} required />
    </FormDialog>
  );
}

function told(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : absolute(at);
}
