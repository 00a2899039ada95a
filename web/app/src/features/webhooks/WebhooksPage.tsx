import { Badge, Button, Stack, Table, Text } from "@mantine/core";
import { IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { EndpointDialog } from "./EndpointDialog";
import { EndpointState } from "./EndpointState";
import { Kinds } from "./Kinds";
import { type Endpoint, endpointsQuery } from "./webhooks";

/** The agency's own systems that are told what happens, and what they can be told. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const list = useQuery(endpointsQuery);
  const [making, setMaking] = useState(false);
  const make = can("webhooks.write") && (
    <Button leftSection={<IconWebhook size={17} aria-hidden />} onClick={() => setMaking(true)}>
      {t("webhooks.add")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("webhooks.title")} hint={t("webhooks.hint")} actions={make} />
      <Stack gap="md">
        <Section title={t("webhooks.endpoints")} count={list.data?.length} flush>
          <QueryView query={list}>
            {(items) =>
              items.length === 0 ? (
                <EmptyState icon={IconWebhook} title={t("webhooks.none")} action={make}>
                  {t("webhooks.none_hint")}
                </EmptyState>
              ) : (
                <EndpointTable endpoints={items} />
              )
            }
          </QueryView>
        </Section>
        <Kinds />
      </Stack>
      {making && <EndpointDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function EndpointTable({ endpoints }: { endpoints: Endpoint[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={680} tabIndex={0}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("webhooks.address")}</Table.Th>
            <Table.Th>{t("webhooks.status_of")}</Table.Th>
            <Table.Th>{t("webhooks.events")}</Table.Th>
            <Table.Th ta="right">{t("webhooks.waiting")}</Table.Th>
            <Table.Th ta="right">{t("webhooks.failed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {endpoints.map((e) => (
            <Table.Tr key={e.id} style={{ verticalAlign: "top" }}>
              <Table.Td maw={380}>
                <TextLink to="/settings/webhooks/$id" params={{ id: e.id }} fw={600} style={{ overflowWrap: "anywhere" }}>
                  {e.description || e.address}
                </TextLink>
                {e.description && (
                  <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                    {e.address}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <EndpointState endpoint={e} />
              </Table.Td>
              <Table.Td>{t("webhooks.types", { count: e.types?.length ?? 0 })}</Table.Td>
              <Table.Td ta="right">{e.waiting}</Table.Td>
              <Table.Td ta="right">{e.failed > 0 ? <Badge color="brick">{e.failed}</Badge> : 0}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
