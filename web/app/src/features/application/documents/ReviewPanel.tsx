import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { ProblemAlert } from "~/ui/ProblemAlert";
import page from "../file.module.css";
import type { Doc } from "../types";
import { useChange } from "../useChange";
import { useFileSize } from "../words";
import { datesChanged } from "./dates";
import { RejectForm } from "./RejectForm";
import { ScanMark } from "./ScanMark";
import { StandingBadge } from "./StandingMark";

/** What is known of a document, the days read off it, and the decision. */
export function ReviewPanel({ document: d, onDone }: { document: Doc; onDone: () => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const size = useFileSize();
  const [dates, setDates] = useState({ issued_on: d.issued_on ?? "", expires_on: d.expires_on ?? "" });
  const changed = datesChanged(d, dates);
  const path = { id: d.id };
  const accept = useChange({
    send: (_: void, once) => take(api.POST("/api/v1/documents/{id}/accept", { params: { path, header: { ...ifMatch(d.version), ...once(changed) } }, body: changed })),
    onDone,
  });
  const redate = useChange({ send: () => take(api.PATCH("/api/v1/documents/{id}", { params: { path, header: ifMatch(d.version) }, body: changed })) });
  const anyChange = Object.keys(changed).length > 0;
  const writes = can("documents.write");
  return (
    <Stack gap="md">
      <div>
        <StandingBadge of={d.state} />
      </div>
      <dl className={page.pairs}>
        <dt>{t("application.documents.file")}</dt>
        <dd>{d.file_name}</dd>
        <dt>{t("application.documents.size")}</dt>
        <dd>{size(d.size_bytes)}</dd>
        <dt>{t("application.documents.scan")}</dt>
        <dd>
          <ScanMark of={d.scan} />
        </dd>
        <dt>{t("application.documents.changed")}</dt>
        <dd>
          <DateText at={d.updated_at} time />
        </dd>
      </dl>
      {d.reject_reason && (
        <Text size="sm" c="var(--mantine-color-error)">
          {d.reject_reason}
        </Text>
      )}
      <TextInput
        type="date"
        label={t("application.documents.issued_on")}
        readOnly={!writes}
        value={dates.issued_on}
        onChange={(e) => setDates({ ...dates, issued_on: e.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("application.documents.expires_on")}
        description={t("application.documents.expires_hint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        readOnly={!writes}
        value={dates.expires_on}
        onChange={(e) => setDates({ ...dates, expires_on: e.currentTarget.value })}
      />
      <ProblemAlert error={accept.error ?? redate.error} />
      {can("documents.review") && d.state !== "accepted" && (
        <Button fullWidth loading={accept.pending} onClick={() => accept.run()} data-autofocus>
          {t("application.documents.accept")}
        </Button>
      )}
      {writes && (anyChange || redate.pending) && (
        <Button fullWidth variant="default" loading={redate.pending} onClick={() => redate.run(undefined)}>
          {t("application.documents.save_dates")}
        </Button>
      )}
      {can("documents.review") && d.state !== "rejected" && <RejectForm document={d} onDone={onDone} />}
    </Stack>
  );
}
