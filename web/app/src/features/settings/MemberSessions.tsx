import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Member } from "~/api/types";
import { useSend } from "~/api/useSend";
import { Confirm } from "~/ui/Confirm";

/** Ends a person's sessions in this agency: a lost laptop, a password that somebody saw. */
export function MemberSessions({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation();
  const end = useSend({
    send: () => take(api.DELETE("/api/v1/members/{id}/sessions", { params: { path: { id: member.id } } })),
    touches: [],
    onDone: () => {
      notifications.show({ color: "moss", message: t("settings.sessions_ended", { name: member.name }) });
      onClose();
    },
  });
  return (
    <Confirm opened danger onClose={onClose} title={t("settings.end_sessions_of", { name: member.name })} action={t("settings.end_sessions")} pending={end.isPending} error={end.error} onConfirm={() => end.mutate(undefined)}>
      <Text>{t("settings.end_sessions_hint")}</Text>
    </Confirm>
  );
}
