import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyField } from "~/ui/CopyField";
import { DateText } from "~/ui/DateText";

type Props = { url: string | null; until: string; mailed: boolean; stands?: string };

/** The link that a person goes through: whether they have it, how far they are, until when it opens; itself only for those who may ask for one. */
export function PersonsLink({ url, until, mailed, stands }: Props) {
  const { t } = useTranslation();
  const opens = (
    <>
      {t("outside.opens_until")} <DateText at={until} time />.
    </>
  );
  if (url) {
    return (
      <CopyField
        label={t("outside.link")}
        description={
          <>
            {stands} {t(mailed ? "outside.mailed" : "outside.not_mailed")} {opens}
          </>
        }
        value={url}
      />
    );
  }
  return (
    <Text size="xs" c="dimmed">
      {t("outside.link")}. {stands} {opens}
    </Text>
  );
}
