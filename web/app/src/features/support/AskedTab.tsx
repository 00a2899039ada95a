import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLifebuoy } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { useSession, useTakeUp } from "~/app/session";
import { agenciesQuery } from "~/features/network/network";
import { EmptyState } from "~/ui/EmptyState";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { AskDialog } from "./AskDialog";
import { GrantTable } from "./GrantTable";
import { isOpen, networkRequestsQuery } from "./support";

/** What the network's people asked to look at, what the agencies said, and the way in. */
export function AskedTab({ network }: { network: string }) {
  const { t } = useTranslation();
  const { me } = useSession();
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const grants = useQuery(networkRequestsQuery(network));
  const agencies = useQuery(agenciesQuery(network));
  const name = (id: string) => agencies.data?.find((a) => a.id === id)?.name ?? id;
  const open = useMutation({
    mutationFn: async (agency_id: string) => (await take(api.POST("/api/v1/auth/agency", { body: { agency_id } }))) as Me,
    onSuccess: async (next) => {
      takeUp(next);
      await navigate({ to: "/" });
    },
  });
  const ask = (
    <Button leftSection={<IconLifebuoy size={17} aria-hidden />} onClick={() => setAsking(true)}>
      {t("support.ask_for")}
    </Button>
  );
  return (
    <>
      <Text c="dimmed" mb="md" maw={760}>
        {t("support.network_hint")}
      </Text>
      <ProblemAlert error={open.error} />
      <Section title={t("support.asked")} count={grants.data?.length} actions={grants.data?.length !== 0 && ask} flush>
        <QueryView query={grants}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconLifebuoy} title={t("support.never_asked")} action={ask}>
                {t("support.never_asked_hint")}
              </EmptyState>
            ) : (
              <GrantTable
                grants={list}
                first={{
                  head: t("network.agency"),
                  cell: (g) => (
                    <>
                      {name(g.agency_id)}
                      {g.user_id !== me.user.id && (
                        <Text size="xs" c="dimmed" fw={400}>
                          {g.who}
                        </Text>
                      )}
                    </>
                  ),
                }}
              >
                {(g) =>
                  g.state === "approved" && g.user_id === me.user.id && isOpen(g) ? (
                    <Button size="compact-sm" loading={open.isPending && open.variables === g.agency_id} onClick={() => open.mutate(g.agency_id)} aria-label={t("support.open_of", { agency: name(g.agency_id) })}>
                      {t("support.open")}
                    </Button>
                  ) : null
                }
              </GrantTable>
            )
          }
        </QueryView>
      </Section>
      {asking && (
        <AskDialog
          network={network}
          onClose={() => setAsking(false)}
          onAsked={(agency) => {
            setAsking(false);
            notifications.show({ color: "moss", message: t("support.was_asked", { agency: name(agency) }) });
          }}
        />
      )}
    </>
  );
}
