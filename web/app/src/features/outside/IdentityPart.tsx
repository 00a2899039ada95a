import { Alert, Badge, Group, Select, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { Part } from "~/features/privacy/PrivacyCard";
import { DateText } from "~/ui/DateText";
import { QueryView } from "~/ui/QueryView";
import { AskDialog } from "./AskDialog";
import { Ask } from "./OutsideCard";
import { identityColor, type Verification, verificationsQuery } from "./outside";
import { PersonsLink } from "./PersonsLink";
import { useWays } from "./useWays";

const providers = ["spid", "cie"] as const;
const levels = ["low", "substantial", "high"] as const;

/** How a person has proved who they are. */
export function IdentityPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const list = useQuery(verificationsQuery(id));
  const ways = useWays(id, "identity");
  const [asking, setAsking] = useState(false);
  return (
    <Part title={t("outside.identity.title")}>
      <QueryView query={list}>
        {(all) => (
          <Stack gap="sm">
            {all.length === 0 && (
              <Text size="sm" c="dimmed">
                {t("outside.identity.none")}
              </Text>
            )}
            {all.slice(0, 3).map((v) => (
              <Row key={v.id} of={v} />
            ))}
            {can("verifications.write") && <Ask ways={ways} label={t("outside.identity.ask")} missing={t("outside.identity.no_connection")} onAsk={() => setAsking(true)} />}
            {asking && <AskIdentity id={id} ways={ways} onClose={() => setAsking(false)} />}
          </Stack>
        )}
      </QueryView>
    </Part>
  );
}

function Row({ of: v }: { of: Verification }) {
  const { t } = useTranslation();
  const late = v.state === "started" && new Date(v.expires_at) <= new Date();
  return (
    <Stack gap={6}>
      <Group gap={6}>
        <Badge color={late ? "gray" : identityColor[v.state]}>{t(`outside.identity.state.${late ? "late" : v.state}`)}</Badge>
        <Text size="sm">
          {v.provider.toUpperCase()} · {t(`outside.identity.level.${v.level}`)}
        </Text>
        <Text size="xs" c="dimmed">
          <DateText at={v.verified_at ?? v.created_at} time />
        </Text>
      </Group>
      {v.refusal && (
        <Alert color="brick" icon={<IconAlertTriangle aria-hidden />} py="xs">
          {t(`outside.identity.refusal.${v.refusal}`)}
        </Alert>
      )}
      {v.state === "started" && !late && <PersonsLink url={v.link} until={v.expires_at} mailed={v.mailed} />}
    </Stack>
  );
}

function AskIdentity({ id, ways, onClose }: { id: string; ways: ReturnType<typeof useWays>; onClose: () => void }) {
  const { t } = useTranslation();
  const [provider, setProvider] = useState<(typeof providers)[number]>("spid");
  const [level, setLevel] = useState<(typeof levels)[number]>("substantial");
  type Body = { application_id: string; connection_id: string; provider: (typeof providers)[number]; level: (typeof levels)[number] };
  const ask = useSend<Body, unknown>({
    send: (body, once) => take(api.POST("/api/v1/subjects/{id}/verifications", { params: { path: { id }, header: once(body) }, body })),
    touches: ["verifications", "operations"],
    onDone: onClose,
  });
  return (
    <AskDialog
      title={t("outside.identity.ask")}
      action={t("outside.identity.make")}
      ways={ways}
      pending={ask.isPending}
      error={ask.error}
      onClose={onClose}
      onSubmit={(to) => ask.mutate({ application_id: to.application_id, connection_id: to.connection_id, provider, level })}
    >
      {() => (
        <>
          <Select label={t("outside.identity.provider")} allowDeselect={false} data={providers.map((p) => ({ value: p, label: p.toUpperCase() }))} value={provider} onChange={(v) => v && setProvider(v as typeof provider)} data-autofocus />
          <Select label={t("outside.identity.level_of")} allowDeselect={false} data={levels.map((l) => ({ value: l, label: t(`outside.identity.level.${l}`) }))} value={level} onChange={(v) => v && setLevel(v as typeof level)} />
        </>
      )}
    </AskDialog>
  );
}
