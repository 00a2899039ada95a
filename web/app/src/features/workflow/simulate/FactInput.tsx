import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SimulatedFact } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { MoneyInput, PercentInput } from "~/ui/MoneyInput";

type Props = { fact: SimulatedFact; onChange: (value: unknown) => void };

/** A fact's value in the field that fits its type; empty takes the value away. */
export function FactInput({ fact: f, onChange }: Props) {
  const { t } = useTranslation();
  const field = { size: "xs", "aria-label": f.name, placeholder: t("simulate.missing") } as const;
  const number = typeof f.value === "number" ? f.value : null;
  const text = typeof f.value === "string" ? f.value : "";
  const figure = (v: number | null) => !Number.isNaN(v) && onChange(v); // while it cannot be read, the last one stays
  switch (f.type) {
    case "array":
    case "object":
      return <JsonField fact={f} onChange={onChange} />;
    case "boolean":
      return (
        <Select
          {...field}
          data={[
            { value: "true", label: t("application.yes") },
            { value: "false", label: t("application.no") },
          ]}
          value={f.value === null ? null : String(f.value)}
          onChange={(v) => onChange(v === null ? null : v === "true")}
          clearable
          clearButtonProps={{ "aria-label": t("simulate.clear") }}
        />
      );
    case "integer":
      if (f.name.endsWith("_cents")) return <MoneyInput {...field} value={number} onChange={figure} />;
      if (f.name.endsWith("_bps")) return <PercentInput {...field} value={number} onChange={figure} />;
      return <Typed {...field} type="number" value={number === null ? "" : String(number)} onTyped={(v) => onChange(v === "" ? null : Number(v))} />;
  }
  if ((f.enum ?? []).length > 0) {
    return <Select {...field} data={f.enum!} value={text || null} onChange={onChange} clearable clearButtonProps={{ "aria-label": t("simulate.clear") }} />;
  }
  if (f.format === "date") return <Typed {...field} type="date" value={text.slice(0, 10)} onTyped={(v) => onChange(v || null)} />;
  if (f.format === "date-time") return <Typed {...field} type="datetime-local" value={local(text)} onTyped={(v) => onChange(v ? new Date(v).toISOString() : null)} />;
  return <Typed {...field} type="text" value={text} onTyped={(v) => onChange(v || null)} />;
}

/** An instant as a field for this computer's clock writes it. */
function local(instant: string): string {
  if (!instant) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

type TypedProps = { size: "xs"; "aria-label": string; placeholder: string; type: string; value: string; onTyped: (value: string) => void };

/** Shows what is typed at once, and the server's value again once that comes back. */
function Typed({ value, onTyped, ...rest }: TypedProps) {
  const [typing, setTyping] = useState<string | null>(null);
  return (
    <TextInput
      {...rest}
      value={typing ?? value}
      onChange={(e) => {
        setTyping(e.currentTarget.value);
        onTyped(e.currentTarget.value);
      }}
      onBlur={() => setTyping(null)}
    />
  );
}

/** A list or an object: how much is in it, and its JSON to edit. */
function JsonField({ fact: f, onChange }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const size = Array.isArray(f.value) ? t("simulate.elements", { count: f.value.length }) : f.value === null ? t("simulate.missing") : t("simulate.object");
  const take = () => {
    const value = parsed(text ?? "");
    setWrong(value === undefined);
    if (value === undefined) return;
    onChange(value);
    setText(null);
  };
  return (
    <>
      <Button variant="default" size="compact-sm" aria-label={t("simulate.edit_fact", { size, name: f.name })} onClick={() => setText(JSON.stringify(f.value, null, 2))}>
        {size}
      </Button>
      {text !== null && (
        <FormDialog opened onClose={() => setText(null)} title={f.name} action={t("simulate.use")} pending={false} error={null} onSubmit={take} size="lg">
          <Textarea
            label={t("simulate.json")}
            description={t("simulate.json_hint")}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            error={wrong ? t("simulate.json_wrong") : undefined}
            autosize
            minRows={8}
            maxRows={20}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
          />
        </FormDialog>
      )}
    </>
  );
}

function parsed(text: string): unknown {
  try {
    return text.trim() === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
