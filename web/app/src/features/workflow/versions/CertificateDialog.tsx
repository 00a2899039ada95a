import { Code, Modal, Stack, Text } from "@mantine/core";
import { IconRosetteDiscountCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { TemplateVersion } from "~/api/types";
import { membersQuery } from "~/features/members/members";
import file from "~/features/application/file.module.css";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { FindingList } from "../edit/FindingList";

/** What the analysis said when a version was certified. It never changes. */
export function CertificateDialog({ version, onClose }: { version: TemplateVersion | null; onClose: () => void }) {
  const { t } = useTranslation();
  const members = useQuery({ ...membersQuery, enabled: version !== null });
  const certificate = version?.certificate;
  const by = (members.data ?? []).find((m) => m.user_id === certificate?.by)?.name ?? t("application.machine");
  const findings = certificate?.findings ?? [];
  return (
    <Modal opened={version !== null} onClose={onClose} size="xl" title={t("workflow.certificate_of", { version: version?.version })} closeButtonProps={{ "aria-label": t("common.close") }}>
      {certificate && (
        <Stack gap="md">
          <dl className={file.pairs}>
            <dt>{t("workflow.certified_at")}</dt>
            <dd>
              <DateText at={certificate.at} time /> · {by}
            </dd>
            <dt>{t("workflow.analyser")}</dt>
            <dd>{certificate.analyser}</dd>
            <dt>{t("workflow.digest")}</dt>
            <dd>
              <Code style={{ overflowWrap: "anywhere" }}>{certificate.template_digest}</Code>
            </dd>
          </dl>
          {findings.length === 0 ? (
            <EmptyState compact icon={IconRosetteDiscountCheck} title={t("workflow.clean")}>
              {t("workflow.clean_hint")}
            </EmptyState>
          ) : (
            <>
              <Text size="sm" c="dimmed">
                {t("workflow.certificate_hint")}
              </Text>
              <FindingList findings={findings} />
            </>
          )}
        </Stack>
      )}
    </Modal>
  );
}
