import { Badge, Button, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import type { Connector } from "~/api/types";
import { useSend } from "~/api/useSend";
import { connects } from "~/features/connections/capabilities";
import { titleOf } from "~/features/connections/title";
import { Confirm } from "~/ui/Confirm";
import { useLanguage } from "~/ui/language";
import { Money } from "~/ui/Money";
import { ProblemAlert } from "~/ui/ProblemAlert";

type Props = { connector: Connector; editable: boolean; onConnect: () => void };

/** A connector that is approved: how it is, what it asks for, and whether the agency uses it. */
export function ConnectorRow({ connector: c, editable, onConnect }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const title = titleOf(c, say);
  const [asks, setAsks] = useState(false);
  const [ending, setEnding] = useState(false);
  const use = useSend({
    send: (enabled: boolean) => take(api.PUT("/api/v1/connectors/{name}/enablement", { params: { path: { name: c.name }, header: ifMatch(c.revision) }, body: { enabled } })),
    touches: ["connections"],
    onDone: () => setEnding(false),
  });
  const known = c.status !== "revoked";
  return (
    <Stack component="li" gap="xs" px="md" py="sm" className="ruled">
      <Group justify="space-between">
        <div>
          <Group gap={8}>
            <Text fw={600}>{title}</Text>
            <Badge color={c.status === "healthy" ? "moss" : c.status === "quarantined" || c.status === "revoked" ? "brick" : "gray"}>{t(`connections.connector.${c.status}`, { defaultValue: c.status })}</Badge>
            {!c.enabled && <Badge color="gray">{t("connections.not_used")}</Badge>}
          </Group>
          <Text size="sm">{(c.capabilities ?? []).map((name) => t(`connections.does.${name}`, { defaultValue: name })).join(" ")}</Text>
          <Text size="sm" c="dimmed">
            {[`${c.name} ${c.version}`.trim(), c.publisher === "built-in" ? t("connections.built_in") : t("connections.publisher", { name: c.publisher })].join(" · ")}
          </Text>
        </div>
        <Group gap="xs">
          {known && (
            <Button variant="subtle" aria-label={t("connections.asks_of", { name: title })} onClick={() => setAsks(true)}>
              {t("connections.asks")}
            </Button>
          )}
          {editable && known && (
            <Switch aria-label={t("connections.use", { name: title })} label={t("connections.used")} checked={c.enabled} disabled={use.isPending} onChange={(e) => (e.currentTarget.checked ? use.mutate(true) : setEnding(true))} />
          )}
          {editable && c.enabled && known && connects(c) && (
            <Button variant="default" aria-label={t("connections.connect_through", { name: title })} onClick={onConnect}>
              {t("connections.connect")}
            </Button>
          )}
        </Group>
      </Group>
      {!known && <Text size="sm">{t("connections.revoked_hint")}</Text>}
      {!ending && <ProblemAlert error={use.error} />}
      {asks && (
        <Modal opened onClose={() => setAsks(false)} title={t("connections.asks_of", { name: title })} closeButtonProps={{ "aria-label": t("common.close") }}>
          <Asks connector={c} />
        </Modal>
      )}
      {ending && (
        <Confirm opened danger onClose={() => setEnding(false)} title={t("connections.disable")} action={t("connections.disable_action")} pending={use.isPending} error={use.error} onConfirm={() => use.mutate(false)}>
          <Text>{t("connections.disable_hint", { name: title })}</Text>
        </Confirm>
      )}
    </Stack>
  );
}

/** What the operator approved: where it connects to, what it sees, what it costs. */
function Asks({ connector: c }: { connector: Connector }) {
  const { t } = useTranslation();
  const place = (host: string) => (host.startsWith("{") ? t("connections.setting_host", { name: host.slice(1, -1) }) : host);
  const lists = [
    ["egress", (c.egress ?? []).map(place)],
    ["data_categories", (c.data_categories ?? []).map((name) => t(`connections.category.${name}`, { defaultValue: name }))],
    ["reveals", c.reveals ?? []],
    ["callback_paths", c.callback_paths ?? []],
    ["countries", c.countries ?? []],
  ] as const;
  const costs = Object.entries(c.cost_cents ?? {});
  return (
    <Stack gap="sm">
      {lists.map(([name, list]) => (
        <div key={name}>
          <Text fw={600}>{t(`connections.permission.${name}`)}</Text>
          <Text size="sm">{list.length > 0 ? list.join(", ") : t("connections.permission.nothing")}</Text>
        </div>
      ))}
      {costs.length > 0 && (
        <div>
          <Text fw={600}>{t("connections.permission.cost")}</Text>
          {costs.map(([method, cents]) => (
            <Text size="sm" key={method}>
              {t(`operations.method.${method}`, { defaultValue: method })} <Money cents={cents} />
            </Text>
          ))}
        </div>
      )}
    </Stack>
  );
}
