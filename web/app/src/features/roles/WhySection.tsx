import { Alert, Badge, Button, Code, Group, Select, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Explanation, Member, Ruling } from "~/api/types";
import { membersQuery } from "~/features/members/members";
import { useRoleTitles } from "~/features/settings/RoleSelect";
import { FilePicker } from "~/features/workflow/simulate/FilePicker";
import { money } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { actionsQuery, explainQuery, type Question } from "./roles";
import { byNoun, doing, nounWord, ruleWords } from "./rules";

/** May somebody do something, with this file or at all, and which rule says so. */
export function WhySection() {
  const { t } = useTranslation();
  const members = useQuery(membersQuery);
  const actions = useQuery(actionsQuery);
  const [as, setAs] = useState<string | null>(null);
  const [what, setWhat] = useState<string | null>(null);
  const [on, setOn] = useState<string | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [tried, setTried] = useState(false);
  const filed = actions.data?.find((a) => a.action === what)?.filed ?? false;
  const ask = () => {
    setTried(true);
    if (as && what) setQuestion({ as, do: what, ...(filed && on && { on }) });
  };
  return (
    <Section title={t("roles.why")}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          ask();
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t("roles.why_hint")}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <Select label={t("roles.who")} searchable data={(members.data ?? []).filter((m) => m.status !== "disabled").map((m) => ({ value: m.id, label: m.name }))} value={as} error={tried && !as ? t("form.required") : undefined} onChange={setAs} />
            <Select
              label={t("roles.does")}
              searchable
              data={byNoun(actions.data ?? []).map(([noun, list]) => ({ group: nounWord(t, noun), items: list.map((a) => ({ value: a.action, label: doing(t, a.action) })) }))}
              value={what}
              error={tried && !what ? t("form.required") : undefined}
              onChange={setWhat}
            />
            {(filed || !what) && <FilePicker chosen={on} placeholder={t("roles.any_file")} onPick={setOn} />}
          </SimpleGrid>
          <Group>
            <Button type="submit" variant="default">
              {t("roles.ask")}
            </Button>
          </Group>
          {question && <Answer question={question} member={members.data?.find((m) => m.id === question.as)} />}
        </Stack>
      </form>
    </Section>
  );
}

function Answer({ question, member }: { question: Question; member: Member | undefined }) {
  const answer = useQuery(explainQuery(question));
  return (
    <QueryView query={answer}>
      {(e) => (
        <Stack gap="xs" aria-live="polite">
          <Verdict explanation={e} name={member?.name ?? ""} />
          {(e.rules?.length ?? 0) > 0 && <Rulings explanation={e} />}
        </Stack>
      )}
    </QueryView>
  );
}

function Verdict({ explanation: e, name }: { explanation: Explanation; name: string }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const titles = useTitle();
  return (
    <Alert color={e.allowed ? "moss" : "brick"} icon={e.allowed ? <IconCircleCheck aria-hidden /> : <IconCircleX aria-hidden />} title={t(`roles.verdict.${e.verdict}`, { name, what: doing(t, e.do) })}>
      {e.rule && e.verdict !== "inactive" && e.verdict !== "narrowed" && t("roles.decided", { rule: ruleWords(t, e.rule, language), role: titles(e.rule.role) })}
      {!e.rule && e.verdict === "no_rule" && t("roles.no_rule_hint")}
    </Alert>
  );
}

/** A role's title; everybody and the platform's groups have one too. */
function useTitle() {
  const { t } = useTranslation();
  const titles = useRoleTitles();
  return (key: string) => titles([key])[0] ?? t(`roles.group.${key}`, { defaultValue: key });
}

function Rulings({ explanation: e }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const titles = useTitle();
  const decides = (r: Ruling) => e.rule !== null && JSON.stringify(r) === JSON.stringify(e.rule);
  return (
    <Table.ScrollContainer minWidth={560} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("roles.rule")}</Table.Th>
            <Table.Th>{t("roles.by_role")}</Table.Th>
            <Table.Th>{t("roles.holds")}</Table.Th>
            <Table.Th>{t("roles.source")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(e.rules ?? []).map((r, i) => (
            <Table.Tr key={i}>
              <Table.Td>
                <Group gap={6}>
                  <Text fw={decides(r) ? 600 : 400}>{ruleWords(t, r, language)}</Text>
                  {decides(r) && <Badge color="petrol">{t("roles.decides")}</Badge>}
                </Group>
              </Table.Td>
              <Table.Td>{(r.path ?? []).map(titles).join(" › ") || titles(r.role)}</Table.Td>
              <Table.Td>
                {r.holds ? t("roles.yes") : t("roles.no")}
                {(r.parts ?? []).map((p) => (
                  <Text key={p.name} size="sm" c="dimmed">
                    {t(`roles.part_found.${p.name}`, { found: foundWords(p.name, p.found, language) })} {p.name === "own" && t(p.holds ? "roles.is_own" : "roles.not_own")}
                  </Text>
                ))}
              </Table.Td>
              <Table.Td>
                <Code style={{ overflowWrap: "anywhere" }}>{r.source === "network" ? t("roles.source_network") : r.source.startsWith("policies/") ? t("roles.source_platform") : t("roles.source_agency")}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What of a file a condition was held against; a keeper's id says nothing to people. */
function foundWords(name: string, found: string, language: string): string {
  if (name.endsWith("_cents")) return money(Number(found), language, { whole: true });
  return name === "own" ? "" : found || "—";
}
