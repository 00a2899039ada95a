import { Stack } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "~/ui/PageHeader";
import { AuditFilters } from "./AuditFilters";
import { ChainState } from "./ChainState";
import { Trail } from "./Trail";

/** Who did what in the agency, and what shows that nobody has bent it. What is asked for stands in the address. */
export function AuditPage() {
  const { t } = useTranslation();
  const filter = useSearch({ from: "/inside/settings/audit" });
  const navigate = useNavigate({ from: "/settings/audit" });
  const narrow = (more: typeof filter) => void navigate({ search: (s) => ({ ...s, ...more }), replace: true, resetScroll: false });
  return (
    <>
      <PageHeader title={t("audit.title")} hint={t("audit.hint")} />
      <Stack gap="md">
        <ChainState />
        <AuditFilters filter={filter} onChange={narrow} />
        <Trail trail="audit" filter={filter} onNarrow={narrow} />
      </Stack>
    </>
  );
}
