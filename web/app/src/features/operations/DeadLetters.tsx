import { Button, Group, Select } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { useConnectors } from "~/features/connections/useConnectors";
import { Confirm } from "~/ui/Confirm";
import { type DeadFilter, deadReasons } from "./operations";

type Props = { which: DeadFilter; onWhich: (which: DeadFilter) => void; found: number };

/** Which of the operations that were given up are shown, and all of those tried again at once. */
export function DeadLetters({ which, onWhich, found }: Props) {
  const { t } = useTranslation();
  const { can } = useSession();
  const connectors = useConnectors();
  const [asking, setAsking] = useState(false);
  const replay = useSend({
    send: (body: DeadFilter, once) => take(api.POST("/api/v1/operations/replay", { params: { header: once(body) }, body })),
    touches: ["operations"],
    onDone: ({ replayed, left }) => {
      notifications.show({ color: "moss", message: t(left > 0 ? "operations.replayed_some" : "operations.replayed", { count: replayed, left }) });
      setAsking(false);
    },
  });
  return (
    <Group mb="md" gap="sm" align="flex-end">
      <Select
        label={t("operations.connector")}
        placeholder={t("operations.any")}
        clearable
        value={which.connector ?? null}
        data={connectors.names.map((value) => ({ value, label: connectors.title(value) }))}
        onChange={(v) => onWhich({ ...which, connector: v ?? undefined })}
      />
      <Select
        label={t("operations.reason")}
        placeholder={t("operations.any")}
        clearable
        value={which.reason ?? null}
        data={deadReasons.map((value) => ({ value, label: t(`operations.reasons.${value}`) }))}
        onChange={(v) => onWhich({ ...which, reason: v ?? undefined })}
      />
      {can("operations.retry") && (
        <Button variant="default" disabled={found === 0} onClick={() => setAsking(true)}>
          {t("operations.replay")}
        </Button>
      )}
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("operations.replay")} action={t("operations.replay_action")} pending={replay.isPending} error={replay.error} onConfirm={() => replay.mutate(which)}>
        {t("operations.replay_hint")}
      </Confirm>
    </Group>
  );
}
