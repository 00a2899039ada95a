import { Box, Divider, Stack, Text } from "@mantine/core";
import { IconAddressBook, IconArrowsExchange, IconBuildingCommunity, IconHome2, IconLayoutKanban, IconSettings, IconShieldLock, IconSunrise, type Icon } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AgencySwitcher } from "./AgencySwitcher";
import { useSession } from "./session";
import classes from "./Shell.module.css";

type Entry = { to: LinkProps["to"]; icon: Icon; label: string; show: boolean };

export function Navigation() {
  const { t } = useTranslation();
  const { me, can } = useSession();
  const agency = me.agency !== null;
  const entries: Entry[] = [
    { to: "/", icon: IconSunrise, label: t("shell.today"), show: agency },
    { to: "/pipeline", icon: IconLayoutKanban, label: t("shell.pipeline"), show: agency && can("applications.read") },
    { to: "/subjects", icon: IconAddressBook, label: t("shell.subjects"), show: agency && can("subjects.read") },
    { to: "/properties", icon: IconHome2, label: t("shell.properties"), show: agency && can("properties.read") },
    { to: "/operations", icon: IconArrowsExchange, label: t("shell.operations"), show: agency && can("operations.read") },
    { to: "/compliance", icon: IconShieldLock, label: t("compliance.title"), show: agency && can("compliance.report") },
    { to: "/network", icon: IconBuildingCommunity, label: t("shell.network"), show: me.network !== null },
    { to: "/settings", icon: IconSettings, label: t("shell.settings"), show: agency },
  ];
  return (
    <Stack justify="space-between" h="100%" gap={0}>
      <Stack component="ul" gap={2} px="xs" py="xs" m={0} style={{ listStyle: "none" }}>
        {entries
          .filter((e) => e.show)
          .map(({ to, icon: Sign, label }) => (
            <li key={to}>
              <Link to={to} className={classes.link} activeOptions={{ exact: to === "/", includeSearch: false }}>
                <Sign size={19} stroke={1.7} aria-hidden />
                {label}
              </Link>
            </li>
          ))}
      </Stack>
      <Box px="xs" pb="sm">
        <Divider color="rgb(255 255 255 / 14%)" mb="sm" />
        {me.agency ? <AgencySwitcher /> : <Text size="sm" px="sm" c="#d5e6e3" fw={600}>{me.network?.name}</Text>}
      </Box>
    </Stack>
  );
}
