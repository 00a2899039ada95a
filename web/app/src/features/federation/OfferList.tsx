import { Badge, Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUserCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { DirectoryOffer } from "~/api/types";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { useRoleTitles } from "~/features/settings/RoleSelect";
import { Confirm } from "~/ui/Confirm";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { mostOffers, offersQuery } from "./offers";

const verbs = ["accept", "decline"] as const;
type Asked = { offer: DirectoryOffer; verb: (typeof verbs)[number] };

/** What the directory would give people of the agency, or people who would be of it: each one accepted or declined. */
export function OfferList() {
  const { t } = useTranslation();
  const offers = useQuery(offersQuery);
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <>
      <Title order={3} px="md" pt="md" pb="xs">
        {t("federation.offers")}
        {!!offers.data?.length && (
          <Box component="span" c="dimmed" fz="sm" ff="text" fw={500} ml={8}>
            {offers.data.length}
          </Box>
        )}
      </Title>
      <QueryView query={offers}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconUserCheck} title={t("federation.offers_none")}>
              {t("federation.offers_none_hint")}
            </EmptyState>
          ) : (
            <>
              <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
                {list.map((o) => (
                  <Row key={o.id} offer={o} onAsk={(verb) => setAsked({ offer: o, verb })} />
                ))}
              </ul>
              {list.length >= mostOffers && (
                <Text size="sm" c="dimmed" px="md" pb="md">
                  {t("federation.offers_most", { most: mostOffers })}
                </Text>
              )}
            </>
          )
        }
      </QueryView>
      {asked && <Decision offer={offers.data?.find((o) => o.id === asked.offer.id) ?? asked.offer} verb={asked.verb} onClose={() => setAsked(null)} />}
    </>
  );
}

function Row({ offer: o, onAsk }: { offer: DirectoryOffer; onAsk: (verb: Asked["verb"]) => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const titles = useRoleTitles();
  return (
    <Group component="li" className="ruled" justify="space-between" px="md" py="sm" gap="xs">
      <Stack gap={4} flex="1 1 260px" miw={0}>
        <Text fw={600}>{o.name}</Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {o.email}
        </Text>
        <Roles offer={o} />
        <Text size="sm" c="dimmed">
          {o.has?.length ? t("federation.offer_has", { roles: titles(o.has).join(", ") }) : t("federation.offer_new")} · {t("federation.offered")} <Ago at={o.offered_at} />
        </Text>
      </Stack>
      {can("members.write") && (
        <Group gap={6}>
          {verbs.map((verb) => (
            <Button key={verb} size="compact-sm" variant={verb === "accept" ? "filled" : "default"} aria-label={t(`federation.verb_of.${verb}`, { name: o.name })} onClick={() => onAsk(verb)}>
              {t(`federation.verb.${verb}`)}
            </Button>
          ))}
        </Group>
      )}
    </Group>
  );
}

function Roles({ offer }: { offer: DirectoryOffer }) {
  const titles = useRoleTitles();
  return (
    <Group gap={4}>
      {titles(offer.roles).map((title) => (
        <Badge key={title}>{title}</Badge>
      ))}
    </Group>
  );
}

/** Asks once more with what it means, by the offer as it is now, which the directory may have changed; a refusal stays in sight also when the offer is no longer there. */
function Decision({ offer, verb, onClose }: Asked & { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const decide = useSend<void, unknown>({
    send: (_, once) => {
      const body = { roles: offer.roles ?? [] };
      const how = { params: { path: { id: offer.id }, header: once(offer.id + body.roles.join()) } };
      return verb === "accept" ? take(api.POST("/api/v1/members/{id}/accept", { ...how, body })) : take(api.POST("/api/v1/members/{id}/decline", how));
    },
    touches: ["members"],
    onDone: () => {
      notifications.show({ color: "moss", message: t(`federation.decided.${verb}`, { name: offer.name }) });
      onClose();
    },
  });
  const reload = () => void client.invalidateQueries({ queryKey: keys.list("members") });
  return (
    <Confirm opened onClose={onClose} title={t(`federation.verb_of.${verb}`, { name: offer.name })} action={t(`federation.verb.${verb}`)} pending={decide.isPending} error={decide.error} onConfirm={() => decide.mutate(undefined, { onError: reload })}>
      <Stack gap="sm">
        <Roles offer={offer} />
        <Text>{verb === "decline" ? t("federation.decline_means") : offer.has?.length ? t("federation.accept_means_more") : t("federation.accept_means")}</Text>
      </Stack>
    </Confirm>
  );
}
