import { Box, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconDownload, IconKey, IconRosetteDiscountCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { Loading } from "~/ui/Loading";
import { type Proof, proofQuery } from "./audit";

/** How far the trail is sealed, and the way to check that somewhere else. */
export function ChainState() {
  const { t } = useTranslation();
  const proof = useQuery(proofQuery);
  return (
    <Section
      title={t("audit.chain")}
      actions={
        <Button component="a" href="/api/v1/audit/export" download="audit.ndjson" variant="default" size="compact-md" leftSection={<IconDownload size={16} aria-hidden />}>
          {t("audit.export")}
        </Button>
      }
    >
      <QueryView query={proof} loading={<Loading rows={2} />}>
        {(p) => (
          <Stack gap="sm">
            <Sealed proof={p} />
            <Verify proof={p} />
          </Stack>
        )}
      </QueryView>
    </Section>
  );
}

function Sealed({ proof: { checkpoint: c, entries, next } }: { proof: Proof }) {
  const { t, i18n } = useTranslation();
  const since = entries?.length ?? 0;
  if (!c) return <Text>{t("audit.unsealed")}</Text>;
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <IconRosetteDiscountCheck size={22} color="light-dark(var(--mantine-color-moss-7), var(--mantine-color-moss-4))" aria-hidden style={{ flexShrink: 0 }} />
      <div>
        <Text fw={600}>
          {t("audit.sealed", { number: c.seq.toLocaleString(i18n.language) })} <DateText at={c.at} time />
        </Text>
        <Text size="sm" c="dimmed">
          {since === 0 ? t("audit.nothing_since") : next !== null ? t("audit.many_since", { number: since }) : t("audit.since", { count: since })} {t("audit.key", { id: c.key_id })}
        </Text>
      </div>
    </Group>
  );
}

/** The command is the whole check: it needs no server, only the file and a key one trusts. */
function Verify({ proof }: { proof: Proof }) {
  const { t } = useTranslation();
  const key = `data:application/x-pem-file,${encodeURIComponent(proof.public_key)}`;
  return (
    <Box bg="var(--sunken)" p="md" style={{ borderRadius: 5 }}>
      <Title order={3} mb={4}>
        {t("audit.verify")}
      </Title>
      <Text size="sm" mb={6}>
        {t("audit.verify_hint")}
      </Text>
      <Code block tabIndex={0}>
        pratica audit verify audit.ndjson --key audit-key.pem
      </Code>
      <Button component="a" mt="xs" href={key} download="audit-key.pem" variant="subtle" size="compact-sm" leftSection={<IconKey size={15} aria-hidden />}>
        {t("audit.public_key")}
      </Button>
    </Box>
  );
}
