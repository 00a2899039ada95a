import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Connection, Connector } from "~/api/types";
import { partyOf } from "~/features/connections/parties";
import { DateText } from "~/ui/DateText";

type Props = { connection: Connection; connector?: Connector };

/** What is not well on the way to the other side, until when, and what there is to do; nothing when all is well. */
export function ConnectionCondition({ connection: { condition: c }, connector }: Props) {
  const { t } = useTranslation();
  if (!c) return null;
  return (
    <>
      {c.host === "revoked" ? <Text size="sm">{t("connections.revoked_hint")}</Text> : c.host !== "healthy" && <Text size="sm">{t(`connections.host.${c.host}`)}</Text>}
      {c.breaker !== "closed" && (
        <Text size="sm">
          {t(`connections.breaker_why.${c.why}`, { who: t(`operations.party.${partyOf(connector)}`), defaultValue: "" })}{" "}
          {c.breaker === "open" && c.retry_at ? (
            <>
              {t("connections.breaker.retry_at")} <DateText at={c.retry_at} time />.
            </>
          ) : (
            t("connections.breaker.retry_now")
          )}{" "}
          {t("connections.breaker.nothing_to_do")}
        </Text>
      )}
    </>
  );
}
