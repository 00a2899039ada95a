import { Button, Stack, Text } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { meQuery } from "~/app/session";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { startAt } from "./federation";

/** In the place of somebody's own account: a session by their agency's provider does not reach it. */
export function BoundAccount() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("security.title")} />
      <EmptyState icon={IconBuilding} title={t("federation.bound")}>
        {t("federation.bound_hint")}
      </EmptyState>
    </>
  );
}

/** The proof of whoever came by their agency's provider: to come by it once more. */
export function BoundProof() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  return (
    <Stack gap="md" align="flex-start">
      <Text>{t("federation.bound_proof")}</Text>
      {me?.agency && (
        <Button component="a" href={startAt(me.agency.id)} leftSection={<IconBuilding size={18} aria-hidden />} data-autofocus>
          {t("federation.sign_in_again")}
        </Button>
      )}
    </Stack>
  );
}
