import { Badge, Group, Switch, Text } from "@mantine/core";
import { IconEqual } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Change } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { changesQuery } from "../templates";
import classes from "./changes.module.css";

const color: Record<string, string> = { tightens: "petrol", weakens: "ochre", neutral: "gray" };

/** What one text does differently from another, in the words of the trade; words alone can be left out. */
export function ChangeList({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const changes = useQuery(changesQuery(before, after));
  const [words, setWords] = useState(false);
  return (
    <QueryView query={changes}>
      {(list) => {
        if (list.length === 0) {
          return (
            <EmptyState compact icon={IconEqual} title={t("changes.none")}>
              {t("changes.none_hint")}
            </EmptyState>
          );
        }
        const onlyWords = list.filter((c) => c.only_text).length;
        const shown = words ? list : list.filter((c) => !c.only_text);
        return (
          <>
            <Group justify="space-between" px="md" py={8} gap="4px 16px">
              <Text size="sm" role="status">
                {t("changes.count", { count: list.length })}
              </Text>
              {onlyWords > 0 && <Switch size="sm" label={t("changes.with_words", { count: onlyWords })} checked={words} onChange={(e) => setWords(e.currentTarget.checked)} />}
            </Group>
            <ul className={classes.list} tabIndex={0} aria-label={t("changes.title")}>
              {shown.map((c, i) => (
                <Item key={`${c.at}-${c.what}-${i}`} change={c} />
              ))}
            </ul>
          </>
        );
      }}
    </QueryView>
  );
}

function Item({ change: c }: { change: Change }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <li className={classes.change} data-change={c.change}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {say(c.text)}
      </Text>
      {c.weight !== "neutral" && <Badge color={color[c.weight] ?? "gray"}>{t(`changes.weight.${c.weight}`, { defaultValue: c.weight })}</Badge>}
    </li>
  );
}
