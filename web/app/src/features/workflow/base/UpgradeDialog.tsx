import { Alert, Badge, Button, Group, List, Modal, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { TemplateVersion } from "~/api/types";
import { useSession } from "~/app/session";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { type Upgrade, upgradeQuery } from "./base";
import { FindingLines } from "./FindingLines";

const color: Record<string, string> = { tightens: "moss", weakens: "brick" };

/** What a new base would change, what it does not take, and a draft of it. Nothing goes live by this. */
export function UpgradeDialog({ templateKey, onClose }: { templateKey: string; onClose: () => void }) {
  const { t } = useTranslation();
  const upgrade = useQuery(upgradeQuery(templateKey));
  return (
    <Modal opened onClose={onClose} title={t("base.title")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      <QueryView query={upgrade}>{(up) => <Preview templateKey={templateKey} upgrade={up} onClose={onClose} />}</QueryView>
    </Modal>
  );
}

function Preview({ templateKey, upgrade, onClose }: { templateKey: string; upgrade: Upgrade; onClose: () => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const changes = upgrade.changes ?? [];
  const conflicts = upgrade.conflicts ?? [];
  const findings = upgrade.findings ?? [];
  const draft = useSend<void, TemplateVersion>({
    send: (_, once) => take(api.POST("/api/v1/workflows/{key}/upgrade", { params: { path: { key: templateKey }, header: once(upgrade.base) } })),
    touches: ["workflows"],
    onDone: (made) => {
      notifications.show({ color: "moss", message: t("base.drafted", { version: made.version }) });
      onClose();
    },
  });
  return (
    <Stack gap="md">
      <Text>{t("base.from_to", upgrade.base)}</Text>
      {conflicts.length > 0 && (
        <Alert color="brick" title={t("base.conflicts", { count: conflicts.length })} role="alert">
          <List size="sm">
            {conflicts.map((c) => (
              <List.Item key={c.operation}>
                {t("base.line", { line: c.line })} · {say(c.text)}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <section aria-label={t("base.changes")}>
        <Title order={3} size="h5" mb={4}>
          {t("base.changes")}
        </Title>
        {changes.length === 0 ? (
          <Text c="dimmed">{t("base.no_changes")}</Text>
        ) : (
          <Stack component="ul" gap={0} m={0} p={0} mah={280} tabIndex={0} style={{ listStyle: "none", overflowY: "auto" }}>
            {changes.map((c, i) => (
              <Group key={`${c.at}-${c.what}-${i}`} component="li" justify="space-between" wrap="nowrap" py={6} className="ruled">
                <Text size="sm">{say(c.text)}</Text>
                <Badge color={color[c.weight] ?? "gray"} style={{ flexShrink: 0 }}>
                  {t(`base.weight.${c.weight}`, { defaultValue: c.weight })}
                </Badge>
              </Group>
            ))}
          </Stack>
        )}
      </section>
      {findings.length > 0 && <FindingLines findings={findings} />}
      <ProblemAlert error={draft.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        {can("workflows.write") && (
          <Button disabled={conflicts.length > 0} loading={draft.isPending} onClick={() => draft.mutate()}>
            {t("base.make_draft")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
