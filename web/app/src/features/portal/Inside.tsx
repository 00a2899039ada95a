import { Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowLeft, IconLogout } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { type ComponentType, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/api/client";
import { LanguageLinks } from "~/features/auth/LanguageLinks";
import { TextLink } from "~/ui/links";
import { AccessView } from "./AccessView";
import { ConsentsView } from "./ConsentsView";
import { Home } from "./Home";
import { MeView } from "./MeView";
import { own } from "./portal";
import classes from "./portal.module.css";
import { RightsView } from "./RightsView";
import type { PortalView } from "./views";
import { useAct, useIdle, useVisit } from "./visit";

const views: Record<PortalView | "home", ComponentType> = { home: Home, me: MeView, consents: ConsentsView, access: AccessView, rights: RightsView };

/** The visit: the agency's name and the way out above, one view below. */
export function Inside({ onStay }: { onStay: () => void }) {
  const { t } = useTranslation();
  const { me, end } = useVisit();
  const { view } = useSearch({ from: "/portal" });
  const leave = useAct<void, unknown>(
    () => own(api.POST("/api/v1/portal/logout")),
    () => end("left"),
  );
  const warned = useIdle();
  const title = t(`portal.view.${view ?? "home"}`);
  useDocumentTitle(`${title} · ${me.agency}`);
  const heading = useFocusOn(view);
  const View = views[view ?? "home"];
  return (
    <>
      <header className={classes.header}>
        <Group className={classes.bar} justify="space-between" gap="xs" wrap="nowrap">
          <Text ff="heading" fw={600} fz="lg" lh={1.2}>
            {me.agency}
          </Text>
          <Button variant="subtle" size="compact-md" leftSection={<IconLogout size={17} aria-hidden />} loading={leave.isPending} onClick={() => leave.mutate()} style={{ flexShrink: 0 }}>
            {t("portal.leave")}
          </Button>
        </Group>
      </header>
      <main className={classes.main}>
        {view && (
          <TextLink to="/portal" className={classes.back}>
            <IconArrowLeft size={17} aria-hidden /> {t("portal.view.home")}
          </TextLink>
        )}
        <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
          {title}
        </Title>
        <View />
        <Group justify="center" mt="xl">
          <LanguageLinks />
        </Group>
      </main>
      <Modal opened={warned} onClose={onStay} title={t("portal.idle")} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Stack gap="md">
          <Text>{t("portal.idle_hint")}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => leave.mutate()}>
              {t("portal.leave")}
            </Button>
            <Button onClick={onStay} data-autofocus>
              {t("portal.stay")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

/** Another view begins at its beginning, for the keyboard too. */
function useFocusOn(view: PortalView | undefined) {
  const heading = useRef<HTMLHeadingElement>(null);
  const last = useRef(view);
  useEffect(() => {
    if (last.current === view) return;
    last.current = view;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [view]);
  return heading;
}
