import { Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { AsideBadges } from "~/ui/AsideBadges";
import { Age, DateText } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { daysSince } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { StateBadge } from "~/ui/StateBadge";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { FileEvents } from "./FileEvents";
import { Figures } from "./Figures";

/** What the file is, where it stands since when, what is asked, and what can happen now. */
export function FileHeader() {
  const { t } = useTranslation();
  const { file } = useFile();
  const word = useEnumWord();
  return (
    <>
      <PageHeader
        over={`${file.number} · ${word("purpose", file.purpose)} · ${word("product", file.product_kind)}`}
        title={file.title || t("application.untitled")}
        hint={
          <Group gap={8} mt={4}>
            <StateBadge title={file.state_title} outcome={file.outcome} blocked={file.blocked !== null} size="lg" />
            <AsideBadges titles={file.aside} size="lg" />
            {file.outcome && <Text size="sm">{t(`application.outcome.${file.outcome}`)}</Text>}
            <Text size="sm" span className={file.outcome ? classes.after : undefined}>
              {t(file.outcome ? "application.ended" : daysSince(file.state_since) === 0 ? "application.in_state_today" : "application.in_state")}{" "}
              {file.outcome ? <DateText at={file.state_since} /> : daysSince(file.state_since) > 0 && <Age since={file.state_since} />}
            </Text>
            {file.deadline && !file.outcome && (
              <Badge color={new Date(file.deadline).getTime() < Date.now() ? "brick" : "ochre"}>
                {t("application.deadline")} <DateText at={file.deadline} time />
              </Badge>
            )}
            {(file.breaches ?? []).length > 0 && <Badge color="brick">{t("application.breach.badge")}</Badge>}
            <Text size="sm" span className={classes.after}>
              {t("application.kept_by", { name: file.owner.name })}
            </Text>
          </Group>
        }
        actions={<FileEvents />}
      />
      <Figures />
    </>
  );
}
