import { Alert, Blockquote, Select, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { documentsQuery } from "~/features/application/queries";
import { subjectFilesQuery } from "~/features/subjects/subjects";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import { channels, type Consents, consentsQuery, type Standing } from "./privacy";

type Channel = (typeof channels)[number];
type Props = { id: string; standing: Standing; state: "given" | "withdrawn"; onClose: () => void };
type Body = { purpose: string; state: "given" | "withdrawn"; channel: Channel; document_id?: string };

/** Writes down what somebody has agreed to, or taken back: how they said it, and the paper that shows it. */
export function ConsentDialog({ id, standing, state, onClose }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const client = useQueryClient();
  const [channel, setChannel] = useState<Channel>("paper");
  const [document, setDocument] = useState<string | null>(null);
  const write = useSend<Body, Consents>({
    send: (body, once) => take(api.POST("/api/v1/subjects/{id}/consents", { params: { path: { id }, header: once(body) }, body })),
    touches: ["subjects", "documents"],
    onDone: (now) => {
      client.setQueryData(consentsQuery(id).queryKey, now);
      onClose();
    },
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`privacy.consents.do_of.${state}`, { purpose: say(standing.title) })}
      action={t(`privacy.consents.do.${state}`)}
      pending={write.isPending}
      error={write.error}
      onSubmit={() => write.mutate({ purpose: standing.purpose, state, channel, ...(document ? { document_id: document } : {}) })}
    >
      {state === "given" ? (
        <>
          <Text size="sm">
            {t("privacy.consents.text")} {standing.version > 0 && `(${t("privacy.texts.version", { number: standing.version })})`}
          </Text>
          <Blockquote p="sm" color="petrol" fz="sm">
            {say(standing.text)}
          </Blockquote>
        </>
      ) : (
        <Alert color="ochre" icon={<IconAlertTriangle aria-hidden />}>
          {t("privacy.consents.withdraw_hint")}
        </Alert>
      )}
      <Select label={t("privacy.consents.channel")} allowDeselect={false} data={channels.map((value) => ({ value, label: t(`privacy.channel.${value}`) }))} value={channel} onChange={(v) => v && setChannel(v as Channel)} data-autofocus />
      <Evidence id={id} value={document} onChange={setDocument} />
    </FormDialog>
  );
}

/** A paper of one of the person's files. Papers are kept with files, so a file comes first. */
function Evidence({ id, value, onChange }: { id: string; value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const files = useQuery(subjectFilesQuery(id));
  const [chosen, setFile] = useState<string | null>(null);
  const file = chosen ?? (files.data?.length === 1 ? files.data[0]!.id : null);
  const papers = useQuery({ ...documentsQuery(file ?? ""), enabled: file !== null });
  if (!files.data?.length) return null;
  const uploaded = (papers.data ?? []).filter((d) => d.state === "uploaded" || d.state === "accepted");
  return (
    <>
      {files.data.length > 1 && (
        <Select
          label={t("privacy.consents.file")}
          clearable
          data={files.data.map((f) => ({ value: f.id, label: f.number }))}
          value={file}
          onChange={(v) => {
            setFile(v);
            onChange(null);
          }}
        />
      )}
      <Select
        label={t("privacy.consents.evidence")}
        description={t("privacy.consents.evidence_hint")}
        clearable
        disabled={uploaded.length === 0}
        placeholder={file && papers.data && uploaded.length === 0 ? t("privacy.consents.no_evidence") : undefined}
        data={uploaded.map((d) => ({ value: d.id, label: d.file_name ? `${say(d.title)} (${d.file_name})` : say(d.title) }))}
        value={value}
        onChange={onChange}
      />
    </>
  );
}
