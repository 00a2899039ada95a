import { Button, Group, Modal, SegmentedControl, Select, SimpleGrid, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { components } from "~/api/schema";
import { SubjectPicker } from "~/features/subjects/SubjectPicker";
import { useOptions } from "~/ui/enums";
import { PercentInput } from "~/ui/MoneyInput";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import { useChange } from "../useChange";
import { NewSubjectForm } from "./NewSubjectForm";

type Props = { opened: boolean; onClose: () => void };
type Body = components["schemas"]["PartyBodyBody"];
type Role = Body["role_type"];

/** Gives somebody a role: somebody the agency knows already, or a new person or company. */
export function AddPartyDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("application.parties.add")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      <AddParty onClose={onClose} />
    </Modal>
  );
}

function AddParty({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { file } = useFile();
  const roles = useOptions("party");
  const hasApplicant = (file.parties ?? []).some((p) => p.role_type === "applicant");
  const [role, setRole] = useState<Role>(hasApplicant ? "co_applicant" : "applicant");
  const [share, setShare] = useState<number | null>(10_000);
  const [how, setHow] = useState<"existing" | "new">("existing");
  const [chosen, setChosen] = useState<string | null>(null);
  const add = useChange({
    send: (body: Body, once) => take(api.POST("/api/v1/applications/{id}/parties", { params: { path: { id: file.id }, header: { ...once(body) } }, body })),
    onDone: onClose,
  });
  const wrongShare = share === null || Number.isNaN(share) || share > 10_000;
  const takeIn = (subject: string) => !wrongShare && add.run({ subject_id: subject, role_type: role, share_bps: share });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select label={t("application.parties.role")} data={roles} allowDeselect={false} value={role} onChange={(v) => v && setRole(v)} />
        <PercentInput
          label={t("application.parties.share")}
          value={share}
          onChange={setShare}
          error={wrongShare ? t("form.at_most", { value: 100 }) : undefined}
        />
      </SimpleGrid>
      <SegmentedControl
        value={how}
        onChange={(v) => setHow(v as typeof how)}
        data={[
          { value: "existing", label: t("application.parties.existing") },
          { value: "new", label: t("application.parties.new") },
        ]}
        aria-label={t("application.parties.who")}
      />
      {how === "existing" ? (
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            if (chosen) takeIn(chosen);
          }}
        >
          <Stack gap="md">
            <SubjectPicker label={t("application.parties.search")} data-autofocus value={chosen} onChange={setChosen} />
            <ProblemAlert error={add.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("common.cancel")}
              </Button>
              <Button type="submit" loading={add.pending} disabled={!chosen}>
                {t("application.parties.add")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <NewSubjectForm
          pending={add.pending}
          error={add.error}
          onCancel={onClose}
          onMade={takeIn}
        />
      )}
    </Stack>
  );
}
