import { Badge, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Directory, ScimToken } from "~/api/types";
import { useSend } from "~/api/useSend";
import { ActionsHead } from "~/ui/ActionsHead";
import { Confirm } from "~/ui/Confirm";
import { CopyField } from "~/ui/CopyField";
import { Ago, DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { directoryQuery } from "./federation";
import { NewScimTokenDialog } from "./NewScimTokenDialog";

/** The network's own directory, which keeps the people of its agencies: where it comes in, by what, and whom it keeps. */
export function DirectoryTab({ network }: { network: string }) {
  const { t } = useTranslation();
  const directory = useQuery(directoryQuery(network));
  const [making, setMaking] = useState(false);
  const make = (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setMaking(true)}>
      {t("federation.token_new")}
    </Button>
  );
  return (
    <Stack gap="md">
      <Section title={t("federation.directory")}>
        <QueryView query={directory}>{(d) => <About directory={d} />}</QueryView>
      </Section>
      <Section title={t("federation.tokens")} count={directory.data?.items?.length || undefined} actions={directory.data?.items?.length ? make : undefined} flush>
        <QueryView query={directory}>
          {(d) =>
            (d.items ?? []).length === 0 ? (
              <EmptyState icon={IconPlugConnected} title={t("federation.tokens_none")} action={make}>
                {t("federation.tokens_none_hint")}
              </EmptyState>
            ) : (
              <Tokens network={network} tokens={d.items ?? []} />
            )
          }
        </QueryView>
      </Section>
      {making && <NewScimTokenDialog network={network} onClose={() => setMaking(false)} />}
    </Stack>
  );
}

function About({ directory: d }: { directory: Directory }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" maw={700}>
      <Text size="sm" c="dimmed">
        {t("federation.directory_hint")}
      </Text>
      <CopyField label={t("federation.base_url")} description={t("federation.base_url_hint")} value={d.base_url} />
      <Text>
        {d.people === 0
          ? t("federation.people_none")
          : [t("federation.people", { count: d.people }), t("federation.known", { count: d.known }), ...(d.disabled > 0 ? [t("federation.disabled", { count: d.disabled })] : [])].join(" ")}
      </Text>
    </Stack>
  );
}

function Tokens({ network, tokens }: { network: string; tokens: ScimToken[] }) {
  const { t } = useTranslation();
  const [revoked, setRevoked] = useState<ScimToken | null>(null);
  const revoke = useSend({
    send: (id: string) => take(api.DELETE("/api/v1/networks/{id}/scim-tokens/{tokenId}", { params: { path: { id: network, tokenId: id } } })),
    touches: ["networks"],
    onDone: () => setRevoked(null),
  });
  return (
    <>
      <Table.ScrollContainer minWidth={720} tabIndex={0}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("settings.name")}</Table.Th>
              <Table.Th>{t("federation.token_roles")}</Table.Th>
              <Table.Th>{t("settings.last_used")}</Table.Th>
              <Table.Th>{t("settings.expires")}</Table.Th>
              <ActionsHead />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((token) => (
              <Table.Tr key={token.id}>
                <Table.Td>
                  <Text fw={600}>{token.name}</Text>
                  <Code>{token.prefix}…</Code>
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {(token.roles ?? []).map((role) => (
                      <Badge key={role}>{t(`role.${role}`, { defaultValue: role })}</Badge>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td>{token.last_used_at ? <Ago at={token.last_used_at} /> : t("settings.never")}</Table.Td>
                <Table.Td>
                  <DateText at={token.expires_at} />
                </Table.Td>
                <Table.Td ta="right">
                  <Button variant="subtle" color="brick" size="compact-sm" aria-label={t("settings.revoke_key", { name: token.name })} onClick={() => setRevoked(token)}>
                    {t("settings.revoke")}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {revoked && (
        <Confirm opened danger onClose={() => setRevoked(null)} title={t("settings.revoke_key", { name: revoked.name })} action={t("settings.revoke")} pending={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate(revoked.id)}>
          <Text>{t("federation.revoke_hint")}</Text>
        </Confirm>
      )}
    </>
  );
}
