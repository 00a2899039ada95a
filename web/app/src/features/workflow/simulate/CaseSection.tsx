import { Button, Group, MultiSelect, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Simulated } from "~/api/types";
import { rolesQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { stands } from "../migrate/plan";
import { blank, type Case } from "./case";
import { FilePicker } from "./FilePicker";
import classes from "./try.module.css";

type Props = { value: Case; standing: Simulated | undefined; onChange: (c: Case) => void };

/** Whose facts, where it stands, who looks, and when. */
export function CaseSection({ value, standing, onChange }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { report, shown } = useBench();
  const roles = useQuery(rolesQuery);
  const set = (part: Partial<Case>) => onChange({ ...value, ...part });
  return (
    <Section
      title={t("simulate.case")}
      actions={
        <Button variant="subtle" size="compact-sm" disabled={value === blank} onClick={() => onChange(blank)}>
          {t("simulate.afresh")}
        </Button>
      }
    >
      <div className={classes.case}>
        {shown.subject === "application" && <FilePicker onPick={(application) => onChange({ ...blank, application, role: value.role })} chosen={value.application} />}
        <MultiSelect
          label={t("simulate.states")}
          placeholder={value.states.length === 0 ? t(value.application ? "simulate.as_file" : "simulate.at_start") : undefined}
          data={stands(report?.diagram ?? null).map((s) => ({ value: s.id, label: say(s.title) }))}
          value={value.states}
          onChange={(states) => set({ states })}
          clearable
          clearButtonProps={{ "aria-label": t("simulate.clear") }}
        />
        <Select
          label={t("simulate.role")}
          placeholder={t("simulate.every_role")}
          data={(roles.data ?? []).map((r) => ({ value: r.key, label: say(r.title) }))}
          value={value.role}
          onChange={(role) => set({ role })}
          clearable
          clearButtonProps={{ "aria-label": t("simulate.clear") }}
        />
        <TextInput type="datetime-local" label={t("simulate.at")} description={value.at === "" ? t("simulate.now") : undefined} inputWrapperOrder={["label", "input", "description"]} value={value.at} onChange={(e) => set({ at: e.currentTarget.value })} />
      </div>
      {standing && (
        <Group gap={8} mt="sm">
          <Text size="sm" c="dimmed">
            {t("simulate.stands")}
          </Text>
          <Text size="sm" fw={600}>
            {(standing.state_titles ?? []).map(say).join(" + ")}
          </Text>
        </Group>
      )}
    </Section>
  );
}
