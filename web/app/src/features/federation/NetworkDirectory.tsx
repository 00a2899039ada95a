import { Divider, Stack, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import type { Agency } from "~/api/types";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { agencyQuery } from "~/features/settings/agency";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { OfferList } from "./OfferList";

/** What the network's directory may do to the agency's people, and what of it waits for the agency. */
export function NetworkDirectory() {
  const { t } = useTranslation();
  const { can } = useSession();
  const agency = useQuery(agencyQuery);
  return (
    <Section title={t("federation.network_directory")} id="directory" flush>
      <Stack gap="sm" p="md">
        <Text size="sm" c="dimmed">
          {t("federation.network_directory_hint")}
        </Text>
        <QueryView query={agency}>{(a) => <AtOnce agency={a} />}</QueryView>
        {can("audit.read") && (
          <TextLink to="/settings/audit" search={{ action: "member.changed_by_network" }} size="sm">
            {t("federation.network_directory_trail")}
          </TextLink>
        )}
      </Stack>
      {can("members.appoint") && (
        <>
          <Divider />
          <OfferList />
        </>
      )}
    </Section>
  );
}

/** Whether the directory's word is enough. */
function AtOnce({ agency }: { agency: Agency }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const client = useQueryClient();
  const accept = useSend({
    send: (accepted: boolean) => take(api.PUT("/api/v1/agency/directory", { params: { header: ifMatch(agency.version) }, body: { accepted } })),
    touches: [],
    onDone: (saved) => {
      client.setQueryData(agencyQuery.queryKey, saved);
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  return (
    <>
      <ProblemAlert error={accept.error} />
      <Switch
        label={t("federation.at_once")}
        description={t("federation.at_once_hint")}
        checked={accept.isPending ? accept.variables : agency.accepts_directory}
        disabled={!can("members.directory") || accept.isPending}
        onChange={(e) => accept.mutate(e.currentTarget.checked, { onError: (error) => error.stale && void client.invalidateQueries({ queryKey: agencyQuery.queryKey }) })}
      />
    </>
  );
}
