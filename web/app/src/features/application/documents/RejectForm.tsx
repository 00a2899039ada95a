import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { ProblemAlert } from "~/ui/ProblemAlert";
import type { Doc } from "../types";
import { useChange } from "../useChange";

/** Sends a document back, saying why: the reason is what the client will be asked for. */
export function RejectForm({ document: d, onDone }: { document: Doc; onDone: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const reject = useChange({
    send: (body: { reason: string }, once) => take(api.POST("/api/v1/documents/{id}/reject", { params: { path: { id: d.id }, header: { ...ifMatch(d.version), ...once(body) } }, body })),
    onDone,
  });
  if (!asking) {
    return (
      <Button fullWidth variant="subtle" color="brick" onClick={() => setAsking(true)}>
        {t("application.documents.reject")}
      </Button>
    );
  }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (reason.trim()) reject.run({ reason: reason.trim() });
      }}
    >
      <Stack gap="xs">
        <Textarea
          label={t("application.documents.reject_reason")}
          withAsterisk
          autosize
          minRows={2}
          maxLength={1000}
          autoFocus
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        <ProblemAlert error={reject.error} />
        <Group grow gap="xs">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" color="brick" loading={reject.pending} disabled={!reason.trim()}>
            {t("application.documents.reject")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
