import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Lender } from "~/api/types";
import { today } from "~/ui/format";
import { useFile } from "../FileContext";
import page from "../file.module.css";
import type { Submission } from "../types";
import { LenderChoice } from "./LenderChoice";
import { fitting, ranked } from "./lenders";
import { SendResults } from "./SendResults";
import { useSendToLenders } from "./useSendToLenders";

type Props = { lenders: Lender[]; sent: Submission[]; onClose: () => void };

/** The lenders with what they allow; those that are ticked get the file, or a draft of it. */
export function SendForm({ lenders, sent, onClose }: Props) {
  const { t } = useTranslation();
  const { file } = useFile();
  // A lender's product; "" is a lender without one.
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const [before] = useState(sent); // what is made now must not grey itself out
  const [counter, setCounter] = useState(false);
  const sending = useSendToLenders(file.id);
  const picked = lenders.filter((l) => l.id in chosen);
  if (sending.results.length > 0) return <SendResults results={sending.results} pending={sending.pending} onClose={onClose} />;
  const go = (submit: boolean) => sending.start(picked.map((lender) => ({ lender, product: chosen[lender.id] ?? "", counter })), submit);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        go(true);
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("application.send.hint")}
        </Text>
        <ul className={page.list}>
          {ranked(lenders, file, today()).map((l) => (
            <LenderChoice
              key={l.id}
              lender={l}
              sent={before}
              product={chosen[l.id]}
              onChange={(product) =>
                setChosen((all) => {
                  const { [l.id]: _, ...rest } = all;
                  return product === undefined ? rest : { ...rest, [l.id]: product };
                })
              }
              products={fitting(l, file)}
            />
          ))}
        </ul>
        <Checkbox
          checked={counter}
          onChange={(e) => setCounter(e.currentTarget.checked)}
          label={t("application.counter.welcome")}
          description={t("application.counter.welcome_hint")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="default" disabled={picked.length === 0} onClick={() => go(false)}>
            {t("application.send.draft")}
          </Button>
          <Button type="submit" disabled={picked.length === 0}>
            {picked.length === 0 ? t("application.send.submit") : t("application.send.send", { count: picked.length })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
