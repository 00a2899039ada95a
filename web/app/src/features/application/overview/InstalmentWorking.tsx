import { useTranslation } from "react-i18next";
import { percent } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { Money, Percent } from "~/ui/Money";
import type { Ratios } from "../types";
import overview from "./overview.module.css";
import { Working } from "./Working";

/** The constant instalment of a loan, with the formula and what goes into it. */
export function InstalmentWorking({ of }: { of: Ratios["instalment"] }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const monthly = percent(of.nominal_rate_bps / 12, language, { most: 6 });
  return (
    <Working
      title={t("application.instalment")}
      result={<Money cents={of.instalment_cents} />}
      formula={
        <>
          {of.nominal_rate_bps === 0 ? t("application.ratios.no_interest") : t("application.ratios.annuity")}
          <div>
            C = <Money cents={of.amount_cents} />, i = {monthly}, n = {of.term_months}
          </div>
        </>
      }
    >
      <table className={overview.working}>
        <tbody>
          <tr>
            <th scope="row">{t("application.amount")} (C)</th>
            <td>
              <Money cents={of.amount_cents} />
            </td>
          </tr>
          <tr>
            <th scope="row">{t("application.rate")}</th>
            <td>
              <Percent bps={of.nominal_rate_bps} />
            </td>
          </tr>
          <tr>
            <th scope="row">{t("application.ratios.monthly_rate")} (i)</th>
            <td>{monthly}</td>
          </tr>
          <tr>
            <th scope="row">{t("application.ratios.payments")} (n)</th>
            <td>{of.term_months}</td>
          </tr>
        </tbody>
      </table>
    </Working>
  );
}
