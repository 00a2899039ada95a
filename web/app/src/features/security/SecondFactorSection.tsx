import { Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys, meKey } from "~/api/keys";
import type { Agency } from "~/api/types";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";

/** Whether an agency asks its people for a second factor. It holds at once, also for who is signed in. */
export function SecondFactorSection({ agency }: { agency: Agency }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const client = useQueryClient();
  const [wanted, setWanted] = useState<{ version: number; required: boolean } | null>(null); // until the server has a newer version
  const require = useSend({
    send: (required: boolean) => take(api.PUT("/api/v1/agency/second-factor", { params: { header: ifMatch(agency.version) }, body: { required } })),
    touches: ["agency"],
    onDone: (saved) => {
      client.setQueryData(keys.list("agency"), saved);
      void client.invalidateQueries({ queryKey: meKey });
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  return (
    <Section title={t("security.agency")}>
      <ProblemAlert error={require.error} />
      <Switch
        label={t("security.require")}
        description={t("security.require_hint")}
        checked={wanted?.version === agency.version ? wanted.required : agency.require_second_factor}
        disabled={!can("agency.protect") || require.isPending}
        onChange={(e) => {
          const required = e.currentTarget.checked;
          setWanted({ version: agency.version, required });
          require.mutate(required, { onError: () => setWanted(null) });
        }}
      />
    </Section>
  );
}
