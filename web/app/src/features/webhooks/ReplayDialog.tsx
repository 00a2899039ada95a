import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { inDays } from "~/ui/format";
import type { Endpoint } from "./webhooks";

/** Sends again whatever failed since a day. */
export function ReplayDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { t } = useTranslation();
  const [day, setDay] = useState(inDays(-7));
  const replay = useSend<string, { count: number }>({
    send: (since, once) => take(api.POST("/api/v1/webhooks/{id}/replay", { params: { path: { id: endpoint.id }, header: once({ since }) }, body: { since } })),
    touches: ["webhooks"],
    onDone: onClose,
  });
  const since = new Date(`${day}T00:00`); // the first instant of the reader's own day
  const known = !Number.isNaN(since.getTime());
  return (
    <FormDialog opened onClose={onClose} title={t("webhooks.replay_failed")} action={t("webhooks.replay")} pending={replay.isPending} error={replay.error} onSubmit={() => known && replay.mutate(since.toISOString())}>
      <Text size="sm">{t("webhooks.replay_hint")}</Text>
      <TextInput type="date" label={t("webhooks.replay_since")} max={inDays(0)} min={inDays(-30)} value={day} onChange={(e) => setDay(e.currentTarget.value)} error={known ? undefined : t("form.date")} data-autofocus />
    </FormDialog>
  );
}
