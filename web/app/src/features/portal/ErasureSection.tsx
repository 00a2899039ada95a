import { Alert, Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useAskFor } from "./CopySection";
import { erasureQuery, type OwnDatum, type OwnErasure } from "./portal";
import classes from "./portal.module.css";
import { useOwn, useVisit } from "./visit";

/** What an erasure would do, said before it is asked for. */
export function ErasureSection() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const plan = useOwn(erasureQuery);
  const [asking, setAsking] = useState(false);
  const ask = useAskFor("erasure", () => setAsking(false));
  const open = me.requests.some((r) => r.kind === "erasure" && r.state === "open");
  return (
    <Section title={t("portal.erasure.title")}>
      <Stack gap="sm">
        <Text>{t("portal.erasure.hint")}</Text>
        <QueryView query={plan}>{(p) => <Plan plan={p} />}</QueryView>
        {open ? (
          <Text fw={600}>{t("portal.erasure.waits", { agency: me.agency })}</Text>
        ) : (
          <div>
            <Button variant="default" disabled={!plan.data} onClick={() => setAsking(true)}>
              {t("portal.erasure.ask")}
            </Button>
          </div>
        )}
      </Stack>
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("portal.erasure.ask")} action={t("portal.rights.send")} danger pending={ask.isPending} error={ask.error} onConfirm={() => ask.mutate()}>
        <Stack gap="xs">
          <Text>{t("portal.erasure.before", { agency: me.agency })}</Text>
          {plan.data && plan.data.open.length > 0 && <Text>{t("portal.erasure.open", { files: plan.data.open.join(", ") })}</Text>}
        </Stack>
      </Confirm>
    </Section>
  );
}

function Plan({ plan: p }: { plan: OwnErasure }) {
  const { t } = useTranslation();
  const kept = p.data.filter((d) => !d.goes);
  const gone = p.data.filter((d) => d.goes);
  return (
    <>
      {p.open.length > 0 && (
        <Alert color="ochre" icon={<IconInfoCircle aria-hidden />}>
          {t("portal.erasure.open", { files: p.open.join(", ") })}
        </Alert>
      )}
      <Data title={t(p.open.length > 0 ? "portal.erasure.goes_later" : "portal.erasure.goes")} data={gone} none={t("portal.erasure.goes_none")} />
      <Data title={t("portal.erasure.kept")} data={kept} none={t("portal.erasure.kept_none")} />
    </>
  );
}

function Data({ title, data, none }: { title: string; data: OwnDatum[]; none: string }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Box>
      <Text fw={600} component="h3" m={0}>
        {title}
      </Text>
      {data.length === 0 ? (
        <Text c="dimmed">{none}</Text>
      ) : (
        <ul className={classes.plan}>
          {data.map((d) => (
            <li key={d.title.en}>
              <Group justify="space-between" gap="0 12px">
                <span>{say(d.title)}</span>
                {!d.goes && (
                  <Text span size="sm">
                    {d.until ? (
                      <>
                        {t("portal.erasure.until")} <DateText at={d.until} />
                      </>
                    ) : (
                      say(d.kept)
                    )}
                  </Text>
                )}
              </Group>
              {!d.goes && (
                <Text size="sm" c="dimmed">
                  {say(d.for)} · {say(d.basis)}
                </Text>
              )}
            </li>
          ))}
        </ul>
      )}
    </Box>
  );
}
