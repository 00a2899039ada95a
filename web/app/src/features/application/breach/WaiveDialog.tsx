import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import type { Breach } from "../types";
import { useChange } from "../useChange";

/** What a condition is waived for: the file itself, or one of its submissions. */
export type Waived = { noun: "applications" | "submissions"; id: string; version: number };

const path = { applications: "/api/v1/applications/{id}/waivers", submissions: "/api/v1/submissions/{id}/waivers" } as const;

/** Lets a broken condition stand. The reason stays in the history, with the name of who gave it. */
export function WaiveDialog({ breach, of, onClose }: { breach: Breach; of: Waived; onClose: () => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const [reason, setReason] = useState("");
  const waive = useChange({
    send: (body: { invariant: string; reason: string }, once) => take(api.POST(path[of.noun], { params: { path: { id: of.id }, header: { ...ifMatch(of.version), ...once(body) } }, body })),
    touches: ["applications", "submissions", "tasks"],
    onDone: onClose,
  });
  const why = reason.trim();
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("application.breach.waive")}
      action={t("application.breach.waive_do")}
      pending={waive.pending}
      error={waive.error}
      onSubmit={() => why && waive.run({ invariant: breach.invariant, reason: why })}
    >
      <Text fw={600}>{say(breach.text)}</Text>
      <Text size="sm" c="dimmed">
        {t("application.breach.waive_hint")}
      </Text>
      <Textarea label={t("application.breach.reason")} withAsterisk autosize minRows={3} maxLength={2000} data-autofocus value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
    </FormDialog>
  );
}
