import { Text, type TextProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { money, percent } from "./format";
import { useLanguage } from "./language";

type MoneyProps = TextProps & { cents: number | null | undefined; whole?: boolean };

/** An amount in cents; a dash when it is not known. */
export function Money({ cents, whole, ...rest }: MoneyProps) {
  const { language } = useLanguage();
  return <Figure value={cents == null ? null : money(cents, language, { whole })} {...rest} />;
}

type PercentProps = TextProps & { bps: number | null | undefined; fixed?: boolean };

/** Basis points as a percentage; a dash when they are not known. */
export function Percent({ bps, fixed, ...rest }: PercentProps) {
  const { language } = useLanguage();
  return <Figure value={bps == null ? null : percent(bps, language, { fixed })} {...rest} />;
}

function Figure({ value, ...rest }: TextProps & { value: string | null }) {
  const { t } = useTranslation();
  return (
    <Text span inherit style={{ whiteSpace: "nowrap" }} {...rest}>
      {value ?? <span aria-label={t("common.unknown")}>—</span>}
    </Text>
  );
}
