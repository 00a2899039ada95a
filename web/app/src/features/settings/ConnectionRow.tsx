import { Alert, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Connection, Connector } from "~/api/types";
import { partyOf } from "~/features/connections/parties";
import { settingAt } from "~/features/connections/settings";
import { useConnectors } from "~/features/connections/useConnectors";
import { lendersQuery } from "~/features/lenders/lenders";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { wordsOf } from "~/ui/schema";
import { ConnectionCondition } from "./ConnectionCondition";

type Props = { connection: Connection; connector?: Connector; editable: boolean; onEdit?: (field?: string) => void };

/** A connection with a way to try it out. */
export function ConnectionRow({ connection: c, connector, editable, onEdit }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const lenders = useQuery(lendersQuery);
  const connectors = useConnectors();
  const lender = lenders.data?.find((l) => l.id === c.lender_id)?.name;
  const check = useMutation({ mutationFn: () => take(api.POST("/api/v1/connections/{id}/check", { params: { path: { id: c.id } } })) });
  const label = (name: string) => {
    const s = connector?.config_schema?.properties?.[name];
    return wordsOf(s?.["x-title"] ?? s?.title, say) ?? name;
  };
  const reason = check.data?.message.replace(/^connection\./, "");
  return (
    <Stack component="li" gap="xs" px="md" py="sm" className="ruled">
      <Group justify="space-between">
        <div>
          <Group gap={8}>
            <Text fw={600}>{c.name}</Text>
            <Badge color={c.status === "active" ? "moss" : "brick"}>{t(`connections.status.${c.status}`)}</Badge>
            {c.condition && c.condition.host !== "healthy" && <Badge color={c.condition.host === "starting" ? "gray" : "brick"}>{t(`connections.connector.${c.condition.host}`)}</Badge>}
            {c.condition && c.condition.breaker !== "closed" && <Badge color="ochre">{t(`connections.breaker.${c.condition.breaker}`)}</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {[lender !== c.name && lender, connectors.title(c.connector)].filter(Boolean).join(" · ")}
          </Text>
        </div>
        {editable && (
          <Group gap="xs">
            <Button variant="default" loading={check.isPending} aria-label={t("connections.check_one", { name: c.name })} onClick={() => check.mutate()}>
              {t("connections.check")}
            </Button>
            {onEdit && (
              <Button variant="default" aria-label={t("connections.edit_one", { name: c.name })} onClick={() => onEdit()}>
                {t("common.edit")}
              </Button>
            )}
          </Group>
        )}
      </Group>
      <ConnectionCondition connection={c} connector={connector} />
      {c.status === "stopped" && (
        <Group gap="xs">
          <Text size="sm">{t(c.stopped?.code === "connector_disabled" ? "connections.disabled_hint" : "connections.stopped_hint")}</Text>
          {editable &&
            onEdit &&
            (c.stopped?.fields ?? []).map((pointer) => (
              <Button key={pointer} size="compact-sm" variant="light" color="brick" onClick={() => onEdit(settingAt(pointer))}>
                {t("connections.mend", { field: label(settingAt(pointer)) })}
              </Button>
            ))}
        </Group>
      )}
      {check.data && (
        <Alert color={check.data.ok ? "moss" : "brick"} icon={check.data.ok ? <IconCircleCheck aria-hidden /> : <IconCircleX aria-hidden />} role="status">
          {check.data.ok ? t("connections.works") : t(`operations.failure.${reason}`, { who: t(`operations.party.${partyOf(connector)}`), defaultValue: t("connections.pending") })}
        </Alert>
      )}
      <ProblemAlert error={check.error} />
    </Stack>
  );
}
