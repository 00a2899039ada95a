import { Badge, Button, Code, Group, Modal, Spoiler, Table, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { ApiKey } from "~/api/types";
import { useSession } from "~/app/session";
import { doing } from "~/features/roles/rules";
import { Confirm } from "~/ui/Confirm";
import { ActionsHead } from "~/ui/ActionsHead";
import { Ago, DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { HowToCall } from "./HowToCall";
import { NewKeyDialog } from "./NewKeyDialog";
import { useRoleTitles } from "./RoleSelect";

const keysQuery = queryOptions({ queryKey: keys.list("api_keys"), queryFn: async () => (await take(api.GET("/api/v1/api-keys"))).items ?? [] });

/** Keys and clients for programs. A secret is seen once, at its making. */
export function ApiKeysPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const list = useQuery(keysQuery);
  const titles = useRoleTitles();
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<ApiKey | null>(null);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const revoke = useSend({
    send: (id: string) => take(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id } } })),
    touches: ["api_keys"],
    onDone: () => setRevoked(null),
  });
  const editable = can("api_keys.write");
  const make = editable && (
    <Button leftSection={<IconKey size={17} aria-hidden />} onClick={() => setMaking(true)}>
      {t("settings.new_key")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("settings.api_keys")} hint={t("settings.keys_hint")} actions={make} />
      <Section title={t("settings.keys")} count={list.data?.length} flush>
        <QueryView query={list}>
          {(items) =>
            items.length === 0 ? (
              <EmptyState icon={IconKey} title={t("settings.no_keys")} action={make}>
                {t("settings.no_keys_hint")}
              </EmptyState>
            ) : (
              <Table.ScrollContainer minWidth={760} tabIndex={0}>
                <Table highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("settings.name")}</Table.Th>
                      <Table.Th>{t("settings.roles")}</Table.Th>
                      <Table.Th>{t("settings.last_used")}</Table.Th>
                      <Table.Th>{t("settings.expires")}</Table.Th>
                      <ActionsHead />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((k) => (
                      <Table.Tr key={k.id}>
                        <Table.Td>
                          <Text fw={600}>{k.name}</Text>
                          <Group gap={6}>
                            <Code>{k.prefix}…</Code>
                            {k.client && <Badge color="gray">{t("federation.client_badge")}</Badge>}
                          </Group>
                        </Table.Td>
                        <Table.Td>
                          <Group gap={4}>
                            {titles(k.roles).map((title) => (
                              <Badge key={title}>{title}</Badge>
                            ))}
                          </Group>
                          {k.actions && <Narrowed actions={k.actions} />}
                        </Table.Td>
                        <Table.Td>{k.last_used_at ? <Ago at={k.last_used_at} /> : t("settings.never")}</Table.Td>
                        <Table.Td>
                          <DateText at={k.expires_at} />
                        </Table.Td>
                        <Table.Td ta="right">
                          <Button variant="subtle" size="compact-sm" aria-label={t("federation.use_of", { name: k.name })} onClick={() => setShown(k)}>
                            {t("federation.use")}
                          </Button>
                          {editable && (
                            <Button variant="subtle" color="brick" size="compact-sm" aria-label={t("settings.revoke_key", { name: k.name })} onClick={() => setRevoked(k)}>
                              {t("settings.revoke")}
                            </Button>
                          )}
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )
          }
        </QueryView>
      </Section>
      {making && <NewKeyDialog onClose={() => setMaking(false)} />}
      {shown && (
        <Modal opened onClose={() => setShown(null)} size="lg" title={t("federation.use_of", { name: shown.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
          <HowToCall apiKey={shown} />
        </Modal>
      )}
      {revoked && (
        <Confirm opened danger onClose={() => setRevoked(null)} title={t("settings.revoke_key", { name: revoked.name })} action={t("settings.revoke")} pending={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate(revoked.id)}>
          <Text>{t("settings.revoke_hint")}</Text>
        </Confirm>
      )}
    </>
  );
}

/** The actions a key is narrowed to, in words; a long list opens. */
function Narrowed({ actions }: { actions: string[] }) {
  const { t } = useTranslation();
  return (
    <Spoiler maxHeight={42} showLabel={t("federation.show_all")} hideLabel={t("federation.show_less")} styles={{ control: { fontSize: "var(--mantine-font-size-sm)" } }} mt={4}>
      <Text size="sm" c="dimmed">
        {t("federation.only", { what: actions.map((a) => doing(t, a)).join(" · ") })}
      </Text>
    </Spoiler>
  );
}
