import { Stack } from "@mantine/core";
import { IconPlug, IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Connection, Connector } from "~/api/types";
import { useSession } from "~/app/session";
import { connectionsQuery, connectorsQuery } from "~/features/connections/connections";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { ConnectionDialog } from "./ConnectionDialog";
import { ConnectionRow } from "./ConnectionRow";
import { ConnectorRow } from "./ConnectorRow";

type Editing = { connector: Connector; connection?: Connection; field?: string };

/** How the agency reaches its lenders, and whoever tells of people. */
export function ConnectionsPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const connectors = useQuery(connectorsQuery);
  const connections = useQuery(connectionsQuery);
  const [editing, setEditing] = useState<Editing | null>(null);
  const editable = can("connectors.write");
  return (
    <>
      <PageHeader title={t("settings.connections")} hint={t("connections.hint")} />
      <Stack gap="md">
        <Section title={t("connections.mine")} count={connections.data?.length} flush>
          <QueryView query={connections}>
            {(list) =>
              list.length === 0 ? (
                <EmptyState icon={IconPlugConnected} title={t("connections.none")}>
                  {t("connections.none_hint")}
                </EmptyState>
              ) : (
                <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
                  {list.map((c) => {
                    const connector = connectors.data?.find((x) => x.name === c.connector);
                    return <ConnectionRow key={c.id} connection={c} editable={editable} connector={connector} onEdit={connector?.enabled ? (field) => setEditing({ connector, connection: c, field }) : undefined} />;
                  })}
                </Stack>
              )
            }
          </QueryView>
        </Section>
        <Section title={t("connections.available")} count={connectors.data?.length} flush>
          <QueryView query={connectors}>
            {(list) =>
              list.length === 0 ? (
                <EmptyState compact icon={IconPlug} title={t("connections.no_connectors")}>
                  {t("connections.no_connectors_hint")}
                </EmptyState>
              ) : (
                <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
                  {list.map((c) => (
                    <ConnectorRow key={c.name} connector={c} editable={editable} onConnect={() => setEditing({ connector: c })} />
                  ))}
                </Stack>
              )
            }
          </QueryView>
        </Section>
      </Stack>
      {editing && <ConnectionDialog {...editing} onClose={() => setEditing(null)} />}
    </>
  );
}
