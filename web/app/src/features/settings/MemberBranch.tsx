import { Autocomplete } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { membersQuery } from "~/features/members/members";

/** The form of a branch's code; empty for none. */
export const branchForm = /^([a-z0-9][a-z0-9_-]{0,39})?$/;

/** The branch somebody works in: a code, with those there are as suggestions. */
export function BranchInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const members = useQuery(membersQuery);
  const known = [...new Set((members.data ?? []).map((m) => m.branch).filter(Boolean))].sort();
  return (
    <Autocomplete
      label={t("settings.branch")}
      description={t("settings.branch_hint")}
      data={known}
      maxLength={40}
      value={value}
      error={branchForm.test(value) ? undefined : t("settings.branch_form")}
      onChange={(text) => onChange(text.toLowerCase().trimStart())}
    />
  );
}
