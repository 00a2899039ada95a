import { Badge, Button, Group, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload, IconLockOpen2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { certificateAt, type Erasure, erasureQuery, liftReasons } from "./privacy";
import { Plan } from "./Plan";

/** One person's erasure: what is still kept and why, the certificate, and the way back. */
export function ErasurePage() {
  const { id } = useParams({ from: "/inside/settings/privacy/$id" });
  const erasure = useQuery(erasureQuery(id));
  return <QueryView query={erasure}>{(e) => <Stands erasure={e} />}</QueryView>;
}

function Stands({ erasure: e }: { erasure: Erasure }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [lifting, setLifting] = useState(false);
  const asked = e.state === "restricted" || e.state === "done";
  return (
    <>
      <PageHeader
        over={
          <TextLink to="/settings/privacy" search={{ tab: "restricted" }}>
            {t("privacy.tab.restricted")}
          </TextLink>
        }
        title={t("privacy.erasure.of", { name: e.display_name || `…${e.subject_id.slice(-6)}` })}
        hint={
          <Group gap="sm">
            <Badge color={e.state === "restricted" ? "ochre" : "gray"}>{t(`privacy.erasure.state.${e.state}`)}</Badge>
            {asked && (
              <span>
                {t(`privacy.reason.${e.reason}`)}, <DateText at={e.asked_at} time />
              </span>
            )}
          </Group>
        }
        actions={
          e.state === "restricted" &&
          can("privacy.erase") && (
            <Button variant="default" leftSection={<IconLockOpen2 size={17} aria-hidden />} onClick={() => setLifting(true)}>
              {t("privacy.lift.do")}
            </Button>
          )
        }
      />
      <Stack gap="md" maw={860}>
        {(e.certificates?.length ?? 0) > 0 && <Certificate erasure={e} />}
        {e.state === "restricted" && (
          <Section title={t("privacy.erasure.kept")}>
            <Plan erasure={e} />
          </Section>
        )}
        {e.state === "done" && <Text>{t("privacy.erasure.all_gone")}</Text>}
        {!asked && (
          <Text>
            {t("privacy.erasure.not_asked")}{" "}
            <TextLink to="/subjects/$id" params={{ id: e.subject_id }} hash="privacy">
              {t("privacy.erasure.page")}
            </TextLink>
          </Text>
        )}
      </Stack>
      {lifting && <LiftDialog id={e.subject_id} onClose={() => setLifting(false)} />}
    </>
  );
}

/** The paper to hand out; the record's SHA-256 is what the trail holds. */
export function Certificate({ erasure: e }: { erasure: Erasure }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const last = e.certificates!.at(-1)!;
  return (
    <Section
      title={t("privacy.certificate.title")}
      actions={(["pdf", "json"] as const).map((format) => (
        <Button key={format} component="a" href={certificateAt(e.subject_id, language, format)} download={`${t("privacy.certificate.file")}.${format}`} variant="default" size="compact-md" leftSection={<IconDownload size={16} aria-hidden />}>
          {t("privacy.certificate.download", { format: format.toUpperCase() })}
        </Button>
      ))}
    >
      <Text size="sm">{t("privacy.certificate.hint")}</Text>
      <Text size="sm" c="dimmed" mt="xs" style={{ overflowWrap: "anywhere" }}>
        SHA-256 {last.hash}
      </Text>
    </Section>
  );
}

function LiftDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [reason, setReason] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const lift = useSend({
    send: (body: { reason: (typeof liftReasons)[number] }, once) => take(api.POST("/api/v1/subjects/{id}/erasure/lift", { params: { path: { id }, header: once(body) }, body })),
    touches: ["subjects", "applications", "agency"],
    onDone: () => {
      notifications.show({ color: "moss", message: t("privacy.lift.done") });
      void navigate({ to: "/subjects/$id", params: { id } });
    },
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("privacy.lift.ask")}
      action={t("privacy.lift.do")}
      pending={lift.isPending}
      error={lift.error}
      onSubmit={() => {
        setTried(true);
        if (reason) lift.mutate({ reason: reason as (typeof liftReasons)[number] });
      }}
    >
      <Text size="sm">{t("privacy.lift.hint")}</Text>
      <Select label={t("privacy.lift.reason")} withAsterisk allowDeselect={false} data={liftReasons.map((value) => ({ value, label: t(`privacy.lift_reason.${value}`) }))} value={reason} onChange={setReason} error={tried && !reason ? t("form.required") : undefined} data-autofocus />
    </FormDialog>
  );
}
