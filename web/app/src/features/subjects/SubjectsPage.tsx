import { Badge, Button, Center, Paper, Table } from "@mantine/core";
import { IconAddressBook, IconUserPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Subject } from "~/api/types";
import { useSession } from "~/app/session";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { SearchField } from "~/ui/SearchField";
import { NewSubjectDialog } from "./NewSubjectDialog";
import { subjectPagesQuery } from "./subjects";

/** Every person and company of the agency: one record each, used by all of their files. */
export function SubjectsPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const search = useSearch({ from: "/inside/subjects" });
  const navigate = useNavigate({ from: "/subjects" });
  const subjects = useInfiniteQuery(subjectPagesQuery(search.q));
  const setNew = (open: boolean) => void navigate({ search: (s) => ({ ...s, new: open || undefined }), replace: true });
  const add = can("subjects.write") && (
    <Button leftSection={<IconUserPlus size={17} aria-hidden />} onClick={() => setNew(true)}>
      {t("subjects.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("subjects.title")} hint={t("subjects.hint")} actions={add} />
      <SearchField mb="md" maw={420} aria-label={t("subjects.search")} placeholder={t("subjects.search_hint")} value={search.q ?? ""} onSettled={(q) => void navigate({ search: (s) => ({ ...s, q: q || undefined }), replace: true })} />
      <Paper bg="var(--paper)">
        <QueryView query={subjects}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items ?? []);
            if (rows.length > 0) return <SubjectTable rows={rows} />;
            return search.q ? (
              <EmptyState icon={IconAddressBook} title={t("subjects.none_found")}>
                {t("subjects.none_found_hint", { words: search.q })}
              </EmptyState>
            ) : (
              <EmptyState icon={IconAddressBook} title={t("subjects.none")} action={add}>
                {t("subjects.none_hint")}
              </EmptyState>
            );
          }}
        </QueryView>
      </Paper>
      {subjects.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={subjects.isFetchingNextPage} onClick={() => void subjects.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
      <NewSubjectDialog
        opened={search.new === true && can("subjects.write")}
        onClose={() => setNew(false)}
        onMade={(s) => void navigate({ to: "/subjects/$id", params: { id: s.id } })}
      />
    </>
  );
}

function SubjectTable({ rows }: { rows: Subject[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("subjects.name")}</Table.Th>
            <Table.Th>{t("subjects.kind")}</Table.Th>
            <Table.Th>{t("subjects.identifier")}</Table.Th>
            <Table.Th>{t("subjects.contact")}</Table.Th>
            <Table.Th>{t("subjects.risk")}</Table.Th>
            <Table.Th>{t("subjects.changed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((s) => (
            <Table.Tr key={s.id}>
              <Table.Td>
                <TextLink to="/subjects/$id" params={{ id: s.id }} fw={600}>
                  {s.display_name}
                </TextLink>
                {s.pep && (
                  <Badge ml={8} color="ochre">
                    {t("subjects.pep_badge")}
                  </Badge>
                )}
              </Table.Td>
              <Table.Td>{t(`subjects.kinds.${s.kind}`)}</Table.Td>
              <Table.Td>{s.tax_code ?? s.vat_number ?? "—"}</Table.Td>
              <Table.Td>{[s.phone, s.email].filter(Boolean).join(" · ") || "—"}</Table.Td>
              <Table.Td>{s.risk_profile ? t(`subjects.risks.${s.risk_profile}`) : "—"}</Table.Td>
              <Table.Td>
                <Ago at={s.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
