import { Anchor, Badge, Button, Group, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import type { IdentityProvider } from "~/api/types";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { CopyField } from "~/ui/CopyField";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { loginLink, providerQuery, startAt } from "./federation";
import { NetworkDirectory } from "./NetworkDirectory";
import { ProviderForm } from "./ProviderForm";

/** How the agency's people sign in by the agency's own accounts, and what the network's directory may do to them. */
export function ProviderPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const provider = useQuery({ ...providerQuery, enabled: can("identity.read") });
  const { hash } = useLocation();
  useEffect(() => {
    if (hash) document.getElementById(hash)?.scrollIntoView();
  }, [hash, provider.isSuccess]); // what comes late pushes the section down
  return (
    <>
      <PageHeader title={t("federation.title")} hint={t("federation.hint")} />
      <Stack maw={760}>
        {can("identity.read") && (
          <QueryView query={provider}>
            {(p) => (
              <>
                <Addresses provider={p} />
                <ProviderForm provider={p} editable={can("identity.write")} />
                {p.configured && can("identity.write") && <Removal provider={p} />}
              </>
            )}
          </QueryView>
        )}
        <NetworkDirectory />
      </Stack>
    </>
  );
}

/** What to take to the provider, and to the agency's people. */
function Addresses({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const { me } = useSession();
  const agency = me.agency?.id ?? "";
  const state = provider.exclusive ? "only" : provider.configured ? "on" : "off";
  return (
    <Section title={t("federation.addresses")} actions={<Badge color={{ only: "petrol", on: "moss", off: "gray" }[state]}>{t(`federation.state.${state}`)}</Badge>}>
      <Stack gap="sm">
        <CopyField label={t("federation.callback")} description={t("federation.callback_hint")} value={provider.callback_url} />
        {provider.configured && (
          <>
            <CopyField label={t("federation.link")} description={t("federation.link_hint")} value={loginLink(location.origin, agency)} />
            <Text size="sm" c="dimmed">
              <Anchor href={startAt(agency)} inherit underline="always">
                {t("federation.try")}
              </Anchor>
              {": "}
              {t("federation.try_hint")}
            </Text>
          </>
        )}
      </Stack>
    </Section>
  );
}

function Removal({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useSend<void, unknown>({
    send: () => take(api.DELETE("/api/v1/agency/identity-provider", { params: { header: ifMatch(provider.version) } })),
    touches: [],
    onDone: () => {
      void client.invalidateQueries({ queryKey: providerQuery.queryKey });
      notifications.show({ color: "moss", message: t("federation.removed") });
      setAsking(false);
    },
  });
  return (
    <Section title={t("federation.remove")}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" flex="1 1 260px">
          {t("federation.remove_hint")}
        </Text>
        <Button variant="subtle" color="brick" onClick={() => setAsking(true)}>
          {t("federation.remove")}
        </Button>
      </Group>
      <Confirm opened={asking} danger onClose={() => setAsking(false)} title={t("federation.remove_ask")} action={t("federation.remove")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()}>
        <List size="sm" spacing={4}>
          {(["sessions", "people", "secret"] as const).map((what) => (
            <List.Item key={what}>{t(`federation.remove_means.${what}`)}</List.Item>
          ))}
        </List>
      </Confirm>
    </Section>
  );
}
