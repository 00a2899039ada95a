import { Code, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { wordOf } from "./actions";
import classes from "./audit.module.css";
import { type Entry, linkQuery, proofQuery, type TrailName } from "./audit";
import { Noun } from "./Noun";
import { useActor, useDetails } from "./words";

/** One entry with all that the chain covers of it. */
export function EntryDialog({ entry: e, trail, onClose }: { entry: Entry; trail: TrailName; onClose: () => void }) {
  const { t } = useTranslation();
  const actor = useActor();
  const details = useDetails()(e);
  const rows: [string, ReactNode][] = [
    [t("audit.when"), <DateText key="at" at={e.at} time />],
    [t("audit.who"), <Named key="who" name={actor(e.actor_id)} code={e.actor_id} />],
    [t("audit.what"), <Named key="what" name={t(`audit.action.${wordOf(e.action)}`, { defaultValue: e.action })} code={e.action} />],
    [t("audit.noun_of"), e.ref ? <Named key="ref" name={<Noun id={e.ref} />} code={e.ref} /> : "—"],
    ...(details.length > 0 ? ([[t("audit.details"), details.map((d) => <div key={d}>{d}</div>)]] as [string, ReactNode][]) : []),
    [t("audit.request"), <Hash key="request" of={e.request_id} />],
    [t("audit.hash"), <Hash key="hash" of={e.hash} />],
  ];
  return (
    <Modal opened onClose={onClose} size="lg" title={t("audit.entry", { number: e.seq })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        <dl className={classes.pairs}>
          {rows.map(([name, value]) => (
            <Pair key={name} name={name}>
              {value}
            </Pair>
          ))}
          {trail === "audit" && <Chained entry={e} />}
        </dl>
        <Text size="sm" c="dimmed">
          {t("audit.hash_hint")}
        </Text>
      </Stack>
    </Modal>
  );
}

/** The link to the entry before, and whether a signature covers both. */
function Chained({ entry: e }: { entry: Entry }) {
  const { t } = useTranslation();
  const link = useQuery(linkQuery(e.seq));
  const proof = useQuery(proofQuery);
  const sealed = proof.data?.checkpoint;
  return (
    <>
      <Pair name={t("audit.previous")}>{link.data ? <Hash of={link.data.previous} /> : link.isError ? "—" : t("common.loading")}</Pair>
      <Pair name={t("audit.signature")}>{sealed && sealed.seq >= e.seq ? t("audit.covered", { number: sealed.seq, id: sealed.key_id }) : t("audit.not_covered")}</Pair>
    </>
  );
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const Hash = ({ of }: { of: string }) => <Code style={{ overflowWrap: "anywhere" }}>{of || "—"}</Code>;

function Named({ name, code }: { name: ReactNode; code: string }) {
  return (
    <>
      {name} <Code style={{ overflowWrap: "anywhere" }}>{code}</Code>
    </>
  );
}
