import { Badge, Box, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { consentColor, type Glance, glanceQuery, identityColor, reportColor } from "~/features/outside/outside";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";

/** How accounts, credit report and identity of each borrower stand; what can be done about it is on the person's page. */
export function OutsideSection() {
  const { t } = useTranslation();
  const { file } = useFile();
  const glance = useQuery(glanceQuery(file.id));
  return (
    <Section title={t("outside.title")} flush>
      <QueryView query={glance}>
        {(list) =>
          list.length === 0 ? (
            <Text size="sm" c="dimmed" p="md">
              {t("outside.glance.nobody")}
            </Text>
          ) : (
            <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
              {list.map((b) => (
                <Row key={b.subject_id} of={b} name={file.parties?.find((p) => p.subject_id === b.subject_id)?.display_name ?? ""} />
              ))}
            </Box>
          )
        }
      </QueryView>
    </Section>
  );
}

function Row({ of: b, name }: { of: Glance; name: string }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const line = (badge: ReactNode, rest?: ReactNode) => (
    <Group gap={6}>
      {badge}
      {rest && (
        <Text span size="sm" c="dimmed">
          {rest}
        </Text>
      )}
    </Group>
  );
  const none = (
    <Text span size="sm" c="dimmed">
      {t("outside.glance.none")}
    </Text>
  );
  return (
    <Box component="li" className="ruled" px="md" py="sm">
      <TextLink to="/subjects/$id" params={{ id: b.subject_id }} hash="outside" fw={600}>
        {name}
      </TextLink>
      <dl className={classes.pairs} style={{ marginTop: 6 }}>
        {can("bank_consents.read") && (
          <>
            <dt>{t("outside.accounts.title")}</dt>
            <dd>
              {b.consent
                ? line(
                    <Badge color={b.consent.withdrawn ? "brick" : (consentColor[b.consent.state] ?? "brick")}>{b.consent.withdrawn && !b.consent.ended ? t("outside.accounts.withdrawn") : say(b.consent.state_title)}</Badge>,
                    !b.consent.ended && !b.consent.withdrawn && (
                      <>
                        {t("outside.accounts.until")} <DateText at={b.consent.valid_until} />
                      </>
                    ),
                  )
                : none}
            </dd>
            <dt>{t("outside.glance.figures")}</dt>
            <dd>{b.cash_flow_at ? <DateText at={b.cash_flow_at} /> : none}</dd>
          </>
        )}
        {can("credit_reports.read") && (
          <>
            <dt>{t("outside.report.title")}</dt>
            <dd>{b.report ? line(<Badge color={reportColor[b.report.state]}>{t(`outside.report.state.${b.report.state}`)}</Badge>, <DateText at={b.report.at} />) : none}</dd>
          </>
        )}
        {can("verifications.read") && (
          <>
            <dt>{t("outside.identity.title")}</dt>
            <dd>{b.identity ? line(<Badge color={identityColor[b.identity.state]}>{t(`outside.identity.state.${b.identity.state}`)}</Badge>, `${b.identity.provider.toUpperCase()} · ${t(`outside.identity.level.${b.identity.level}`)}`) : none}</dd>
          </>
        )}
      </dl>
    </Box>
  );
}
