import { Badge, Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "~/api/types";
import { useSession } from "~/app/session";
import { rolesQuery } from "~/features/members/members";
import { NewRoleDialog } from "~/features/roles/NewRoleDialog";
import { byNoun, doing, nounWord } from "~/features/roles/rules";
import { WhySection } from "~/features/roles/WhySection";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";

/** The agency's roles, why somebody may do something, and who may do what. */
export function RolesPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const roles = useQuery(rolesQuery);
  const [making, setMaking] = useState(false);
  return (
    <>
      <PageHeader
        title={t("settings.roles")}
        hint={t("settings.roles_hint")}
        actions={
          can("roles.write") && (
            <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setMaking(true)}>
              {t("roles.new")}
            </Button>
          )
        }
      />
      <Stack>
        <Section title={t("settings.roles")} count={roles.data?.length} flush>
          <QueryView query={roles}>{(list) => <RoleList roles={list} />}</QueryView>
        </Section>
        {can("roles.read") && <WhySection />}
        <Section title={t("settings.permissions")} flush>
          <QueryView query={roles}>{(list) => <Matrix roles={list} />}</QueryView>
        </Section>
      </Stack>
      {making && <NewRoleDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function RoleList({ roles }: { roles: Role[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const titleOf = (key: string) => {
    const role = roles.find((r) => r.key === key);
    return role ? say(role.title) : key;
  };
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
      {roles.map((r) => (
        <Group component="li" key={r.key} className="ruled" justify="space-between" px="md" py="xs" gap="xs">
          <Group gap="xs" flex="1 1 240px">
            {can("roles.read") ? (
              <TextLink to="/settings/roles/$key" params={{ key: r.key }} fw={600}>
                {say(r.title)}
              </TextLink>
            ) : (
              <Text fw={600}>{say(r.title)}</Text>
            )}
            {r.own && <Badge color="ochre">{t("roles.own")}</Badge>}
            {r.parent && (
              <Text size="sm" c="dimmed">
                {t("roles.builds_on", { role: titleOf(r.parent) })}
              </Text>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {t("roles.permission_count", { count: r.permissions?.length ?? 0 })}
            {(r.rules?.length ?? 0) > 0 && ` · ${t("roles.rule_count", { count: r.rules?.length ?? 0 })}`}
          </Text>
        </Group>
      ))}
    </ul>
  );
}

/** A row for each permission, a column for each role. */
function Matrix({ roles }: { roles: Role[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const actions = [...new Set(roles.flatMap((r) => r.permissions ?? []))].sort().map((action) => ({ action }));
  return (
    <Table.ScrollContainer minWidth={320 + roles.length * 110} tabIndex={0}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("settings.permission")}</Table.Th>
            {roles.map((r) => (
              <Table.Th key={r.key} ta="center">
                {say(r.title)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {byNoun(actions).map(([noun, group]) => (
            <Fragment key={noun}>
              <Table.Tr bg="var(--sunken)">
                <Table.Th scope="rowgroup" colSpan={roles.length + 1} fw={600}>
                  {nounWord(t, noun)}
                </Table.Th>
              </Table.Tr>
              {group.map(({ action }) => (
                <Table.Tr key={action}>
                  <Table.Th scope="row" fw={400}>
                    <span title={action}>{doing(t, action)}</span>
                  </Table.Th>
                  {roles.map((r) => (
                    <Table.Td key={r.key} ta="center">
                      {r.permissions?.includes(action) ? (
                        <>
                          <IconCheck size={17} color="var(--mantine-color-anchor)" aria-hidden />
                          <VisuallyHidden>{t("settings.allowed")}</VisuallyHidden>
                        </>
                      ) : (
                        <VisuallyHidden>{t("settings.not_allowed")}</VisuallyHidden>
                      )}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
