import { Alert, Button, Group, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { meKey } from "~/api/keys";
import type { Me } from "~/api/types";
import { useSession, useTakeUp } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { looking, type Notice, ownNotice } from "./support";
import classes from "./support.module.css";
import { useDecide } from "./useDecide";

/** On every page while it lasts: to the agency, who of the network may look on; to whoever looks on, where they are. */
export function SupportBanner() {
  const { me } = useSession();
  useEnd(me);
  if (looking(me)) return <Looking me={me} />;
  return (me.support ?? []).map((n) => <Watched key={n.id} notice={n} />);
}

function Watched({ notice: n }: { notice: Notice }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const decide = useDecide(() => setAsking(false));
  return (
    <Banner
      title={t("support.watched", { name: n.who })}
      notice={n}
      action={
        can("support.approve") && (
          <Button size="compact-md" color="brick" onClick={() => setAsking(true)}>
            {t("support.end_now")}
          </Button>
        )
      }
    >
      <Confirm opened={asking} danger onClose={() => setAsking(false)} title={t("support.verb_of.revoke", { name: n.who })} action={t("support.end_now")} pending={decide.isPending} error={decide.error} onConfirm={() => decide.mutate({ id: n.id, verb: "revoke" })}>
        {t("support.ask.revoke")}
      </Confirm>
    </Banner>
  );
}

function Looking({ me }: { me: Me }) {
  const { t } = useTranslation();
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const home = me.agencies?.[0];
  const leave = useMutation({
    mutationFn: async () => {
      const left = (await take(api.DELETE("/api/v1/auth/agency"))) as Me;
      return home ? ((await take(api.POST("/api/v1/auth/agency", { body: { agency_id: home.id } }))) as Me) : left; // one's own agency is a place to go back to
    },
    onSuccess: async (next) => {
      await navigate({ to: "/network", search: { tab: "support" } });
      takeUp(next);
    },
  });
  return (
    <Banner
      title={t("support.looking", { agency: me.agency?.name })}
      notice={ownNotice(me)}
      action={
        <Button size="compact-md" variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
          {t("support.leave")}
        </Button>
      }
    />
  );
}

type BannerProps = { title: string; notice: Notice | null; action: ReactNode; children?: ReactNode };

function Banner({ title, notice: n, action, children }: BannerProps) {
  const { t } = useTranslation();
  return (
    <Alert component="section" role="region" color="ochre" icon={<IconEye aria-hidden />} className={classes.banner} title={title}>
      <Group justify="space-between" gap="8px 16px">
        {n && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }} flex="1 1 260px" lineClamp={3} title={n.reason}>
            {t("support.until")} <DateText at={n.until} time />. {t("support.because")} «{n.reason}»
          </Text>
        )}
        {action}
      </Group>
      {children}
    </Alert>
  );
}

/** When a time is over, who is signed in is asked again; whoever was let in and no longer is goes back to the network. */
function useEnd(me: Me) {
  const client = useQueryClient();
  const router = useRouter();
  const inside = looking(me);
  const was = useRef(inside);
  const next = (me.support ?? []).map((n) => new Date(n.until).getTime()).sort((a, b) => a - b)[0];
  useEffect(() => {
    if (next === undefined) return;
    const over = setTimeout(() => void client.invalidateQueries({ queryKey: meKey }), Math.max(1_000, next - Date.now() + 500));
    return () => clearTimeout(over);
  }, [next, client]);
  useEffect(() => {
    if (was.current && !inside) void router.invalidate();
    was.current = inside;
  }, [inside, router]);
}
