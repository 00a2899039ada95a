import { Alert, Group, Text } from "@mantine/core";
import { IconUserCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { TextLink } from "~/ui/links";
import { mostOffers, offersQuery } from "./offers";

/** Above the agency's people: how many offers of the network's directory wait, and where. */
export function OffersWaiting() {
  const { t } = useTranslation();
  const { can } = useSession();
  const offers = useQuery({ ...offersQuery, enabled: can("members.appoint") });
  const count = offers.data?.length ?? 0;
  if (count === 0) return null;
  return (
    <Alert icon={<IconUserCheck size={18} aria-hidden />} color="petrol" mb="md">
      <Group justify="space-between" gap="xs">
        <Text size="sm">{t("federation.waiting", { count, number: count < mostOffers ? count : `${mostOffers}+` })}</Text>
        <TextLink to="/settings/sign-in" hash="directory" size="sm">
          {t("federation.waiting_see")}
        </TextLink>
      </Group>
    </Alert>
  );
}
