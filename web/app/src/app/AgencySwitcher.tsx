import { Menu, Text, UnstyledButton } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { toProvider } from "~/features/federation/toProvider";
import { useSession, useTakeUp } from "./session";
import classes from "./Shell.module.css";

/** The agency one works in; with more than one, a way to the others. */
export function AgencySwitcher() {
  const { t } = useTranslation();
  const { me } = useSession();
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const router = useRouter();
  const choose = useMutation({
    mutationFn: async (agency_id: string) => (await take(api.POST("/api/v1/auth/agency", { body: { agency_id } }))) as Me,
    onSuccess: async (next) => {
      await navigate({ to: "/" });
      takeUp(next);
    },
    onError: (error, agency) => toProvider(router, error, agency),
  });
  const agencies = me.agencies ?? [];
  if (agencies.length < 2) {
    return (
      <Text size="sm" px="sm" c="#d5e6e3" fw={600}>
        {me.agency?.name}
      </Text>
    );
  }
  return (
    <Menu position="top-start" width={230}>
      <Menu.Target>
        <UnstyledButton className={classes.link} w="100%" aria-label={t("shell.switch_agency", { name: me.agency?.name })}>
          <Text span size="sm" fw={600} flex={1} truncate>
            {me.agency?.name}
          </Text>
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("shell.agencies")}</Menu.Label>
        <Menu.RadioGroup value={me.agency?.id} onChange={(id) => id !== me.agency?.id && choose.mutate(id)}>
          {agencies.map((a) => (
            <Menu.RadioItem key={a.id} value={a.id} disabled={choose.isPending} closeMenuOnClick>
              {a.name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
