import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Member } from "~/api/types";
import { useSession } from "~/app/session";
import { OffersWaiting } from "~/features/federation/OffersWaiting";
import { membersQuery } from "~/features/members/members";
import { ActionsHead } from "~/ui/ActionsHead";
import { Ago, DateText } from "~/ui/DateText";
import { today } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { DelegateDialog } from "./DelegateDialog";
import { InviteDialog } from "./InviteDialog";
import { MemberDialog } from "./MemberDialog";
import { MemberSessions } from "./MemberSessions";
import { useRoleTitles } from "./RoleSelect";

const color = { active: "moss", invited: "ochre", disabled: "gray" } as const;

/** The agency's people and what each may do. */
export function MembersPage() {
  const { t } = useTranslation();
  const { can, me } = useSession();
  const members = useQuery(membersQuery);
  const titles = useRoleTitles();
  const [inviting, setInviting] = useState(false);
  const [edited, setEdited] = useState<Member | null>(null);
  const [ended, setEnded] = useState<Member | null>(null);
  const [away, setAway] = useState<Member | null>(null);
  const standIn = (m: Member, all: Member[]) => (m.delegate_until && m.delegate_until >= today() ? all.find((o) => o.user_id === m.delegate_id)?.name : undefined);
  return (
    <>
      <PageHeader
        title={t("settings.members")}
        actions={
          can("members.write") && (
            <Button leftSection={<IconUserPlus size={17} aria-hidden />} onClick={() => setInviting(true)}>
              {t("settings.invite")}
            </Button>
          )
        }
      />
      <OffersWaiting />
      <Section title={t("settings.people")} count={members.data?.length} flush>
        <QueryView query={members}>
          {(list) => (
            <Table.ScrollContainer minWidth={820} tabIndex={0}>
              <Table highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("settings.person")}</Table.Th>
                    <Table.Th>{t("settings.roles")}</Table.Th>
                    <Table.Th>{t("settings.status")}</Table.Th>
                    <Table.Th>{t("settings.last_seen")}</Table.Th>
                    <ActionsHead />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((m) => (
                    <Table.Tr key={m.id}>
                      <Table.Td>
                        <Text fw={600}>{m.name}</Text>
                        <Text size="sm" c="dimmed">
                          {m.email}
                        </Text>
                        {m.branch && (
                          <Text size="sm" c="dimmed">
                            {t("settings.branch")}: {m.branch}
                          </Text>
                        )}
                        {standIn(m, list) && (
                          <Text size="sm">
                            {t("settings.delegate.stands_in", { name: standIn(m, list) })} <DateText at={m.delegate_until} />
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        <Group gap={4}>
                          {titles(m.roles).map((title) => (
                            <Badge key={title}>{title}</Badge>
                          ))}
                        </Group>
                      </Table.Td>
                      <Table.Td>
                        <Badge color={color[m.status]}>{t(`settings.member.${m.status}`)}</Badge>
                        {m.by_provider && (
                          <Text size="xs" c="dimmed">
                            {t("federation.by_provider")}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>{m.last_seen_at ? <Ago at={m.last_seen_at} /> : "—"}</Table.Td>
                      <Table.Td ta="right">
                        {m.status !== "disabled" && (m.user_id === me.user.id || can("members.write")) && (
                          <Button variant="subtle" size="compact-sm" aria-label={t("settings.delegate.of", { name: m.name })} onClick={() => setAway(m)}>
                            {t("settings.delegate.button")}
                          </Button>
                        )}
                        {can("members.write") && (
                          <Button variant="subtle" size="compact-sm" aria-label={t("settings.edit_member", { name: m.name })} onClick={() => setEdited(m)}>
                            {t("common.edit")}
                          </Button>
                        )}
                        {can("members.write") && m.status === "active" && m.user_id !== me.user.id && (
                          <Button variant="subtle" color="brick" size="compact-sm" aria-label={t("settings.end_sessions_of", { name: m.name })} onClick={() => setEnded(m)}>
                            {t("settings.end_sessions")}
                          </Button>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </QueryView>
      </Section>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      {away && <DelegateDialog member={away} members={members.data ?? []} onClose={() => setAway(null)} />}
      {ended && <MemberSessions member={ended} onClose={() => setEnded(null)} />}
      {edited && <MemberDialog member={edited} onClose={() => setEdited(null)} />}
    </>
  );
}
