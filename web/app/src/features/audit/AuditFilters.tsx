import { Button, Paper, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { membersQuery } from "~/features/members/members";
import { SearchField } from "~/ui/SearchField";
import { actions, wordOf } from "./actions";
import type { AuditFilter } from "./audit";

type Props = { filter: AuditFilter; onChange: (more: AuditFilter) => void };

const nothing: AuditFilter = { actor: undefined, action: undefined, ref: undefined, from: undefined, to: undefined };

/** By whom, what, to which thing, and when. */
export function AuditFilters({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const members = useQuery(membersQuery);
  const people = (members.data ?? []).map((m) => ({ value: m.user_id, label: m.name }));
  const words = actions.map((value) => ({ value: value as string, label: t(`audit.action.${wordOf(value)}`) })).sort((a, b) => a.label.localeCompare(b.label));
  const known = <T extends { value: string; label: string }>(data: T[], value?: string) => (value && !data.some((d) => d.value === value) ? [...data, { value, label: value }] : data);
  const filtered = Object.values(filter).some(Boolean);
  return (
    <Paper p="md" bg="var(--paper)">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm">
        <Select label={t("audit.who")} placeholder={t("audit.anybody")} searchable clearable data={known([...people, { value: "system", label: t("audit.system") }], filter.actor)} value={filter.actor ?? null} onChange={(v) => onChange({ actor: v ?? undefined })} />
        <Select label={t("audit.what")} placeholder={t("audit.anything")} searchable clearable data={known(words, filter.action)} value={filter.action ?? null} onChange={(v) => onChange({ action: v ?? undefined })} nothingFoundMessage={t("audit.no_action")} />
        <SearchField key={filter.ref ?? ""} label={t("audit.noun_id")} placeholder="app_…, sub_…, doc_…" value={filter.ref ?? ""} onSettled={(v) => onChange({ ref: v || undefined })} />
        <TextInput type="date" label={t("audit.from")} max={filter.to} value={filter.from ?? ""} onChange={(e) => onChange({ from: e.currentTarget.value || undefined })} />
        <TextInput type="date" label={t("audit.to")} min={filter.from} value={filter.to ?? ""} onChange={(e) => onChange({ to: e.currentTarget.value || undefined })} />
      </SimpleGrid>
      {filtered && (
        <Button mt="sm" variant="subtle" size="compact-sm" onClick={() => onChange(nothing)}>
          {t("audit.show_all")}
        </Button>
      )}
    </Paper>
  );
}
