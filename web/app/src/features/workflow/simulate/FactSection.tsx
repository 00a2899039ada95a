import { ActionIcon, Badge, Button, Group, Select, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SimulatedFact } from "~/api/types";
import { documentKinds } from "~/features/application/documents/kinds";
import { useRoles } from "~/features/application/words";
import { ActionsHead } from "~/ui/ActionsHead";
import { useLanguage } from "~/ui/language";
import { SearchField } from "~/ui/SearchField";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { isPaper } from "./case";
import { FactInput } from "./FactInput";
import classes from "./try.module.css";

type Props = { facts: SimulatedFact[]; edits: Record<string, unknown>; onEdit: (name: string, value: unknown) => void; onReset: () => void };

const color: Record<SimulatedFact["source"], string> = { file: "gray", edited: "ochre", missing: "brick", masked: "gray" };

/** What the template may read: each value with where it comes from and who sets it, to be changed for the trial. */
export function FactSection({ facts, edits, onEdit, onReset }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { shown } = useBench();
  const roles = useRoles();
  const [words, setWords] = useState("");
  const wanted = facts.filter((f) => `${f.name} ${say(f.title)}`.toLowerCase().includes(words.toLowerCase()));
  const count = Object.keys(edits).length;
  return (
    <Section
      title={t("simulate.facts")}
      count={facts.length}
      flush
      actions={
        <>
          {count > 0 && (
            <Button variant="subtle" size="compact-sm" onClick={onReset}>
              {t("simulate.reset", { count })}
            </Button>
          )}
          <SearchField size="xs" w={160} aria-label={t("simulate.find_fact")} placeholder={t("simulate.find_fact")} value="" onSettled={setWords} />
        </>
      }
    >
      {shown.subject === "application" && <Papers edits={edits} onEdit={onEdit} />}
      <div className={classes.facts} tabIndex={0} role="group" aria-label={t("simulate.facts")}>
        <Table miw={520} verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("simulate.fact")}</Table.Th>
              <Table.Th>{t("simulate.value")}</Table.Th>
              <Table.Th>{t("simulate.source")}</Table.Th>
              <ActionsHead />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {wanted.map((f) => (
              <Table.Tr key={f.name} className={f.name in edits ? classes.edited : undefined}>
                <Table.Td>
                  <Text size="sm" fw={600} lh={1.25}>
                    {t(`blocker.fact.${f.name}`, { defaultValue: say(f.title) })}
                  </Text>
                  <Text size="xs" c="dimmed" ff="monospace">
                    {f.name}
                  </Text>
                </Table.Td>
                <Table.Td w={230}>
                  <FactInput fact={f} onChange={(value) => onEdit(f.name, value)} />
                </Table.Td>
                <Table.Td>
                  <Badge color={color[f.source]}>{t(`simulate.from.${f.source}`)}</Badge>
                  {f.owner && (
                    <Text size="xs" c="dimmed">
                      {f.owner === "system" ? t("application.machine") : roles.title(f.owner)}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {f.name in edits && (
                    <ActionIcon variant="subtle" color="gray" aria-label={t("simulate.give_back", { name: f.name })} onClick={() => onEdit(f.name, undefined)}>
                      <IconArrowBackUp size={16} aria-hidden />
                    </ActionIcon>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Section>
  );
}

/** Answers about papers: as the file has them, unless one is given here. */
function Papers({ edits, onEdit }: Pick<Props, "edits" | "onEdit">) {
  const { t } = useTranslation();
  const name = (paper: string) => (paper === "checklist.complete" ? t("simulate.checklist") : t(`application.documents.kinds.${paper.slice("docs.valid.".length)}`));
  const papers = ["checklist.complete", ...documentKinds.map((k) => `docs.valid.${k}`)];
  const given = Object.keys(edits).filter(isPaper);
  return (
    <Group gap="8px 14px" px="md" py={10} style={{ borderBottom: "1px solid var(--line)" }}>
      <Select
        size="xs"
        w={220}
        aria-label={t("simulate.papers")}
        placeholder={t("simulate.papers")}
        data={papers.filter((p) => !given.includes(p)).map((value) => ({ value, label: name(value) }))}
        value={null}
        onChange={(paper) => paper && onEdit(paper, false)}
        searchable
      />
      {given.map((paper) => (
        <Select
          key={paper}
          size="xs"
          w={170}
          label={name(paper)}
          data={[
            { value: "true", label: t("simulate.valid") },
            { value: "false", label: t("simulate.lacking") },
            { value: "", label: t("simulate.as_file") },
          ]}
          value={String(edits[paper])}
          onChange={(v) => onEdit(paper, v === "" ? undefined : v === "true")}
          allowDeselect={false}
        />
      ))}
    </Group>
  );
}
