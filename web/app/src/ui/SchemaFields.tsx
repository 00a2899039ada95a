import { Fieldset, PasswordInput, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { zodResolver } from "@hookform/resolvers/zod";
import { type Control, Controller, type ControllerRenderProps, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { JsonSchema } from "~/api/types";
import { useLanguage } from "./language";
import { MoneyInput, PercentInput } from "./MoneyInput";
import { checkOf, hasLines, startOf, wordsOf } from "./schema";

export type SchemaValues = Record<string, unknown>;

/** A form over a JSON Schema, with what is filled in already. */
export function useSchemaForm(schema: JsonSchema, values: SchemaValues = {}) {
  const { t } = useTranslation();
  const words = {
    required: t("form.required"),
    number: t("form.number"),
    pattern: t("form.pattern"),
    long: (n: number) => t("form.too_long", { count: n }),
    low: (n: number) => t("form.at_least", { value: n }),
    high: (n: number) => t("form.at_most", { value: n }),
  };
  return useForm<SchemaValues>({ defaultValues: { ...startOf(schema), ...values }, resolver: zodResolver(checkOf(schema, words) as never) });
}

type Props = { schema: JsonSchema; control: Control<SchemaValues>; path?: string };

/** The fields of a JSON Schema object, in its order. */
export function SchemaFields({ schema, control, path = "" }: Props) {
  const { say } = useLanguage();
  const required = new Set(schema.required ?? []);
  return (
    <Stack gap="sm">
      {Object.entries(schema.properties ?? {}).map(([name, s]) => {
        const at = path + name;
        const label = wordsOf(s["x-title"] ?? s.title, say) ?? name.replace(/_/g, " ");
        if (s.type === "object") {
          return (
            <Fieldset key={at} legend={label}>
              <SchemaFields schema={s} control={control} path={`${at}.`} />
            </Fieldset>
          );
        }
        return (
          <Controller
            key={at}
            name={at}
            control={control}
            render={({ field, fieldState }) => <Field schema={s} name={name} label={label} required={required.has(name)} error={fieldState.error?.message} field={field} />}
          />
        );
      })}
    </Stack>
  );
}

type FieldProps = { schema: JsonSchema; name: string; label: string; required: boolean; error?: string; field: ControllerRenderProps<SchemaValues> };

function Field({ schema: s, name, label, required, error, field }: FieldProps) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const common = { label, error, description: wordsOf(s["x-help"] ?? s.description, say), name: field.name, onBlur: field.onBlur, ref: field.ref };
  const text = typeof field.value === "string" ? field.value : "";
  const number = typeof field.value === "number" ? field.value : null;
  if (s.type === "boolean") return <Switch {...common} checked={field.value === true} onChange={(e) => field.onChange(e.currentTarget.checked)} />;
  if (s.type === "array") return <TagsInput {...common} withAsterisk={required} value={Array.isArray(field.value) ? field.value : []} onChange={field.onChange} />;
  if (s.enum) {
    const data = s.enum.map((value) => ({ value, label: t(`reason.${value}`, { defaultValue: value.replace(/_/g, " ") }) }));
    return <Select {...common} withAsterisk={required} data={data} value={text || null} onChange={(v) => field.onChange(v ?? "")} clearable={!required} />;
  }
  if (s.type === "integer" || s.type === "number") {
    if (name.endsWith("_cents")) return <MoneyInput {...common} withAsterisk={required} value={number} onChange={field.onChange} />;
    if (name.endsWith("_bps")) return <PercentInput {...common} withAsterisk={required} value={number} onChange={field.onChange} />;
    return (
      <TextInput {...common} withAsterisk={required} type="number" min={s.minimum} max={s.maximum} value={number ?? ""} onChange={(e) => field.onChange(e.currentTarget.value === "" ? null : Number(e.currentTarget.value))} />
    );
  }
  const input = { ...common, withAsterisk: required, value: text, onChange: field.onChange };
  if (hasLines(s)) return <Textarea {...input} autosize minRows={3} maxRows={8} autoComplete="off" spellCheck={false} styles={{ input: { fontFamily: "monospace" } }} />;
  if (s["x-secret"] || s.format === "password") return <PasswordInput {...input} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }} />;
  if (!s.format && (s.maxLength ?? 0) > 500) return <Textarea {...input} autosize minRows={3} />;
  return <TextInput {...input} type={s.format === "date" ? "date" : s.format === "uri" ? "url" : "text"} />;
}
