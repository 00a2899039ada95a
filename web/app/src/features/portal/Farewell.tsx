import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Outside } from "./Outside";
import type { Over } from "./visit";

/** No visit is open: it was never opened here, its time is over, or the person has left. */
export function Farewell({ why, agency }: { why: Over | "none"; agency?: string }) {
  const { t } = useTranslation();
  return (
    <Outside title={t(`portal.over.${why}`)}>
      <Text>{t(`portal.over_hint.${why}`)}</Text>
      <Text>{t("portal.over_again", { agency: agency ?? t("portal.the_agency") })}</Text>
    </Outside>
  );
}
