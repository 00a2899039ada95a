import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Member } from "~/api/types";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { providerQuery } from "./federation";

/** What a member's account at the agency's provider is to the agency, and how another one takes its place. */
export function ProviderAccount({ member }: { member: Member }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const provider = useQuery({ ...providerQuery, enabled: can("identity.read") });
  const forget = useSend<void, unknown>({
    send: () => take(api.DELETE("/api/v1/members/{id}/account", { params: { path: { id: member.id } } })),
    touches: ["members"],
    onDone: () => notifications.show({ color: "moss", message: t("federation.forgotten", { name: member.name }) }),
  });
  if (!provider.data?.configured) return null;
  return (
    <Stack gap="xs">
      <ProblemAlert error={forget.error} />
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed" flex="1 1 220px">
          {member.by_provider ? t("federation.by_provider_hint") : t("federation.account_hint")}
        </Text>
        <Button variant="default" size="compact-sm" loading={forget.isPending} onClick={() => forget.mutate()}>
          {t("federation.forget")}
        </Button>
      </Group>
    </Stack>
  );
}
