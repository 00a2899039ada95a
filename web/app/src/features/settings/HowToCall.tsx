import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "~/api/types";
import { CopyField } from "~/ui/CopyField";
import { callsOf } from "./calls";

/** What a program sends with a key, or to have a token for a client; the secret itself stands in none of it. */
export function HowToCall({ apiKey }: { apiKey: Pick<ApiKey, "id" | "client"> }) {
  const { t } = useTranslation();
  const { token, call } = callsOf(location.origin, apiKey);
  return (
    <Stack gap="sm">
      {apiKey.client && <CopyField label={t("federation.client_id")} value={apiKey.id} />}
      {token && <CopyField label={t("federation.call_token")} description={t("federation.call_token_hint")} value={token} />}
      <CopyField label={t("federation.call")} value={call} />
      <Text size="sm" c="dimmed">
        {t(apiKey.client ? "federation.call_client_hint" : "federation.call_key_hint")}
      </Text>
    </Stack>
  );
}
