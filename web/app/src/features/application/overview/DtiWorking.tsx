import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Money, Percent } from "~/ui/Money";
import type { Ratios } from "../types";
import overview from "./overview.module.css";
import { Working } from "./Working";

/** Instalment to income: everybody's income and debts, and whose count. */
export function DtiWorking({ dti }: { dti: Ratios["dti"] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Working
      title={t("application.dti")}
      result={<Percent bps={dti.result_bps} />}
      missing={dti.missing}
      formula={
        <>
          {say(dti.formula)}
          {dti.result_bps !== null && (
            <div>
              (<Money cents={dti.instalment_cents} /> + <Money cents={dti.liabilities_cents} />) / <Money cents={dti.income_cents} /> = <Percent bps={dti.result_bps} fw={600} />
            </div>
          )}
        </>
      }
    >
      <Table.ScrollContainer minWidth={420}>
        <table className={overview.working}>
          <thead>
            <tr>
              <th scope="col">{t("application.ratios.person")}</th>
              <th scope="col">{t("application.ratios.income")}</th>
              <th scope="col">{t("application.ratios.debts")}</th>
            </tr>
          </thead>
          <tbody>
            {(dti.parties ?? []).map((p) => (
              <tr key={p.subject_id} className={p.counts ? undefined : overview.aside}>
                <th scope="row">
                  <TextLink to="/subjects/$id" params={{ id: p.subject_id }}>
                    {p.display_name}
                  </TextLink>
                  {!p.counts && ` · ${t("application.ratios.not_counted")}`}
                </th>
                <td>
                  <Money cents={p.net_monthly_cents} />
                </td>
                <td>
                  <Money cents={p.liabilities_cents} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("application.ratios.total")}</th>
              <td>
                <Money cents={dti.income_cents} />
              </td>
              <td>
                <Money cents={dti.liabilities_cents} />
              </td>
            </tr>
          </tfoot>
        </table>
      </Table.ScrollContainer>
    </Working>
  );
}
