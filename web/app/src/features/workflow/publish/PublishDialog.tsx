import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { TemplateVersion } from "~/api/types";
import { Confirm } from "~/ui/Confirm";

type Props = { templateKey: string; source: string; instances: number; onClose: () => void; onPublished: (version: TemplateVersion) => void };

export function PublishDialog({ templateKey, source, instances, onClose, onPublished }: Props) {
  const { t } = useTranslation();
  const publish = useSend<void, TemplateVersion>({
    send: (_, once) => {
      const body = { source, in_flight: "stay" as const };
      return take(api.POST("/api/v1/workflows/{key}/publish", { params: { path: { key: templateKey }, header: once(body) }, body }));
    },
    touches: ["workflows", "applications"],
    onDone: (made) => {
      notifications.show({ color: "moss", message: t("workflow.published", { version: made.version }) });
      onPublished(made);
    },
  });
  return (
    <Confirm opened onClose={onClose} title={t("workflow.publish_title")} action={t("workflow.publish")} pending={publish.isPending} error={publish.error} onConfirm={() => publish.mutate()}>
      <Text>{t("workflow.publish_hint")}</Text>
      <Text mt="xs" c="dimmed">
        {t("workflow.publish_instances", { count: instances })}
      </Text>
    </Confirm>
  );
}
