import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { meKey } from "~/api/keys";
import { listen } from "~/api/live";
import { SearchBox } from "~/features/search/SearchBox";
import { SupportBanner } from "~/features/support/SupportBanner";
import { speak } from "~/i18n";
import { useSession } from "./session";
import { Navigation } from "./Navigation";
import { Wordmark } from "./Wordmark";
import { UserMenu } from "./UserMenu";
import classes from "./Shell.module.css";

/** What stands around every page: navigation, search, and the one connection that keeps the screen current. */
export function Shell() {
  const { t } = useTranslation();
  const { me } = useSession();
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (s) => s.location.pathname });
  useLive(me.agency?.id);
  useOwnLanguage(me.user.locale);
  useOtherPages(me.permissions?.includes("compliance.report") ?? false);
  const main = useFocusOnArrival(path, close);

  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }} padding={0} layout="alt">
      <a className="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap" hiddenFrom="sm">
            <Burger opened={opened} onClick={toggle} size="sm" aria-label={t("shell.menu")} aria-expanded={opened} />
          </Group>
          {me.agency ? <SearchBox /> : <span />}
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t("shell.navigation")}>
        <Group justify="space-between" px="md" h={52} wrap="nowrap">
          <Wordmark />
          <Burger opened onClick={close} size="sm" color="#fff" hiddenFrom="sm" aria-label={t("shell.close_menu")} />
        </Group>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main} className={classes.main}>
        <div className={classes.page}>
          <SupportBanner />
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/** One stream while an agency is chosen; another agency is another stream. */
function useLive(agency: string | undefined) {
  const client = useQueryClient();
  const router = useRouter();
  useEffect(() => {
    if (!agency) return;
    return listen(client, () => {
      void client.invalidateQueries({ queryKey: meKey });
      void router.invalidate();
    });
  }, [agency, client, router]);
}

/** The other pages' code comes once this page stands: going there then costs no wait, and works while the server is away. */
function useOtherPages(secret: boolean) {
  const router = useRouter();
  useEffect(() => {
    const later = setTimeout(() => {
      for (const route of Object.values(router.routesById)) if (secret || !route.id.startsWith("/inside/compliance")) void router.loadRouteChunk(route);
    }, 3_000);
    return () => clearTimeout(later);
  }, [router, secret]);
}

/** The screen speaks the language the person chose, whoever used this browser before. */
function useOwnLanguage(locale: string) {
  useEffect(() => {
    if (locale === "it" || locale === "en") void speak(locale);
  }, [locale]);
}

/** A new page begins at its beginning, for the keyboard too. */
function useFocusOnArrival(path: string, onArrive: () => void) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    onArrive();
    main.current?.focus({ preventScroll: true });
  }, [path, onArrive]);
  return main;
}
