import { Code, Group, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Subject } from "~/api/types";
import { useSession } from "~/app/session";
import { membersQuery, rolesQuery } from "~/features/members/members";
import { looking } from "~/features/support/support";
import { isMasked, type Maskable, permissionOf, type Veiled, whoMaySee } from "./masked";

const named = 4; // more than these are counted

type Props = { subject: Subject; group: Maskable | Veiled; children: ReactNode };

/** A group of a person's data; where it is masked, that it is and who may see it stand in its place. */
export function MaskedGroup({ subject, group, children }: Props) {
  const { t } = useTranslation();
  const { me } = useSession();
  if (looking(me) && (group === "employments" || isMasked(subject, group))) return <Note>{t("support.not_shown")}</Note>;
  return group !== "employments" && isMasked(subject, group) ? <Masked group={group} /> : children;
}

function Masked({ group }: { group: Maskable }) {
  const { t } = useTranslation();
  const permission = permissionOf[group];
  const roles = useQuery(rolesQuery);
  const members = useQuery(membersQuery);
  const names = whoMaySee(permission, roles.data ?? [], members.data ?? []);
  const shown = names.slice(0, named).join(", ");
  const more = names.length - named;
  return (
    <Note>
      {t("subjects.masked_hint")} {names.length > 0 ? t("subjects.masked_who", { names: more > 0 ? t("subjects.masked_more", { names: shown, count: more }) : shown }) : t("subjects.masked_nobody")} {t("subjects.masked_permission")}{" "}
      <Code>{permission}</Code>
    </Note>
  );
}

function Note({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <IconEyeOff size={20} stroke={1.7} aria-hidden color="var(--mantine-color-dimmed)" style={{ flexShrink: 0 }} />
      <div>
        <Text fw={600}>{t("subjects.masked")}</Text>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      </div>
    </Group>
  );
}
