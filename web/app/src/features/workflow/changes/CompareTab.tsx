import { Group, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { liveOf } from "../templates";
import { ChangeList } from "./ChangeList";
import { DivergenceSection } from "./DivergenceSection";

const text = "text"; // the one being worked on

/** What changes, told by meaning, and what the change would have done to files of the past. */
export function CompareTab() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { versions, source } = useBench();
  const [before, setBefore] = useState(String((liveOf(versions) ?? versions[0]!).version));
  const [after, setAfter] = useState(text);
  const choices = [{ value: text, label: t("changes.this_text") }, ...versions.map((v) => ({ value: String(v.version), label: `${t("workflow.version_number", { version: v.version })} · ${t(`workflow.status.${v.status}`)}` }))];
  const sourceOf = (choice: string) => (choice === text ? source : (versions.find((v) => String(v.version) === choice)?.source ?? ""));
  return (
    <Stack gap="md">
      <Section title={t("changes.title")} flush>
        <Group px="md" pt="md" gap="md">
          <Select label={t("changes.before")} data={choices} value={before} onChange={(v) => setBefore(v!)} allowDeselect={false} />
          <Select label={t("changes.after")} data={choices} value={after} onChange={(v) => setAfter(v!)} allowDeselect={false} />
        </Group>
        <ChangeList before={sourceOf(before)} after={sourceOf(after)} />
      </Section>
      {can("workflows.write") && <DivergenceSection source={sourceOf(after)} version={after === text ? undefined : Number(after)} />}
    </Stack>
  );
}
