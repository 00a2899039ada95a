import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { TemplateVersion } from "~/api/types";
import { useSession } from "~/app/session";
import { ActionsHead } from "~/ui/ActionsHead";
import { Confirm } from "~/ui/Confirm";
import { Ago, DateText } from "~/ui/DateText";
import { day } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { ButtonLink, TextLink } from "~/ui/links";
import { problemSentence } from "~/ui/problemWords";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { type AboutDivergence, type AboutMigration, jobsQuery } from "../jobs/jobs";
import { liveOf } from "../templates";
import { StatusBadge } from "../StatusBadge";
import { CertificateDialog } from "./CertificateDialog";

/** Each version with where it stands in its life, its certificate, and the files that are pinned to it. */
export function VersionsTab() {
  const { t } = useTranslation();
  const { versions } = useBench();
  const [read, setRead] = useState<TemplateVersion | null>(null);
  return (
    <>
      <Section title={t("workflow.versions")} count={versions.length} flush>
        <Table.ScrollContainer minWidth={880}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("workflow.version")}</Table.Th>
                <Table.Th>{t("settings.status")}</Table.Th>
                <Table.Th>{t("workflow.since")}</Table.Th>
                <Table.Th ta="right">{t("workflow.instances")}</Table.Th>
                <Table.Th>{t("workflow.digest")}</Table.Th>
                <Table.Th>{t("workflow.certificate")}</Table.Th>
                <ActionsHead />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {versions.map((v) => (
                <Row key={v.id} version={v} onRead={() => setRead(v)} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Section>
      <Jobs />
      <CertificateDialog version={read} onClose={() => setRead(null)} />
    </>
  );
}

function Row({ version: v, onRead }: { version: TemplateVersion; onRead: () => void }) {
  const { t } = useTranslation();
  const remarks = t("workflow.remarks", { count: v.certificate?.findings?.length ?? 0 });
  return (
    <Table.Tr>
      <Table.Td fw={600}>{v.version}</Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <StatusBadge status={v.status} />
          {v.drain_by && v.instances > 0 && (
            <Badge color={v.overdue ? "brick" : "ochre"}>
              {t(v.overdue ? "workflow.overdue" : "workflow.drains")} <DateText at={v.drain_by} />
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <DateText at={v.retired_at ?? v.published_at ?? v.certificate?.at ?? v.created_at} time />
      </Table.Td>
      <Table.Td ta="right">{v.instances}</Table.Td>
      <Table.Td>
        <Text span size="xs" ff="monospace" title={v.digest}>
          {v.digest.slice(0, 8)}
        </Text>
      </Table.Td>
      <Table.Td>
        {v.certificate ? (
          <Button size="compact-sm" variant="subtle" aria-label={t("workflow.read_certificate", { remarks, version: v.version })} onClick={onRead}>
            {remarks}
          </Button>
        ) : (
          "—"
        )}
      </Table.Td>
      <Table.Td>
        <RowActions version={v} />
      </Table.Td>
    </Table.Tr>
  );
}

function RowActions({ version: v }: { version: TemplateVersion }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const { templateKey, versions, open, shown } = useBench();
  const navigate = useNavigate({ from: "/settings/workflows/$key" });
  const [retiring, setRetiring] = useState(false);
  const params = { path: { key: templateKey, version: v.version } };
  const certify = useSend<void, unknown>({
    send: (_, once) => take(api.POST("/api/v1/workflows/{key}/versions/{version}/certify", { params: { ...params, header: once(v.id) } })),
    touches: ["workflows"],
    onDone: () => notifications.show({ color: "moss", message: t("workflow.certified", { version: v.version }) }),
  });
  const retire = useSend<void, unknown>({
    send: (_, once) => take(api.POST("/api/v1/workflows/{key}/versions/{version}/retire", { params: { ...params, header: once(v.id) } })),
    touches: ["workflows"],
    onDone: () => setRetiring(false),
  });
  const live = liveOf(versions);
  const leaves = v.instances > 0 && live && live.version !== v.version && can("workflows.publish");
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {leaves && (
        <ButtonLink size="compact-sm" variant="default" to="/settings/workflows/$key/migrate" params={{ key: templateKey }} search={{ from: v.version, to: live.version }} aria-label={t("migrate.of_version", { version: v.version })}>
          {t("migrate.move")}
        </ButtonLink>
      )}
      {v.status === "draft" && can("workflows.write") && (
        <Button
          size="compact-sm"
          variant="default"
          loading={certify.isPending}
          aria-label={t("workflow.certify_version", { version: v.version })}
          onClick={() => certify.mutate(undefined, { onError: (error) => notifications.show({ color: "brick", message: problemSentence(error) }) })}
        >
          {t("workflow.certify")}
        </Button>
      )}
      {v.status === "published" && v !== live && can("workflows.publish") && (
        <Button size="compact-sm" variant="default" aria-label={t("workflow.retire_version", { version: v.version })} onClick={() => setRetiring(true)}>
          {t("workflow.retire")}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        aria-label={v.id === shown.id ? undefined : t("workflow.open_version", { version: v.version })}
        onClick={() => {
          if (v.id === shown.id || open(v)) void navigate({ search: {} });
        }}
      >
        {t(v.id === shown.id ? "workflow.shown" : "workflow.open")}
      </Button>
      <Confirm opened={retiring} onClose={() => setRetiring(false)} title={t("workflow.retire_title", { version: v.version })} action={t("workflow.retire")} pending={retire.isPending} error={retire.error} onConfirm={() => retire.mutate()}>
        {t("workflow.retire_hint")}
      </Confirm>
    </Group>
  );
}

/** Moves and comparisons of this template, the newest first. */
function Jobs() {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { can } = useSession();
  const { templateKey } = useBench();
  const may = can("jobs.read");
  const moves = useQuery({ ...jobsQuery("migration"), enabled: may });
  const runs = useQuery({ ...jobsQuery("divergence"), enabled: may });
  const jobs = [...(moves.data ?? []), ...(runs.data ?? [])].filter((j) => (j.about as AboutMigration).key === templateKey).sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, 12);
  if (jobs.length === 0) return null;
  const title = (about: unknown, kind: string, undo: boolean) => {
    if (kind === "divergence") return t("divergence.job_title", { day: day((about as AboutDivergence).since, language) });
    const { from_version, to_version, dry_run } = about as AboutMigration;
    return t(dry_run ? "migrate.dry_title" : undo ? "migrate.undo_title" : "migrate.job_title", { from: from_version, to: to_version });
  };
  return (
    <div style={{ marginTop: 16 }}>
      <Section title={t("job.title")} count={jobs.length} flush>
        <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {jobs.map((j) => (
            <Group key={j.id} component="li" justify="space-between" px="md" py={8} className="ruled">
              <TextLink to="/settings/workflows/$key/jobs/$id" params={{ key: templateKey, id: j.id }} fw={600}>
                {title(j.about, j.kind, j.undo_of !== null)}
              </TextLink>
              <Text size="sm" c="dimmed">
                {t(`job.state.${j.state}`)} · {t("job.settled", { settled: j.done + j.skipped + j.failed, count: j.total })} · <Ago at={j.created_at} />
              </Text>
            </Group>
          ))}
        </ul>
      </Section>
    </div>
  );
}
