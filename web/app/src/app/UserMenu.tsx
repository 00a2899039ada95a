import { ActionIcon, Avatar, Group, type MantineColorScheme, Menu, Text, Tooltip, UnstyledButton, VisuallyHidden, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconMoon, IconShieldLock, IconSun } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { meKey } from "~/api/keys";
import type { Me } from "~/api/types";
import { languages, speak, type Language } from "~/i18n";
import { useSession } from "./session";

const schemes = ["auto", "light", "dark"] as const;

/** The person's own corner: language, light or dark, the way out. */
export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { me } = useSession();
  const client = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choose = useMutation({
    mutationFn: async (locale: Language) => {
      await speak(locale);
      return (await take(api.PATCH("/api/v1/me", { body: { locale } }))) as Me;
    },
    onSuccess: (next) => client.setQueryData(meKey, next),
  });
  const leave = useMutation({
    mutationFn: () => take(api.POST("/api/v1/auth/logout")),
    onSuccess: () => window.location.assign("/login"), // a fresh page keeps nothing of this person
  });
  return (
    <Group gap={4} wrap="nowrap">
      <SchemeButton />
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <UnstyledButton style={{ borderRadius: 99 }}>
            <VisuallyHidden>{t("shell.user_menu", { name: me.user.name })}</VisuallyHidden>
            <Avatar name={me.user.name} color="petrol" size={32} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <div style={{ padding: "6px 12px" }}>
            <Text fw={600}>{me.user.name}</Text>
            <Text size="sm" c="dimmed" truncate>
              {me.user.email}
            </Text>
          </div>
          <Menu.Divider />
          <Menu.Label>{t("shell.language")}</Menu.Label>
          <Menu.RadioGroup value={i18n.language} onChange={(l) => choose.mutate(l as Language)}>
            {languages.map((l) => (
              <Menu.RadioItem key={l} value={l} lang={l} closeMenuOnClick>
                {t(`shell.languages.${l}`)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Label>{t("shell.appearance")}</Menu.Label>
          <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
            {schemes.map((scheme) => (
              <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
                {t(`shell.schemes.${scheme}`)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item leftSection={<IconShieldLock size={16} aria-hidden />} renderRoot={(props) => <Link to="/security" {...props} />}>
            {t("security.title")}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
            {t("shell.logout")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function SchemeButton() {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const label = scheme === "dark" ? t("shell.go_light") : t("shell.go_dark");
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={32} aria-label={label} onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}>
        {scheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}
