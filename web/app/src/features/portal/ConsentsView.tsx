import { Badge, Blockquote, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/api/client";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { BankConsents } from "./BankConsents";
import { type Consents, consentsQuery, own, type Standing } from "./portal";
import classes from "./portal.module.css";
import { useAct, useOwn } from "./visit";

/** What the person has agreed to, purpose by purpose, and the way to change it. */
export function ConsentsView() {
  const { t } = useTranslation();
  const consents = useOwn(consentsQuery);
  return (
    <Stack gap="md">
      <Text>{t("portal.consent.hint")}</Text>
      <QueryView query={consents}>
        {(c) => (
          <>
            {c.purposes.map((p) => (
              <Purpose key={p.purpose} standing={p} />
            ))}
            <BankConsents />
            <Ledger consents={c} />
          </>
        )}
      </QueryView>
    </Stack>
  );
}

const colors = { none: "gray", given: "moss", withdrawn: "gray" } as const;
type Say = "given" | "withdrawn";

function Purpose({ standing: p }: { standing: Standing }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const [asking, setAsking] = useState<Say | null>(null);
  const change = useAct(
    (state: Say, once) => {
      const body = { purpose: p.purpose, state };
      return own(api.POST("/api/v1/portal/consents", { params: { header: once(body) }, body }));
    },
    () => setAsking(null),
  );
  const ask = (state: Say) => {
    change.reset();
    setAsking(state);
  };
  const newer = p.state === "given" && Math.max(1, p.version) > p.agreed_version;
  return (
    <Section title={say(p.title)}>
      <Stack gap="sm">
        <Blockquote color="petrol" p="sm" className={classes.words_of}>
          {say(p.text)}
        </Blockquote>
        <Group gap="xs">
          <Badge color={colors[p.state]}>{t(`portal.consent.state.${p.state}`)}</Badge>
          {p.since && (
            <Text size="sm">
              {t("portal.consent.since")} <DateText at={p.since} /> · {t("portal.consent.version", { number: p.agreed_version })}
            </Text>
          )}
        </Group>
        {newer && <Text size="sm">{t("portal.consent.newer", { number: p.version })}</Text>}
        <Group gap="xs">
          {p.state !== "given" && <Button onClick={() => ask("given")}>{t("portal.consent.give")}</Button>}
          {newer && <Button onClick={() => ask("given")}>{t("portal.consent.give_newer")}</Button>}
          {p.state === "given" && (
            <Button variant="default" onClick={() => ask("withdrawn")}>
              {t("portal.consent.withdraw")}
            </Button>
          )}
          {p.state === "none" && !p.opt_in && (
            <Button variant="default" onClick={() => ask("withdrawn")}>
              {t("portal.consent.refuse")}
            </Button>
          )}
        </Group>
      </Stack>
      <Confirm
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === "given" ? t("portal.consent.give_ask") : t("portal.consent.withdraw_ask")}
        action={asking === "given" ? t("portal.consent.give") : p.state === "none" ? t("portal.consent.refuse") : t("portal.consent.withdraw")}
        pending={change.isPending}
        error={change.error}
        onConfirm={() => asking && change.mutate(asking)}
      >
        <Stack gap="xs">
          {asking === "given" && <Text>{say(p.text)}</Text>}
          <Text c={asking === "given" ? "dimmed" : undefined}>{say(p.consequence)}</Text>
        </Stack>
      </Confirm>
    </Section>
  );
}

const few = 10;

function Ledger({ consents: c }: { consents: Consents }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const [most, setMost] = useState(few);
  const title = (purpose: string) => {
    const p = c.purposes.find((x) => x.purpose === purpose);
    return p ? say(p.title) : purpose;
  };
  return (
    <Section title={t("portal.consent.history")}>
      {c.ledger.length === 0 ? (
        <Text c="dimmed">{t("portal.consent.history_none")}</Text>
      ) : (
        <ol className={classes.past}>
          {c.ledger.slice(0, most).map((l) => (
            <li key={l.id}>
              <Text span size="sm" c="dimmed">
                <DateText at={l.at} time />
              </Text>
              <span>
                {title(l.purpose)}: {t(`portal.consent.state.${l.state}`).toLowerCase()}, {t(`portal.consent.channel.${l.channel}`)} ({t("portal.consent.version", { number: l.text_version })})
              </span>
            </li>
          ))}
        </ol>
      )}
      {c.ledger.length > most && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setMost(most + 50)}>
          {t("common.more")}
        </Button>
      )}
    </Section>
  );
}
