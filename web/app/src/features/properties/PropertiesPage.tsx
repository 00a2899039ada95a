import { Button, Center, Paper, Table } from "@mantine/core";
import { IconHome2, IconHomePlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Property } from "~/api/types";
import { useSession } from "~/app/session";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { SearchField } from "~/ui/SearchField";
import { NewPropertyDialog } from "./NewPropertyDialog";
import { propertyPagesQuery } from "./properties";

export function PropertiesPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const search = useSearch({ from: "/inside/properties" });
  const navigate = useNavigate({ from: "/properties" });
  const properties = useInfiniteQuery(propertyPagesQuery(search.q));
  const setNew = (open: boolean) => void navigate({ search: (s) => ({ ...s, new: open || undefined }), replace: true });
  const add = can("properties.write") && (
    <Button leftSection={<IconHomePlus size={17} aria-hidden />} onClick={() => setNew(true)}>
      {t("properties.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("properties.title")} hint={t("properties.hint")} actions={add} />
      <SearchField mb="md" maw={420} aria-label={t("properties.search")} placeholder={t("properties.search_hint")} value={search.q ?? ""} onSettled={(q) => void navigate({ search: (s) => ({ ...s, q: q || undefined }), replace: true })} />
      <Paper bg="var(--paper)">
        <QueryView query={properties}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items ?? []);
            if (rows.length > 0) return <PropertyTable rows={rows} />;
            return search.q ? (
              <EmptyState icon={IconHome2} title={t("properties.none_found")}>
                {t("properties.none_found_hint", { words: search.q })}
              </EmptyState>
            ) : (
              <EmptyState icon={IconHome2} title={t("properties.none")} action={add}>
                {t("properties.none_hint")}
              </EmptyState>
            );
          }}
        </QueryView>
      </Paper>
      {properties.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={properties.isFetchingNextPage} onClick={() => void properties.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
      <NewPropertyDialog
        opened={search.new === true && can("properties.write")}
        onClose={() => setNew(false)}
        onMade={(p) => void navigate({ to: "/properties/$id", params: { id: p.id } })}
      />
    </>
  );
}

function PropertyTable({ rows }: { rows: Property[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("properties.address")}</Table.Th>
            <Table.Th>{t("properties.kind")}</Table.Th>
            <Table.Th ta="right">{t("properties.area")}</Table.Th>
            <Table.Th ta="right">{t("properties.price")}</Table.Th>
            <Table.Th ta="right">{t("properties.appraised")}</Table.Th>
            <Table.Th>{t("properties.changed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((p) => (
            <Table.Tr key={p.id}>
              <Table.Td>
                <TextLink to="/properties/$id" params={{ id: p.id }} fw={600}>
                  {p.address_line}
                </TextLink>
              </Table.Td>
              <Table.Td>{t(`properties.kinds.${p.kind ?? "other"}`)}</Table.Td>
              <Table.Td ta="right">{p.area_sqm ? `${p.area_sqm} m²` : "—"}</Table.Td>
              <Table.Td ta="right">
                <Money cents={p.price_cents} whole />
              </Table.Td>
              <Table.Td ta="right">
                <Money cents={latest(p)} whole />
              </Table.Td>
              <Table.Td>
                <Ago at={p.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The appraisal that counts is the newest. */
const latest = (p: Property) => [...(p.appraisals ?? [])].sort((a, b) => b.appraised_on.localeCompare(a.appraised_on))[0]?.value_cents;
