import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Operation } from "~/api/types";
import { partyOfMethod } from "~/features/connections/parties";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";

/** Why an operation stands where it does, in words a person can act on. */
export function OperationWords({ operation: o }: { operation: Operation }) {
  return (
    <>
      <Why operation={o} />
      <UntilWhen operation={o} />
    </>
  );
}

function Why({ operation: o }: { operation: Operation }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const who = t(`operations.party.${partyOfMethod(o.method)}`);
  if (o.dead_reason) return <Text size="sm">{t(`operations.given_up.${o.dead_reason}`, { who, defaultValue: t("operations.failure.other") })}</Text>;
  if (o.user_message) return <Text size="sm">{say(o.user_message)}</Text>;
  if (!o.error) return null;
  return (
    <Text size="sm">
      {t(`operations.failure.${o.error.kind}`, { who, defaultValue: t("operations.failure.other") })} {o.error.side_effect === "unknown" && t("operations.unknown_effect")}
    </Text>
  );
}

function UntilWhen({ operation: o }: { operation: Operation }) {
  const { t } = useTranslation();
  if (o.state !== "queued" && o.state !== "reconciling") return null;
  return (
    <Text size="sm" c="dimmed">
      {new Date(o.next_attempt_at).getTime() > Date.now() ? (
        <>
          {t("operations.next")} <DateText at={o.next_attempt_at} time />
        </>
      ) : (
        t("operations.in_turn")
      )}
    </Text>
  );
}
