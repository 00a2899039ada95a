import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Money, Percent } from "~/ui/Money";
import type { Ratios } from "../types";
import overview from "./overview.module.css";
import { Working } from "./Working";

/** Loan to value: for each property the lower of price and appraisal. */
export function LtvWorking({ ltv }: { ltv: Ratios["ltv"] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Working
      title={t("application.ltv")}
      result={<Percent bps={ltv.result_bps} />}
      missing={ltv.missing}
      formula={
        <>
          {say(ltv.formula)}
          {ltv.result_bps !== null && (
            <div>
              <Money cents={ltv.amount_cents} /> / <Money cents={ltv.value_cents} /> = <Percent bps={ltv.result_bps} fw={600} />
            </div>
          )}
        </>
      }
    >
      {(ltv.basis ?? []).map((b) => (
        <table key={b.property_id} className={overview.working}>
          <caption style={{ textAlign: "left", captionSide: "top", paddingBottom: 2 }}>
            <VisuallyHidden>{t("application.ratios.value_of")} </VisuallyHidden>
            <TextLink to="/properties/$id" params={{ id: b.property_id }} size="sm">
              {b.address_line}
            </TextLink>
          </caption>
          <tbody>
            <tr>
              <th scope="row">{t("application.price")}</th>
              <td>
                <Money cents={b.price_cents} />
              </td>
            </tr>
            <tr>
              <th scope="row">{t("application.appraisal")}</th>
              <td>
                <Money cents={b.appraisal_cents} />
              </td>
            </tr>
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("application.ratios.counts")}</th>
              <td>
                <Money cents={b.used_cents} />
              </td>
            </tr>
          </tfoot>
        </table>
      ))}
    </Working>
  );
}
