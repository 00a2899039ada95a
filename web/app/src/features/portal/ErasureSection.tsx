import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useAskFor } from "./CopySection";
import { erasureQuery, type OwnDatum, type OwnErasure } from "./portal";
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
          plan.data && ( // not before it was said what it does
            <div>
              <Button variant="default" onClick={() => setAsking(true)}>
                {t("portal.erasure.ask")}
              </Button>
            </div>
          )
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
  const { say } = useLanguage();
  const kept = together(p.data.filter((d) => !d.goes));
  const gone = p.data.filter((d) => d.goes);
  return (
    <>
      {p.open.length > 0 && (
        <Alert color="ochre" icon={<IconInfoCircle aria-hidden />}>
          {t("portal.erasure.open", { files: p.open.join(", ") })}
        </Alert>
      )}
      <Part title={t(p.open.length > 0 ? "portal.erasure.goes_later" : "portal.erasure.goes")}>
        <Text c={gone.length === 0 ? "dimmed" : undefined}>{gone.length === 0 ? t("portal.erasure.nothing") : gone.map((d) => say(d.title)).join(", ")}</Text>
      </Part>
      <Part title={t("portal.erasure.kept")}>
        {kept.length === 0 && <Text c="dimmed">{t("portal.erasure.nothing")}</Text>}
        {kept.map((data) => (
          <Kept key={data[0]!.title.en} data={data} />
        ))}
      </Part>
    </>
  );
}

/** Data that are kept for the same reason until the same day. */
function together(data: OwnDatum[]): OwnDatum[][] {
  const groups = new Map<string, OwnDatum[]>();
  for (const d of data) {
    const key = `${d.for.en} ${d.until ?? d.kept.en}`;
    groups.set(key, [...(groups.get(key) ?? []), d]);
  }
  return [...groups.values()];
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap={6}>
      <Title order={3}>{title}</Title>
      {children}
    </Stack>
  );
}

function Kept({ data }: { data: OwnDatum[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const first = data[0]!;
  return (
    <div>
      <Text>{data.map((d) => say(d.title)).join(", ")}</Text>
      <Text size="sm">
        {first.until ? (
          <>
            {t("portal.erasure.until")} <DateText at={first.until} />
          </>
        ) : (
          say(first.kept)
        )}
      </Text>
      <Text size="sm" c="dimmed">
        {say(first.for)} · {say(first.basis)}
      </Text>
    </div>
  );
}
