import { Box, ScrollArea } from "@mantine/core";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import classes from "./SettingsLayout.module.css";

const entries = [
  { to: "/settings/members", label: "settings.members", action: "members.read" },
  { to: "/settings/roles", label: "settings.roles", action: "agency.read" },
  { to: "/settings/agency", label: "settings.agency", action: "agency.read" },
  { to: "/settings/calendar", label: "settings.calendar.title", action: "agency.read" },
  { to: "/settings/lenders", label: "settings.lenders", action: "lenders.read" },
  { to: "/settings/connections", label: "settings.connections", action: "connectors.read" },
  { to: "/settings/workflows", label: "settings.workflows", action: "workflows.read" },
  { to: "/settings/api-keys", label: "settings.api_keys", action: "api_keys.read" },
  { to: "/settings/webhooks", label: "webhooks.title", action: "webhooks.read" },
  { to: "/settings/sign-in", label: "federation.title", action: "identity.read", or: "members.appoint" },
  { to: "/settings/keys", label: "keys.title", action: "keys.read" },
  { to: "/settings/limits", label: "limits.title", action: "agency.read" },
  { to: "/settings/support", label: "support.title", action: "support.read" },
  { to: "/settings/privacy", label: "privacy.title", action: "privacy.read" },
  { to: "/settings/audit", label: "audit.title", action: "audit.read" },
] as const;

/** The agency's own house: what its admin shapes. */
export function SettingsLayout() {
  const { t } = useTranslation();
  const { can } = useSession();
  const bar = useRef<HTMLUListElement>(null);
  const path = useRouterState({ select: (s) => s.location.pathname });
  useEffect(() => {
    bar.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" }); // some browsers answer a promise: nothing to clean up
  }, [path]);
  return (
    <>
      <ScrollArea type="never" className={classes.bar}>
        <nav aria-label={t("settings.navigation")}>
          <ul className={classes.list} ref={bar}>
            {entries
              .filter((e) => can(e.action) || ("or" in e && can(e.or)))
              .map((e) => (
                <li key={e.to}>
                  <Link to={e.to} className={classes.tab}>
                    {t(e.label)}
                  </Link>
                </li>
              ))}
          </ul>
        </nav>
      </ScrollArea>
      <Box>
        <Outlet />
      </Box>
    </>
  );
}
