import { NumberInput, Select, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { agenciesQuery } from "~/features/network/network";
import { FormDialog } from "~/ui/FormDialog";

type Props = { network: string; onClose: () => void; onAsked: (agency: string) => void };

const least = 10; // letters of a reason; the agency decides by it

/** Asks an agency to let one look into it for some hours. */
export function AskDialog({ network, onClose, onAsked }: Props) {
  const { t } = useTranslation();
  const agencies = useQuery(agenciesQuery(network));
  const [agency, setAgency] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<number | string>(2);
  const [tried, setTried] = useState(false);
  const ask = useSend({
    send: (body: { agency_id: string; reason: string; hours: number }, once) => take(api.POST("/api/v1/networks/{id}/support-requests", { params: { path: { id: network }, header: once(body) }, body })),
    touches: ["support"],
    onDone: (_, { agency_id }) => onAsked(agency_id),
  });
  const length = Number(hours);
  const fits = { agency: agency !== null, reason: reason.trim().length >= least, hours: Number.isInteger(length) && length >= 1 && length <= 24 };
  const submit = () => {
    setTried(true);
    if (agency && fits.reason && fits.hours) ask.mutate({ agency_id: agency, reason: reason.trim(), hours: length });
  };
  const wrong = (part: keyof typeof fits, words: string) => (tried && !fits[part] ? words : undefined);
  return (
    <FormDialog opened onClose={onClose} title={t("support.ask_for")} action={t("support.send")} pending={ask.isPending} error={ask.error} onSubmit={submit}>
      <Select
        label={t("network.agency")}
        withAsterisk
        searchable
        data-autofocus
        data={(agencies.data ?? []).filter((a) => a.status === "active").map((a) => ({ value: a.id, label: a.name }))}
        value={agency}
        onChange={setAgency}
        error={wrong("agency", t("form.required"))}
      />
      <Textarea label={t("support.reason")} description={t("support.reason_hint")} withAsterisk autosize minRows={3} maxLength={1000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={wrong("reason", t("problem.code.support_reason"))} />
      <NumberInput label={t("support.hours")} description={t("support.hours_hint")} withAsterisk min={1} max={24} allowDecimal={false} value={hours} onChange={setHours} error={wrong("hours", t("support.hours_hint"))} />
      <Text size="sm" c="dimmed">
        {t("support.what_is_seen")}
      </Text>
    </FormDialog>
  );
}
