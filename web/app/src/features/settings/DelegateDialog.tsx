import { Select, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Member } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { today } from "~/ui/format";

/** Names who approves in a person's place while they are away, and until when; nobody ends it. */
export function DelegateDialog({ member, members, onClose }: { member: Member; members: Member[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [delegate, setDelegate] = useState<string | null>(member.delegate_id || null);
  const [until, setUntil] = useState(member.delegate_until ?? "");
  const change = useSend({
    send: () =>
      take(
        api.PUT("/api/v1/members/{id}/delegate", {
          params: { path: { id: member.id }, header: ifMatch(member.version) },
          body: delegate ? { delegate_id: delegate, until } : {},
        }),
      ),
    touches: ["members", "applications", "submissions"],
    onDone: onClose,
  });
  const missing = delegate !== null && until === "";
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("settings.delegate.title", { name: member.name })}
      action={t("common.save")}
      pending={change.isPending}
      error={change.error}
      onSubmit={() => !missing && change.mutate(undefined)}
    >
      <Text size="sm" c="dimmed">
        {t("settings.delegate.hint")}
      </Text>
      <Select
        label={t("settings.delegate.who")}
        placeholder={t("settings.delegate.nobody")}
        clearable
        searchable
        data={members.filter((m) => m.status === "active" && m.id !== member.id).map((m) => ({ value: m.user_id, label: m.name }))}
        value={delegate}
        onChange={setDelegate}
      />
      {delegate && (
        <TextInput type="date" label={t("settings.delegate.until")} withAsterisk min={today()} value={until} error={missing ? t("form.required") : undefined} onChange={(e) => setUntil(e.currentTarget.value)} />
      )}
    </FormDialog>
  );
}
