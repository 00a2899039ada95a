import { Accordion, ActionIcon, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconLock, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PolicyAction, Role, Rule } from "~/api/types";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { actionsQuery } from "./roles";
import { RuleDialog } from "./RuleDialog";
import { byNoun, doing, nounWord, ruleWords } from "./rules";
import classes from "./roles.module.css";

type Props = { role: Role; rules: Rule[]; editable: boolean; problems: (string | undefined)[]; onChange: (rules: Rule[]) => void };

/** What a role may do, noun by noun, and the agency's rules about it in words. */
export function RuleList({ role, rules, editable, problems, onChange }: Props) {
  const { t } = useTranslation();
  const actions = useQuery(actionsQuery);
  const [about, setAbout] = useState<PolicyAction | null>(null);
  const [open, setOpen] = useState<string[]>(() => [...new Set(rules.map((r) => r.action.split(".")[0]!))]);
  return (
    <Section title={t("roles.rules")} count={rules.length} flush>
      <Text size="sm" c="dimmed" px="md" pt="sm" pb="xs">
        {t("roles.rules_hint")}
      </Text>
      <QueryView query={actions}>
        {(list) => (
          <Accordion multiple value={open} onChange={setOpen} order={3} styles={{ content: { padding: 0 } }}>
            {byNoun(list).map(([noun, group]) => {
              const count = rules.filter((r) => r.action.startsWith(`${noun}.`)).length;
              return (
                <Accordion.Item key={noun} value={noun}>
                  <Accordion.Control>
                    <Group gap="xs">
                      <Text fw={600}>{nounWord(t, noun)}</Text>
                      <Text size="sm" c="dimmed">
                        {t("roles.may_of", { count: group.filter((a) => role.permissions?.includes(a.action)).length, all: group.length })}
                      </Text>
                      {count > 0 && <Badge color="ochre">{t("roles.rule_count", { count })}</Badge>}
                    </Group>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <ul className={classes.list}>
                      {group.map((a) => (
                        <Line
                          key={a.action}
                          action={a}
                          may={role.permissions?.includes(a.action) ?? false}
                          editable={editable}
                          rules={rules.map((rule, i) => ({ rule, i, problem: problems[i] })).filter(({ rule }) => rule.action === a.action)}
                          onAdd={() => setAbout(a)}
                          onRemove={(i) => onChange(rules.filter((_, n) => n !== i))}
                        />
                      ))}
                    </ul>
                  </Accordion.Panel>
                </Accordion.Item>
              );
            })}
          </Accordion>
        )}
      </QueryView>
      {about && <RuleDialog action={about} rules={rules} onClose={() => setAbout(null)} onAdd={(rule) => onChange([...rules, rule])} />}
    </Section>
  );
}

type LineProps = { action: PolicyAction; may: boolean; editable: boolean; rules: { rule: Rule; i: number; problem: string | undefined }[]; onAdd: () => void; onRemove: (index: number) => void };

function Line({ action, may, editable, rules, onAdd, onRemove }: LineProps) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const what = doing(t, action.action);
  return (
    <li className={classes.line} data-bound={action.bound || undefined}>
      <Stack gap={2} flex="1 1 260px" miw={0}>
        <Group gap={6} wrap="nowrap" align="flex-start">
          {may ? <IconCheck size={17} className={classes.mark} aria-label={t("roles.may")} role="img" /> : <span className={classes.mark} role="img" aria-label={t("roles.may_not")}>–</span>}
          <Text title={action.action}>{what}</Text>
        </Group>
        {action.bound && (
          <Group gap={6} wrap="nowrap" pl={23}>
            <IconLock size={15} aria-hidden style={{ flexShrink: 0 }} />
            <Text size="sm">{t(`roles.bound.${action.bound}`)}</Text>
          </Group>
        )}
        {rules.map(({ rule, i, problem }) => (
          <div key={i} className={classes.rule}>
            <Group gap={6} wrap="nowrap">
              <span className={classes.words} data-effect={rule.effect}>
                {ruleWords(t, rule, language)}
              </span>
              {editable && (
                <ActionIcon variant="subtle" color="gray" size={26} aria-label={t("roles.rule_remove", { rule: `${what}: ${ruleWords(t, rule, language)}` })} onClick={() => onRemove(i)}>
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              )}
            </Group>
            {problem && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                {problem}
              </Text>
            )}
          </div>
        ))}
      </Stack>
      {editable && !action.bound && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} aria-label={t("roles.rule_add_to", { what })} onClick={onAdd}>
          {t("roles.rule_add")}
        </Button>
      )}
    </li>
  );
}
