import { Paper, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./portal.module.css";
import { useVisit } from "./visit";

/** Who the agency says the person is, in short. Numbers show their end: enough to tell whether they are the right ones. */
export function MeView() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const rows: [string, ReactNode][] = [
    [t("portal.me.name"), me.display_name],
    [t("portal.me.tax_code"), <Masked key="tax" number={me.tax_code} />],
    [t("portal.me.email"), me.email],
    [t("portal.me.phone"), <Masked key="phone" number={me.phone} />],
    [t("portal.me.iban"), <Masked key="iban" number={me.iban} />],
    [t("portal.me.city"), me.address],
  ];
  return (
    <Stack gap="md">
      <Text>{t("portal.me.hint")}</Text>
      <Paper bg="var(--paper)" p="md">
        <dl className={classes.pairs} style={{ marginTop: 0 }}>
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value || t("portal.me.nothing")}</dd>
            </div>
          ))}
        </dl>
      </Paper>
      <Text size="sm" c="dimmed">
        {t("portal.me.wrong", { agency: me.agency })}
      </Text>
    </Stack>
  );
}

function Masked({ number }: { number: string }) {
  const { t } = useTranslation();
  if (!number) return <>{t("portal.me.nothing")}</>;
  return (
    <>
      <span aria-hidden>{number}</span>
      <VisuallyHidden>{t("portal.me.ends", { end: number.replace(/•/g, "") })}</VisuallyHidden>
    </>
  );
}
