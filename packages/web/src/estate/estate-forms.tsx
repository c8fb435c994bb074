/** estate-forms: what people declare about an asset or a service: owner, criticality, exposure. */
import {
  estateRoutes,
  exposure as exposures,
  type Asset,
  type Exposure,
  type Service,
} from "@holdfast/contracts/estate";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { CRITICALITY_WORDS } from "../app/service.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";

const NOT_SET = { value: "", label: "not set" } as const;
const LEVELS = ["1", "2", "3", "4", "5"].map((value) => ({
  value,
  label: `${value}: ${CRITICALITY_WORDS[Number(value) - 1] ?? ""}`,
}));
const EXPOSURES = exposures.options.map((value) => ({ value: value as string, label: value }));

export function AssetForm({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const [criticality, setCriticality] = useState(asset.criticality === null ? "" : String(asset.criticality));
  const [exposure, setExposure] = useState<string>(asset.exposure ?? "");
  const [owner, setOwner] = useState(asset.owner ?? "");
  const [tags, setTags] = useState(asset.tags.join(", "));
  const save = (): Promise<unknown> =>
    call(estateRoutes.updateAsset, {
      params: { id: asset.id },
      body: {
        criticality: criticality === "" ? null : Number(criticality),
        exposure: exposureOf(exposure),
        owner: owner === "" ? null : owner,
        tags: tags
          .split(",")
          .map((tag) => tag.trim())
          .filter((tag) => tag !== ""),
      },
    });
  return (
    <EstateForm
      title={`Edit ${asset.name}`}
      note="What is declared here wins over what events say."
      save={save}
      onClose={onClose}
    >
      <Field label="Criticality" id="asset-criticality">
        <Select
          id="asset-criticality"
          label="Criticality"
          value={criticality}
          options={[NOT_SET, ...LEVELS]}
          onChange={setCriticality}
        />
      </Field>
      <Field label="Exposure" id="asset-exposure">
        <Select
          id="asset-exposure"
          label="Exposure"
          value={exposure}
          options={[NOT_SET, ...EXPOSURES]}
          onChange={setExposure}
        />
      </Field>
      <OwnerField value={owner} onChange={setOwner} />
      <TextField label="Tags" value={tags} onChange={setTags} hint="Separated by commas." />
    </EstateForm>
  );
}

export function ServiceForm({ service, onClose }: { service: Service; onClose: () => void }) {
  const [name, setName] = useState(service.name);
  const [description, setDescription] = useState(service.description);
  const [criticality, setCriticality] = useState(String(service.criticality));
  const [exposure, setExposure] = useState<string>(service.exposure);
  const [owner, setOwner] = useState(service.owner ?? "");
  const save = (): Promise<unknown> =>
    call(estateRoutes.saveService, {
      params: { id: service.id },
      body: {
        name,
        description,
        criticality: Number(criticality),
        exposure: exposureOf(exposure) ?? service.exposure,
        owner: owner === "" ? null : owner,
        dependsOn: service.dependsOn.map((other) => other.id),
        assets: service.assets.map((asset) => asset.name),
      },
    });
  return (
    <EstateForm title={`Edit ${service.name}`} save={save} onClose={onClose}>
      <TextField label="Name" value={name} onChange={setName} required />
      <TextArea label="Description" value={description} onChange={setDescription} />
      <Field label="Criticality" id="service-criticality">
        <Select
          id="service-criticality"
          label="Criticality"
          value={criticality}
          options={LEVELS}
          onChange={setCriticality}
        />
      </Field>
      <Field label="Exposure" id="service-exposure">
        <Select id="service-exposure" label="Exposure" value={exposure} options={EXPOSURES} onChange={setExposure} />
      </Field>
      <OwnerField value={owner} onChange={setOwner} />
    </EstateForm>
  );
}

function OwnerField({ value, onChange }: { value: string; onChange: (owner: string) => void }) {
  const teams = useCall(estateRoutes.listTeams, {}).data?.items ?? [];
  const options = [
    { value: "", label: "nobody" },
    ...teams.map((team) => ({ value: team.id, label: `${team.name} (${team.kind})` })),
  ];
  if (value !== "" && !options.some((option) => option.value === value)) options.push({ value, label: value });
  return (
    <Field label="Owner" id="estate-owner">
      <Select id="estate-owner" label="Owner" value={value} options={options} onChange={onChange} />
    </Field>
  );
}

function EstateForm(props: {
  title: string;
  note?: string;
  save: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.save();
      for (const route of Object.values(estateRoutes)) void client.invalidateQueries({ queryKey: [route.path] });
      props.onClose();
      toast({ title: "Saved" });
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={props.title}
      note={props.note}
      submit="Save"
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {props.children}
    </FormDialog>
  );
}

function exposureOf(text: string): Exposure | null {
  return exposures.options.find((value) => value === text) ?? null;
}
