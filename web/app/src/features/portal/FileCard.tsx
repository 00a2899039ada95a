import { Badge, Box, Button, Group, Paper, Text, Title } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { useLanguage } from "~/ui/language";
import type { OwnFile } from "./portal";
import classes from "./portal.module.css";

/** One file: where it stands, who has it, what comes next, and what has happened. */
export function FileCard({ file: f }: { file: OwnFile }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const word = useEnumWord();
  const heading = useId();
  const color = f.outcome === "won" ? "moss" : f.outcome === "lost" ? "gray" : "petrol";
  return (
    <Paper component="section" bg="var(--paper)" p="md" aria-labelledby={heading}>
      <Group justify="space-between" gap="4px 12px">
        <Text size="sm" c="dimmed" id={heading}>
          {t("portal.file", { number: f.number })} · {word("party", f.role)}
        </Text>
        <Badge color={color}>{t(`portal.outcome.${f.outcome}`)}</Badge>
      </Group>
      <Title order={2} mt={2}>
        {say(f.stage)}
      </Title>
      {f.beside.map((b) => (
        <Badge key={b.en} color="ochre" mt={4}>
          {say(b)}
        </Badge>
      ))}
      <dl className={classes.pairs}>
        <Pair name={t("portal.since")}>
          <DateText at={f.since} />
        </Pair>
        {f.with && <Pair name={t("portal.with")}>{say(f.with)}</Pair>}
        {f.next && <Pair name={t("portal.next")}>{say(f.next)}</Pair>}
      </dl>
      <Past file={f} />
    </Paper>
  );
}

function Pair({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** What has happened, the newest first; where it stands now is said above. */
function Past({ file: f }: { file: OwnFile }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const [shown, setShown] = useState(false);
  const list = useId();
  if (f.reached.length === 0) return null;
  return (
    <Box mt="sm">
      <Button variant="subtle" size="compact-sm" px={0} aria-expanded={shown} aria-controls={list} onClick={() => setShown(!shown)}>
        {shown ? t("portal.past_hide") : t("portal.past_show")}
      </Button>
      <ol id={list} hidden={!shown} className={classes.past}>
        {f.reached.map((r) => (
          <li key={r.at}>
            <Text span size="sm" c="dimmed">
              <DateText at={r.at} />
            </Text>
            <span>{say(r.stage)}</span>
          </li>
        ))}
      </ol>
    </Box>
  );
}
