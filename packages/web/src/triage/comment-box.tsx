/** comment-box: what people write about an alert or an incident. Text stays text. */
import { useState } from "react";
import { explain } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { TextArea } from "../ui/field.tsx";

export function CommentBox(props: {
  permission: "alerts.work" | "incidents.work";
  onSend: (text: string) => Promise<void>;
}) {
  const refused = useRefusal()(props.permission);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onSend(text.trim());
      setText("");
    } catch (reason) {
      setError(explain(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="stack tight"
      aria-label="Comment"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "" && refused === "") void send();
      }}
    >
      <TextArea label="Comment" rows={2} value={text} onChange={setText} error={error} />
      <div className="row">
        <Button
          type="submit"
          size="compact"
          busy={busy}
          refused={refused !== "" ? refused : text.trim() === "" ? "Write something first." : ""}
        >
          Add comment
        </Button>
      </div>
    </form>
  );
}
