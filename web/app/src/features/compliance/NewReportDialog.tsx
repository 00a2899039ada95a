import { Select, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { SubjectPicker } from "~/features/subjects/SubjectPicker";
import { subjectFilesQuery } from "~/features/subjects/subjects";
import { FormDialog } from "~/ui/FormDialog";

type Props = { onClose: () => void; onMade: (id: string) => void };

/** Writes a draft about somebody, and about a file of theirs where there is one. */
export function NewReportDialog({ onClose, onMade }: Props) {
  const { t } = useTranslation();
  const [subject, setSubject] = useState<string | null>(null);
  const [application, setApplication] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const files = useQuery({ ...subjectFilesQuery(subject ?? ""), enabled: subject !== null });
  const write = useSend({
    send: (body: { subject_id: string; application_id?: string; reason: string }, once) => take(api.POST("/api/v1/suspicion-reports", { params: { header: once(body) }, body })),
    touches: ["suspicions"],
    onDone: (made) => onMade(made.id),
  });
  const submit = () => {
    setTried(true);
    if (subject && reason.trim()) write.mutate({ subject_id: subject, reason: reason.trim(), ...(application ? { application_id: application } : {}) });
  };
  return (
    <FormDialog opened onClose={onClose} size="lg" title={t("compliance.new")} action={t("compliance.write")} pending={write.isPending} error={write.error} onSubmit={submit}>
      <Text size="sm" c="dimmed">
        {t("compliance.secret")}
      </Text>
      <SubjectPicker
        label={t("compliance.subject")}
        withAsterisk
        value={subject}
        onChange={(id) => {
          setSubject(id);
          setApplication(null);
        }}
        error={tried && !subject ? t("form.required") : undefined}
        data-autofocus
      />
      <Select label={t("compliance.file")} clearable disabled={!files.data?.length} placeholder={subject && files.data?.length === 0 ? t("compliance.no_file") : undefined} data={(files.data ?? []).map((f) => ({ value: f.id, label: f.number }))} value={application} onChange={setApplication} />
      <Textarea label={t("compliance.reason")} description={t("compliance.reason_hint")} withAsterisk autosize minRows={5} maxRows={14} maxLength={20000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={tried && !reason.trim() ? t("form.required") : undefined} />
    </FormDialog>
  );
}
