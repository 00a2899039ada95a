import { Alert, Button, Group, List, Menu, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDots, IconPlayerPause, IconPlayerPlay, IconSend } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { SecretOnce } from "~/ui/SecretOnce";
import { Deliveries } from "./Deliveries";
import { EndpointDialog } from "./EndpointDialog";
import { EndpointState } from "./EndpointState";
import { type Endpoint, endpointQuery, endpointsQuery, type NewEndpoint, wordOf } from "./webhooks";

/** One address: how it stands, what it was sent, and what can be done about it. */
export function EndpointPage() {
  const { id } = useParams({ from: "/inside/settings/webhooks/$id" });
  const endpoint = useQuery(endpointQuery(id));
  return <QueryView query={endpoint}>{(e) => <EndpointView endpoint={e} />}</QueryView>;
}

type Asking = "edit" | "rotate" | "delete" | null;

function EndpointView({ endpoint: e }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking>(null);
  const [secret, setSecret] = useState<NewEndpoint | null>(null);
  const path = { id: e.id };
  const close = () => setAsking(null);
  const turn = useSend<"active" | "paused", Endpoint>({
    send: (status) => take(api.PATCH("/api/v1/webhooks/{id}", { params: { path, header: ifMatch(e.version) }, body: { status } })),
    touches: ["webhooks"],
  });
  const test = useSend<void, unknown>({ send: (_, once) => take(api.POST("/api/v1/webhooks/{id}/test", { params: { path, header: once(null) } })), touches: ["webhooks"] });
  const rotate = useSend<void, NewEndpoint>({
    send: (_, once) => take(api.POST("/api/v1/webhooks/{id}/rotate-secret", { params: { path, header: once(null) } })),
    touches: ["webhooks"],
    onDone: (out) => {
      close();
      setSecret(out);
    },
  });
  const remove = useSend<void, unknown>({
    send: () => take(api.DELETE("/api/v1/webhooks/{id}", { params: { path, header: ifMatch(e.version) } })),
    touches: [],
    onDone: async () => {
      await navigate({ to: "/settings/webhooks" });
      client.removeQueries({ queryKey: keys.one("webhooks", e.id) }); // not asked for once more: it is gone
      void client.invalidateQueries({ queryKey: endpointsQuery.queryKey });
    },
  });
  const active = e.status === "active";
  const name = e.description || e.address;
  return (
    <>
      <PageHeader
        title={name}
        over={<TextLink to="/settings/webhooks">{t("webhooks.title")}</TextLink>}
        hint={
          <Group gap={8}>
            <EndpointState endpoint={e} />
            {e.description && <span style={{ overflowWrap: "anywhere" }}>{e.address}</span>}
          </Group>
        }
        actions={
          <>
            {can("webhooks.replay") && active && (
              <Button variant="default" leftSection={<IconSend size={16} aria-hidden />} loading={test.isPending} onClick={() => test.mutate()}>
                {t("webhooks.test")}
              </Button>
            )}
            {can("webhooks.write") && (
              <>
                <Button
                  variant={active ? "default" : "filled"}
                  leftSection={active ? <IconPlayerPause size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />}
                  loading={turn.isPending}
                  onClick={() => turn.mutate(active ? "paused" : "active")}
                >
                  {t(active ? "webhooks.pause" : "webhooks.resume")}
                </Button>
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="default" px={10} aria-label={t("webhooks.more_of", { name })}>
                      <IconDots size={18} aria-hidden />
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => setAsking("edit")}>{t("common.edit")}</Menu.Item>
                    <Menu.Item onClick={() => setAsking("rotate")}>{t("webhooks.rotate")}</Menu.Item>
                    <Menu.Item color="brick" onClick={() => setAsking("delete")}>
                      {t("webhooks.delete")}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </>
            )}
          </>
        }
      />
      <Stack gap="md">
        <ProblemAlert error={turn.error ?? test.error} />
        <Trouble endpoint={e} />
        {e.previous_until && Date.parse(e.previous_until) > Date.now() && (
          <Text size="sm">
            {t("webhooks.both_secrets")} <DateText at={e.previous_until} time />
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {(e.types ?? []).map((type) => t(`webhooks.type.${wordOf(type)}`)).join(" · ")}
        </Text>
        <Deliveries endpoint={e} />
      </Stack>
      {asking === "edit" && <EndpointDialog endpoint={e} onClose={close} />}
      <Confirm opened={asking === "rotate"} onClose={close} title={t("webhooks.rotate_ask")} action={t("webhooks.rotate")} pending={rotate.isPending} error={rotate.error} onConfirm={() => rotate.mutate()}>
        <List size="sm">
          <List.Item>{t("webhooks.rotate_now")}</List.Item>
          <List.Item>{t("webhooks.rotate_overlap")}</List.Item>
        </List>
      </Confirm>
      <Confirm opened={asking === "delete"} danger onClose={close} title={t("webhooks.delete_ask", { name })} action={t("webhooks.delete")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()}>
        <Text>{t("webhooks.delete_hint", { count: e.waiting })}</Text>
      </Confirm>
      {secret && (
        <SecretOnce title={name} secret={secret.secret} onClose={() => setSecret(null)}>
          <Text size="sm">{t("webhooks.secret_hint")}</Text>
        </SecretOnce>
      )}
    </>
  );
}

/** Why nothing arrives, and what to do. */
function Trouble({ endpoint: e }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  const trouble = e.status === "disabled" ? (e.reason === "gone" ? "gone" : "failing") : e.status === "paused" ? "paused" : e.failing_since ? "trying" : null;
  if (!trouble) return null;
  return (
    <Alert color={trouble === "paused" ? "gray" : e.status === "disabled" ? "brick" : "ochre"} icon={<IconAlertTriangle aria-hidden />} title={t(`webhooks.trouble.${trouble}`)}>
      {t(`webhooks.remedy.${trouble}`)}
      {trouble === "trying" && (
        <>
          {" "}
          {t("webhooks.since")} <DateText at={e.failing_since} time />.
        </>
      )}
    </Alert>
  );
}
