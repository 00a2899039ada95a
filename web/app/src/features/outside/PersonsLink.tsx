import { useTranslation } from "react-i18next";
import { CopyField } from "~/ui/CopyField";
import { DateText } from "~/ui/DateText";

type Props = { url: string; until: string; mailed: boolean; stands?: string };

/** The link that a person goes through: whether they have it, how far they are, until when it opens. */
export function PersonsLink({ url, until, mailed, stands }: Props) {
  const { t } = useTranslation();
  return (
    <CopyField
      label={t("outside.link")}
      description={
        <>
          {stands} {t(mailed ? "outside.mailed" : "outside.not_mailed")} {t("outside.opens_until")} <DateText at={until} time />.
        </>
      }
      value={url}
    />
  );
}
