import { Button, Divider } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { rememberProvider, startAt } from "./federation";

/** On a narrow screen the words take two lines. */
const wraps = { root: { height: "auto", minHeight: 42, paddingBlock: 6 }, label: { whiteSpace: "normal" } } as const;

/** The way in by an agency's own accounts, above the one by password. */
export function ProviderSignIn({ agency }: { agency: string }) {
  const { t } = useTranslation();
  useEffect(() => rememberProvider(agency), [agency]);
  return (
    <>
      <Button component="a" href={startAt(agency)} size="md" leftSection={<IconBuilding size={18} aria-hidden />} styles={wraps}>
        {t("federation.sign_in")}
      </Button>
      <Divider label={t("federation.or")} />
    </>
  );
}
