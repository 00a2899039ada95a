import { Alert, Box, Group, MultiSelect, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Diagram } from "~/api/types";
import { useLanguage } from "~/ui/language";
import { Rows } from "~/ui/Rows";
import classes from "./migrate.module.css";
import { type Draft, nobody, renamed, stands, unchosen } from "./plan";

type Props = { from: Diagram | null; to: Diagram | null; draft: Draft; onChange: (draft: Draft) => void };

/** Where files go, and what becomes of deadlines and approvals. What keeps its name needs no looking at. */
export function PlanForm({ from, to, draft, onChange }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const old = stands(from);
  const look = new Set(renamed(draft.states));
  const kept = old.filter((s) => !look.has(s.id));
  const targets = [...stands(to).map((s) => ({ value: s.id, label: say(s.title) })), { value: nobody, label: t("migrate.nobody") }];
  const parallel = (to?.states ?? []).some((s) => s.kind === "region");
  const left = unchosen(draft.states).length;
  const set = (state: string, chosen: string[]) => {
    const last = chosen.at(-1);
    const one = last === nobody || (!parallel && chosen.length > 1) ? [last!] : chosen.filter((s) => s !== nobody);
    onChange({ ...draft, states: { ...draft.states, [state]: one } });
  };
  const row = (id: string, title: string) => (
    <MultiSelect
      key={id}
      label={t("migrate.state_to", { state: title })}
      data={targets}
      value={draft.states[id] ?? []}
      onChange={(chosen) => set(id, chosen)}
      error={draft.states[id]?.length === 0 ? t("migrate.choose") : undefined}
      searchable
      hidePickedOptions
      comboboxProps={{ withinPortal: true }}
    />
  );
  return (
    <Stack gap="md">
      {left > 0 && <Alert color="ochre">{t("migrate.unchosen", { count: left })}</Alert>}
      {look.size > 0 && <div className={classes.states}>{old.filter((s) => look.has(s.id)).map((s) => row(s.id, say(s.title)))}</div>}
      {kept.length > 0 && (
        <details className={classes.more}>
          <summary>{t("migrate.kept", { count: kept.length })}</summary>
          <div className={classes.states}>{kept.map((s) => row(s.id, say(s.title)))}</div>
        </details>
      )}
      <Group gap="xl" align="flex-start">
        <Choice label={t("migrate.timers")} name="timers" value={draft.timers} choices={["keep", "restart", "cancel"]} onChange={(timers) => onChange({ ...draft, timers: timers as Draft["timers"] })} />
        <Choice label={t("migrate.approvals")} name="approvals" value={draft.approvals} choices={["void", "keep"]} onChange={(approvals) => onChange({ ...draft, approvals: approvals as Draft["approvals"] })} />
      </Group>
      <details className={classes.more} open={draft.facts.length > 0}>
        <summary>{t("migrate.fills")}</summary>
        <Text size="sm" c="dimmed" mb="sm">
          {t("migrate.fills_hint")}
        </Text>
        <Fills draft={draft} onChange={onChange} />
      </details>
    </Stack>
  );
}

type ChoiceProps = { label: string; name: "timers" | "approvals"; value: string; choices: string[]; onChange: (value: string) => void };

function Choice({ label, name, value, choices, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <Radio.Group label={label} value={value} onChange={onChange}>
      <Stack gap={6} mt={6}>
        {choices.map((c) => (
          <Radio key={c} value={c} label={t(`migrate.${name}_${c}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** Values for facts that the old version does not have. */
function Fills({ draft, onChange }: Pick<Props, "draft" | "onChange">) {
  const { t } = useTranslation();
  const base = useId();
  const change = (i: number, part: { fact?: string; value?: string }) => onChange({ ...draft, facts: draft.facts.map((f, j) => (j === i ? { ...f, ...part } : f)) });
  return (
    <Rows
      ids={draft.facts.map((f) => f.id)}
      empty={t("migrate.no_fills")}
      add={t("migrate.add_fill")}
      onAdd={() => onChange({ ...draft, facts: [...draft.facts, { id: `${base}-${draft.facts.length}-${Date.now()}`, fact: "", value: "" }] })}
      onRemove={(i) => onChange({ ...draft, facts: draft.facts.filter((_, j) => j !== i) })}
    >
      {(i) => (
        <Group gap="xs" align="flex-start" wrap="wrap">
          <TextInput label={t("migrate.fact")} value={draft.facts[i]!.fact} onChange={(e) => change(i, { fact: e.currentTarget.value })} flex="1 1 140px" maxLength={100} />
          <Box flex="3 1 240px">
            <Textarea label={t("migrate.value")} value={draft.facts[i]!.value} onChange={(e) => change(i, { value: e.currentTarget.value })} autosize minRows={1} maxLength={2000} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
          </Box>
        </Group>
      )}
    </Rows>
  );
}
