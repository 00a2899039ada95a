import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { QueryView } from "~/ui/QueryView";
import { type PortalState, portalQuery } from "./privacy";
import { Part } from "./PrivacyCard";

/** The person's own area: a link by e-mail opens it, once. */
export function PortalPart({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const state = useQuery(portalQuery(subject.id));
  const [asking, setAsking] = useState(false);
  const invite = useSend<void, { expires_at: string }>({
    send: (_, once) => take(api.POST("/api/v1/subjects/{id}/portal-access", { params: { path: { id: subject.id }, header: once(subject.id) } })),
    touches: ["subjects"],
    onDone: () => {
      notifications.show({ color: "moss", message: t("privacy.portal.sent") });
      setAsking(false);
    },
  });
  const again = state.data !== undefined && state.data.state !== "none";
  return (
    <Part
      title={t("privacy.portal.title")}
      actions={
        subject.email && (
          <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
            {t(again ? "privacy.portal.again" : "privacy.portal.invite")}
          </Button>
        )
      }
    >
      <QueryView query={state}>{(s) => <Stands state={s} />}</QueryView>
      {!subject.email && (
        <Text size="sm" mt={4}>
          {t("privacy.portal.no_email")}
        </Text>
      )}
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("privacy.portal.ask")} action={t("privacy.portal.send")} pending={invite.isPending} error={invite.error} onConfirm={() => invite.mutate()}>
        <Text>{t("privacy.portal.to", { email: subject.email })}</Text>
        {again && (
          <Text size="sm" c="dimmed" mt="xs">
            {t("privacy.portal.ends_before")}
          </Text>
        )}
      </Confirm>
    </Part>
  );
}

function Stands({ state: s }: { state: PortalState }) {
  const { t } = useTranslation();
  const state = s.state === "ended" && !s.opened_at ? "void" : s.state;
  const at = { none: null, void: null, invited: s.expires_at, lapsed: s.expires_at, open: s.seen_at, ended: s.seen_at }[state];
  return (
    <Text size="sm" c="dimmed">
      {t(`privacy.portal.state.${state}`)} {at && <DateText at={at} time />}
    </Text>
  );
}
