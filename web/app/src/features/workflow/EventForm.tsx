import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLock } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "~/api/useSend";
import type { JsonSchema, Moved, Offer } from "~/api/types";
import { BlockerList } from "~/ui/BlockerList";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { filled } from "~/ui/schema";
import { SchemaFields, useSchemaForm } from "~/ui/SchemaFields";
import { type Machine, offersQuery, sendAgreed, sendEvent, type Sending } from "./offers";

type Props = {
  offer: Offer;
  machine: Machine;
  id: string;
  application: string;
  version: number;
  names?: Record<string, string>;
  onClose: () => void;
  onDone?: (moved: Moved) => void;
};

const nothing: JsonSchema = { type: "object", properties: {} };

/** One event: what it needs of the person, or what stands in its way. */
export function EventForm({ offer, machine, id, application, version, names, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const client = useQueryClient();
  const schema = offer.payload_schema ?? nothing;
  const form = useSchemaForm(schema);
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const send = useSend<Sending, Moved>({
    send: (body, once) => {
      const key = once(body);
      const under = (seen: number) => sendEvent(machine, id, seen, body, key);
      if (machine === "applications") return under(version); // people change files: an amount, a party; who agreed to what they saw looks again
      return sendAgreed(offer, version, under, () => client.fetchQuery({ ...offersQuery(machine, id), staleTime: 0 }));
    },
    touches: ["applications", "submissions", "tasks", "operations"],
    onDone: (moved) => {
      notifications.show({ message: moved.outcome === "recorded" ? t("event.recorded") : t("event.done", { event: say(offer.title) }), color: "moss" });
      onDone?.(moved);
      onClose();
    },
  });

  if (!offer.enabled) {
    return (
      <Stack gap="md">
        <Alert color="ochre" icon={<IconLock aria-hidden />} title={t("event.refused")}>
          <BlockerList blockers={offer.blockers ?? []} application={application} submission={machine === "submissions" ? id : undefined} names={names} onNavigate={onClose} />
        </Alert>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Group>
      </Stack>
    );
  }
  const missing = offer.needs_reason && reason.trim() === "";
  const submit = form.handleSubmit((values) => {
    setAsked(true);
    if (missing) return;
    const payload = filled(values);
    send.mutate(
      { event: offer.event, ...(reason.trim() ? { reason: reason.trim() } : {}), ...(Object.keys(payload).length > 0 ? { payload } : {}) },
      { onError: () => void client.invalidateQueries(offersQuery(machine, id)) }, // what it was refused for may be new
    );
  });
  return (
    <form onSubmit={(e) => void submit(e)} noValidate>
      <Stack gap="md">
        {(offer.to_titles ?? []).length > 0 && (
          <Text size="sm" c="dimmed">
            {t("event.leads_to", { states: (offer.to_titles ?? []).map(say).join(", ") })}
          </Text>
        )}
        {offer.for && (
          <Text size="sm" fw={600}>
            {t("event.for", { name: offer.for.name })}
          </Text>
        )}
        <SchemaFields schema={schema} control={form.control} />
        {offer.needs_reason && (
          <Textarea
            label={t("event.reason")}
            description={t("event.reason_hint")}
            withAsterisk
            autosize
            minRows={2}
            maxLength={2000}
            value={reason}
            error={asked && missing ? t("form.required") : undefined}
            onChange={(e) => setReason(e.currentTarget.value)}
          />
        )}
        <ProblemAlert error={send.error} application={application} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={send.isPending} data-autofocus>
            {say(offer.title)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
