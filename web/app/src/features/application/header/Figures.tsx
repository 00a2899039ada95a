import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { Money, Percent } from "~/ui/Money";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { ratiosQuery } from "../queries";
import { useTerm } from "../words";

/** What is asked for, in figures. */
export function Figures() {
  const { t } = useTranslation();
  const { file } = useFile();
  const word = useEnumWord();
  const term = useTerm();
  const ratios = useQuery(ratiosQuery(file.id));
  return (
    <dl className={classes.figures}>
      <Figure name={t("application.amount")}>
        <Money cents={file.amount_cents} whole />
      </Figure>
      <Figure name={t("application.term")}>{term(file.term_months)}</Figure>
      <Figure name={`${t("application.rate")} · ${word("rate", file.rate_kind)}`}>
        <Percent bps={file.nominal_rate_bps} />
      </Figure>
      <Figure name={t("application.instalment")}>
        <Money cents={ratios.data?.instalment.instalment_cents} />
      </Figure>
      <Figure name={t("application.ltv")}>
        <Percent bps={file.ltv_bps} />
      </Figure>
      <Figure name={t("application.dti")}>
        <Percent bps={file.dti_bps} />
      </Figure>
      <Figure name={t("application.planned")}>
        <DateText at={file.planned_submission} />
      </Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.figure}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
