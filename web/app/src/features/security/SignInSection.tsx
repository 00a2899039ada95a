import { Badge, Button, Table } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attempt } from "~/api/types";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { signInsQuery } from "./security";

const few = 8;

/** What was tried with a person's account. */
export function SignInSection() {
  const { t } = useTranslation();
  const attempts = useQuery(signInsQuery);
  const [all, setAll] = useState(false);
  return (
    <Section title={t("security.sign_ins")} flush>
      <QueryView query={attempts}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconHistory} title={t("security.sign_ins_none")} />
          ) : (
            <>
              <Lines attempts={all ? list : list.slice(0, few)} />
              {!all && list.length > few && (
                <Button variant="subtle" size="compact-sm" m="xs" onClick={() => setAll(true)}>
                  {t("common.more")}
                </Button>
              )}
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

function Lines({ attempts }: { attempts: Attempt[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={640} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("security.when")}</Table.Th>
            <Table.Th>{t("security.what")}</Table.Th>
            <Table.Th>{t("security.outcome")}</Table.Th>
            <Table.Th>{t("security.device")}</Table.Th>
            <Table.Th>{t("security.network")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {attempts.map((a, i) => (
            <Table.Tr key={`${a.at} ${i}`}>
              <Table.Td>
                <DateText at={a.at} time />
              </Table.Td>
              <Table.Td>
                {t(`security.step.${a.step}`)} · {t(`security.method_short.${a.method}`, { defaultValue: a.method })}
              </Table.Td>
              <Table.Td>
                <Badge color={a.outcome === "done" ? "moss" : "brick"}>{t(`security.outcomes.${a.outcome}`)}</Badge>
              </Table.Td>
              <Table.Td>{a.device || t("security.device_unknown")}</Table.Td>
              <Table.Td>{a.network || "—"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
