import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopySection } from "./CopySection";
import { ErasureSection } from "./ErasureSection";
import { RequestList } from "./RequestList";
import { useVisit } from "./visit";

/** What the person may ask for, and how far it is. */
export function RightsView() {
  const { t } = useTranslation();
  const { me } = useVisit();
  return (
    <Stack gap="md">
      <Text>{t("portal.rights.hint", { agency: me.agency })}</Text>
      <RequestList requests={me.requests} />
      <CopySection />
      <ErasureSection />
      <Text size="sm" c="dimmed">
        {t("portal.rights.more", { agency: me.agency })}
      </Text>
    </Stack>
  );
}
