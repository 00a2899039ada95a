import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import type { Collateral } from "../types";
import { useChange } from "../useChange";

export const lienRanks = ["1", "2", "3"];

/** The rank of the lien on a mortgaged property, changed where it stands. */
export function LienRank({ link: p }: { link: Collateral }) {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const change = useChange({
    send: (body: { lien_rank: number | null }) =>
      take(api.PATCH("/api/v1/applications/{id}/properties/{linkId}", { params: { path: { id: file.id, linkId: p.id }, header: ifMatch(file.version) }, body })),
    touches: ["applications"],
  });
  if (!editable || p.purpose !== "mortgaged") return <>{p.lien_rank ? t("application.properties.lien_rank", { rank: p.lien_rank }) : "—"}</>;
  const ranks = p.lien_rank && !lienRanks.includes(String(p.lien_rank)) ? [...lienRanks, String(p.lien_rank)] : lienRanks;
  return (
    <>
      <Select
        size="xs"
        maw={140}
        clearable
        placeholder="—"
        disabled={change.pending}
        aria-label={`${t("application.properties.lien")}, ${p.address_line}`}
        data={ranks.map((value) => ({ value, label: t("application.properties.lien_rank", { rank: value }) }))}
        value={p.lien_rank ? String(p.lien_rank) : null}
        onChange={(v) => change.run({ lien_rank: v ? Number(v) : null })}
      />
      <ProblemAlert error={change.error} />
    </>
  );
}
