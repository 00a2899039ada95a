import { ActionIcon, Group } from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { Percent } from "~/ui/Money";
import { PercentInput } from "~/ui/MoneyInput";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import type { Party } from "../types";
import { useChange } from "../useChange";

/** A party's share of the liability, changed where it stands. */
export function Share({ party: p }: { party: Party }) {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const [share, setShare] = useState<number | null | undefined>(undefined); // undefined: not being changed
  const close = () => setShare(undefined);
  const change = useChange({
    send: (body: { share_bps: number }) =>
      take(api.PATCH("/api/v1/applications/{id}/parties/{partyId}", { params: { path: { id: file.id, partyId: p.id }, header: ifMatch(file.version) }, body })),
    touches: ["applications"],
    onDone: close,
  });
  if (share === undefined) {
    return (
      <Group gap={4} wrap="nowrap">
        <Percent bps={p.share_bps} />
        {editable && (
          <ActionIcon size="sm" variant="subtle" color="gray" onClick={() => setShare(p.share_bps)} aria-label={t("application.parties.change_share", { name: p.display_name })}>
            <IconPencil size={14} aria-hidden />
          </ActionIcon>
        )}
      </Group>
    );
  }
  const wrong = share === null || Number.isNaN(share) || share > 10_000;
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (!wrong) change.run({ share_bps: share });
      }}
      onKeyDown={(e) => e.key === "Escape" && close()}
    >
      <Group gap={4} wrap="nowrap">
        <PercentInput size="xs" w={84} autoFocus aria-label={t("application.parties.share")} value={share} onChange={setShare} error={wrong} />
        <ActionIcon type="submit" variant="light" loading={change.pending} aria-label={t("application.save")}>
          <IconCheck size={15} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" onClick={close} aria-label={t("common.cancel")}>
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </Group>
      <ProblemAlert error={change.error} />
    </form>
  );
}
