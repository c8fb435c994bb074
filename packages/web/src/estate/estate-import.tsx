/** estate-import: loads an estate file. It is first checked without changing anything; what is wrong is said with its line. */
import { estateRoutes, type ImportReport } from "@holdfast/contracts/estate";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { count } from "../ui/number.ts";
import { toast } from "../ui/toast.tsx";

export function EstateImport({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [yaml, setYaml] = useState("");
  const [checked, setChecked] = useState<{ yaml: string; report: ImportReport } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const ready = checked !== null && checked.yaml === yaml && checked.report.problems.length === 0;
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const report = await call(estateRoutes.importEstate, { body: { yaml, dryRun: !ready } });
      if (!ready) return setChecked({ yaml, report });
      for (const route of Object.values(estateRoutes)) void client.invalidateQueries({ queryKey: [route.path] });
      toast({
        title: `Estate loaded: ${count(report.created)} new, ${count(report.updated)} changed, ${count(report.unchanged)} as before`,
      });
      onClose();
    } catch (reason) {
      setError(explain(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Load an estate file"
      note="Teams, services with their dependencies, assets and identities in YAML. The same file twice changes nothing."
      submit={ready ? "Load it" : "Check it"}
      busy={busy}
      error={error}
      refused={yaml.trim() === "" ? "Choose a file or paste its text." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="File" id="estate-file">
        <input
          id="estate-file"
          type="file"
          accept=".yaml,.yml,.json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) file.text().then(setYaml, () => setError("The file could not be read."));
          }}
        />
      </Field>
      <TextArea label="Text" value={yaml} onChange={setYaml} rows={10} mono />
      {checked !== null && checked.yaml === yaml && <Report report={checked.report} />}
    </FormDialog>
  );
}

function Report({ report }: { report: ImportReport }) {
  if (report.problems.length === 0)
    return (
      <p role="status">
        It fits. Loading it makes {count(report.created)} new, changes {count(report.updated)} and leaves{" "}
        {count(report.unchanged)}.
      </p>
    );
  return (
    <ul role="alert" className="field-error">
      {report.problems.map((problem, at) => (
        <li key={at}>
          {problem.line !== null && `Line ${problem.line}, `}
          <span className="mono">{problem.at}</span> {problem.message}
        </li>
      ))}
    </ul>
  );
}
