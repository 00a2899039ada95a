import { Button, Group, Text } from "@mantine/core";
import { IconLifebuoy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { GrantTable } from "./GrantTable";
import { type Grant, isOpen, requestsQuery } from "./support";
import { useDecide, type Verb } from "./useDecide";

/** Who of the network has asked to look into the agency, and what it decides. */
export function SupportPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const requests = useQuery(requestsQuery);
  const [asked, setAsked] = useState<{ grant: Grant; verb: Verb } | null>(null);
  const decide = useDecide(() => setAsked(null));
  const ask = (grant: Grant, verb: Verb) => {
    decide.reset();
    setAsked({ grant, verb });
  };
  return (
    <>
      <PageHeader title={t("support.title")} hint={t("support.hint")} />
      <Section title={t("support.requests")} count={requests.data?.length} flush>
        <QueryView query={requests}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconLifebuoy} title={t("support.none")}>
                {t("support.none_hint")}
              </EmptyState>
            ) : (
              <GrantTable grants={list} first={{ head: t("support.who"), cell: (g) => g.who }}>
                {(g) =>
                  can("support.approve") && isOpen(g) ? (
                    <Group gap={6} justify="flex-end" wrap="nowrap">
                      {verbs[g.state]?.map((verb) => (
                        <Button key={verb} size="compact-sm" variant={verb === "approve" ? "filled" : "default"} onClick={() => ask(g, verb)} aria-label={t(`support.verb_of.${verb}`, { name: g.who })}>
                          {t(`support.verb.${verb}`)}
                        </Button>
                      ))}
                    </Group>
                  ) : null
                }
              </GrantTable>
            )
          }
        </QueryView>
      </Section>
      {asked && (
        <Confirm
          opened
          danger={asked.verb === "revoke"}
          onClose={() => setAsked(null)}
          title={t(`support.verb_of.${asked.verb}`, { name: asked.grant.who })}
          action={t(`support.verb.${asked.verb}`)}
          pending={decide.isPending}
          error={decide.error}
          onConfirm={() => decide.mutate({ id: asked.grant.id, verb: asked.verb })}
        >
          <Text>{t(`support.ask.${asked.verb}`, { count: asked.grant.hours })}</Text>
          <Text mt="xs" size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            «{asked.grant.reason}»
          </Text>
        </Confirm>
      )}
    </>
  );
}

const verbs: Partial<Record<Grant["state"], Verb[]>> = { requested: ["approve", "decline"], approved: ["revoke"] };
