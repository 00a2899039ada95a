import { Alert, Badge, Button, Grid, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import { Trail } from "~/features/audit/Trail";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { FormDialog } from "~/ui/FormDialog";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { stateColor, type Suspicion, suspicionQuery, useSubjectName } from "./suspicions";

/** One suspicious-transaction report: written, sent with UIF's number, put away. */
export function ReportPage() {
  const { id } = useParams({ from: "/inside/compliance/$id" });
  const report = useQuery(suspicionQuery(id));
  return <QueryView query={report}>{(r) => <Report key={r.id} report={r} />}</QueryView>;
}

type Patch = { reason?: string; state?: Suspicion["state"]; uif_protocol?: string };

function useChange(report: Suspicion, onDone: (saved: Suspicion) => void) {
  const client = useQueryClient();
  return useSend<Patch, Suspicion>({
    send: async (body) => (await take(api.PATCH("/api/v1/suspicion-reports/{id}", { params: { path: { id: report.id }, header: ifMatch(report.version) }, body: body as Record<string, unknown> }))) as Suspicion,
    touches: ["suspicions"],
    onDone: (saved) => {
      client.setQueryData(keys.one("suspicions", report.id), saved);
      onDone(saved);
    },
  });
}

function Report({ report: r }: { report: Suspicion }) {
  const { t } = useTranslation();
  const name = useSubjectName()(r.subject_id) ?? `…${r.subject_id.slice(-6)}`;
  return (
    <>
      <PageHeader
        over={<TextLink to="/compliance">{t("compliance.title")}</TextLink>}
        title={t("compliance.about", { name })}
        hint={
          <Group gap="sm">
            <Badge color={stateColor[r.state]}>{t(`compliance.state.${r.state}`)}</Badge>
            <span>
              {t("compliance.changed")} <DateText at={r.updated_at} time />
            </span>
          </Group>
        }
        actions={<Steps report={r} />}
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <Reason report={r} />
            <Title order={2}>{t("compliance.trail")}</Title>
            <Trail trail="suspicions" filter={{ ref: r.id }} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Section title={t("compliance.links")}>
            <Stack gap={6}>
              <TextLink to="/subjects/$id" params={{ id: r.subject_id }}>
                {name}
              </TextLink>
              {r.application_id && (
                <TextLink to="/applications/$id" params={{ id: r.application_id }}>
                  {t("compliance.the_file")}
                </TextLink>
              )}
              <Text size="sm" c="dimmed">
                {t("compliance.links_hint")}
              </Text>
              {r.uif_protocol && (
                <Text>
                  {t("compliance.protocol")}: <b>{r.uif_protocol}</b>
                </Text>
              )}
            </Stack>
          </Section>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Reason({ report: r }: { report: Suspicion }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState(r.reason);
  const save = useChange(r, (saved) => setReason(saved.reason));
  if (r.state !== "draft") {
    return (
      <Section title={t("compliance.reason")}>
        <Alert color="gray" icon={<IconLock aria-hidden />} mb="md" styles={{ title: { marginBottom: 0 } }} title={t("compliance.final")} />
        <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{r.reason}</Text>
      </Section>
    );
  }
  const dirty = reason !== r.reason;
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (reason.trim()) save.mutate({ reason: reason.trim() });
      }}
    >
      <Section title={t("compliance.reason")}>
        <Stack gap="sm">
          <ProblemAlert error={save.error} />
          <Textarea aria-label={t("compliance.reason")} description={t("compliance.reason_hint")} autosize minRows={8} maxLength={20000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={reason.trim() ? undefined : t("form.required")} />
        </Stack>
      </Section>
      <SaveBar dirty={dirty} pending={save.isPending} onReset={() => setReason(r.reason)} />
    </form>
  );
}

/** Where a report can go from where it stands. */
function Steps({ report: r }: { report: Suspicion }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"sent" | "archived" | null>(null);
  const [protocol, setProtocol] = useState("");
  const [tried, setTried] = useState(false);
  const change = useChange(r, () => setAsking(null));
  if (r.state === "archived") return null;
  const ask = (state: "sent" | "archived") => {
    change.reset();
    setAsking(state);
  };
  return (
    <>
      <Button variant="default" onClick={() => ask("archived")}>
        {t("compliance.archive")}
      </Button>
      {r.state === "draft" && <Button onClick={() => ask("sent")}>{t("compliance.sent")}</Button>}
      {asking === "sent" && (
        <FormDialog
          opened
          onClose={() => setAsking(null)}
          title={t("compliance.sent_ask")}
          action={t("compliance.sent")}
          pending={change.isPending}
          error={change.error}
          onSubmit={() => {
            setTried(true);
            if (protocol.trim()) change.mutate({ state: "sent", uif_protocol: protocol.trim() });
          }}
        >
          <Text size="sm">{t("compliance.sent_hint")}</Text>
          <TextInput label={t("compliance.protocol")} withAsterisk maxLength={60} value={protocol} onChange={(e) => setProtocol(e.currentTarget.value)} error={tried && !protocol.trim() ? t("form.required") : undefined} data-autofocus />
        </FormDialog>
      )}
      <Confirm opened={asking === "archived"} onClose={() => setAsking(null)} title={t("compliance.archive_ask")} action={t("compliance.archive")} pending={change.isPending} error={change.error} onConfirm={() => change.mutate({ state: "archived" })}>
        <Text>{t(r.state === "draft" ? "compliance.archive_draft" : "compliance.archive_sent")}</Text>
      </Confirm>
    </>
  );
}
