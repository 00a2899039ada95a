import { Alert, Button, Checkbox, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconHandStop } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { useSession } from "~/app/session";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Plan } from "./Plan";
import { type Erasure, erasureQuery, erasureReasons } from "./privacy";
import { Part } from "./PrivacyCard";

/** Erasure begins with what would become of the data: nobody confirms what they have not read. */
export function ErasurePart({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <Part
      title={t("privacy.erasure.title")}
      actions={
        <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
          {t(can("privacy.erase") ? "privacy.erasure.begin" : "privacy.erasure.preview")}
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        {t("privacy.erasure.hint")}
      </Text>
      {open && <EraseDialog subject={subject} onClose={() => setOpen(false)} />}
    </Part>
  );
}

function EraseDialog({ subject, onClose }: { subject: Subject; onClose: () => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const erasure = useQuery(erasureQuery(subject.id));
  return (
    <Modal opened onClose={onClose} size="lg" title={t("privacy.erasure.of", { name: subject.display_name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <QueryView query={erasure}>
        {(e) => (
          <Stack gap="md">
            {(e.in_flight?.length ?? 0) > 0 && <InFlight erasure={e} />}
            <Plan erasure={e} />
            {can("privacy.erase") && (e.in_flight?.length ?? 0) === 0 && <EraseForm id={subject.id} onClose={onClose} />}
          </Stack>
        )}
      </QueryView>
    </Modal>
  );
}

function InFlight({ erasure: e }: { erasure: Erasure }) {
  const { t } = useTranslation();
  return (
    <Alert color="brick" icon={<IconHandStop aria-hidden />} title={t("privacy.erasure.in_flight")}>
      <Text size="sm" mb={4}>
        {t("privacy.erasure.in_flight_hint")}
      </Text>
      <Group gap="sm">
        {e.in_flight!.map((f) => (
          <TextLink key={f.id} to="/applications/$id" params={{ id: f.id }} fw={600}>
            {f.number}
          </TextLink>
        ))}
      </Group>
    </Alert>
  );
}

function EraseForm({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [reason, setReason] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const erase = useSend<(typeof erasureReasons)[number], Erasure>({
    send: (chosen, once) => {
      const body = { reason: chosen };
      return take(api.POST("/api/v1/subjects/{id}/erasure", { params: { path: { id }, header: once(body) }, body }));
    },
    touches: [],
    // The person's page ends here; what became of them has a page of its own, with the certificate. Only then is anything read again.
    onDone: async (done) => {
      client.setQueryData(erasureQuery(id).queryKey, done);
      await navigate({ to: "/settings/privacy/$id", params: { id } });
      for (const topic of ["subjects", "applications", "agency"]) void client.invalidateQueries({ queryKey: [topic] });
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (reason && sure) erase.mutate(reason as (typeof erasureReasons)[number]);
      }}
    >
      <Stack gap="sm">
        <ProblemAlert error={erase.error} />
        <Select label={t("privacy.erasure.reason")} withAsterisk allowDeselect={false} data={erasureReasons.map((value) => ({ value, label: t(`privacy.reason.${value}`) }))} value={reason} onChange={setReason} error={tried && !reason ? t("form.required") : undefined} />
        <Checkbox label={t("privacy.erasure.sure")} checked={sure} onChange={(e) => setSure(e.currentTarget.checked)} error={tried && !sure ? t("form.required") : undefined} />
        <Text size="sm" c="dimmed">
          <IconAlertTriangle size={15} aria-hidden style={{ verticalAlign: "-2px" }} /> {t("privacy.erasure.final")}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" color="brick" loading={erase.isPending}>
            {t("privacy.erasure.do")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
