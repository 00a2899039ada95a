import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { templatesQuery } from "~/features/workflow/templates";
import { DateText } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { useLanguage } from "~/ui/language";
import { Money, Percent } from "~/ui/Money";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { useHush } from "../landing";
import { useTerm } from "../words";
import { AskedDialog } from "./AskedDialog";

/** What the file asks for. Its form stands in the address: blockers lead to it. */
export function AskedSection() {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const word = useEnumWord();
  const term = useTerm();
  const { edit } = useSearch({ from: "/inside/applications/$id" });
  const { say } = useLanguage();
  const { can } = useSession();
  const templates = useQuery({ ...templatesQuery, enabled: can("workflows.read") });
  const template = templates.data?.find((w) => w.key === file.workflow.key);
  const navigate = useNavigate({ from: "/applications/$id" });
  const hush = useHush();
  const show = (opened: boolean) => {
    hush();
    void navigate({ to: ".", search: opened ? { tab: "overview", edit: "application" } : {}, resetScroll: false });
  };
  return (
    <Section
      title={t("application.asked.title")}
      actions={
        editable && (
          <Button size="compact-sm" variant="subtle" leftSection={<IconPencil size={15} aria-hidden />} onClick={() => show(true)}>
            {t("application.edit")}
          </Button>
        )
      }
    >
      <dl className={classes.pairs}>
        <dt>{t("application.purpose")}</dt>
        <dd>{word("purpose", file.purpose)}</dd>
        <dt>{t("application.product")}</dt>
        <dd>{word("product", file.product_kind)}</dd>
        <dt>{t("application.amount")}</dt>
        <dd>
          <Money cents={file.amount_cents} />
        </dd>
        <dt>{t("application.term")}</dt>
        <dd>{term(file.term_months)}</dd>
        <dt>{t("application.rate")}</dt>
        <dd>
          <Percent bps={file.nominal_rate_bps} /> · {word("rate", file.rate_kind)}
        </dd>
        <dt>{t("application.planned")}</dt>
        <dd>
          <DateText at={file.planned_submission} />
        </dd>
        <dt>{t("application.owner")}</dt>
        <dd>{file.owner.name}</dd>
        <dt>{t("application.opened")}</dt>
        <dd>
          <DateText at={file.created_at} />
        </dd>
        <dt>{t("application.template")}</dt>
        <dd>
          {template ? say(template.title) : file.workflow.key} {t("application.template_version", { version: file.workflow.version })}
        </dd>
      </dl>
      <AskedDialog opened={edit === "application" && editable} onClose={() => show(false)} />
    </Section>
  );
}
