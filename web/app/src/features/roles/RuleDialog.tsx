import { Checkbox, Radio, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PolicyAction, Rule } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import { MoneyInput } from "~/ui/MoneyInput";
import { doing, ruleWords, same, whenOf } from "./rules";

type Props = { action: PolicyAction; rules: Rule[]; onClose: () => void; onAdd: (rule: Rule) => void };
const choices = ["all", "only", "but"] as const;

/** Makes a rule about one action: allow or deny, for every file or for some. */
export function RuleDialog({ action, rules, onClose, onAdd }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [effect, setEffect] = useState<"allow" | "deny">("allow");
  const [which, setWhich] = useState<(typeof choices)[number]>("all");
  const [own, setOwn] = useState(false);
  const [branch, setBranch] = useState(false);
  const [least, setLeast] = useState<number | null>(null);
  const [most, setMost] = useState<number | null>(null);
  const [tried, setTried] = useState(false);

  const unread = (v: number | null) => v !== null && (Number.isNaN(v) || v <= 0);
  const when = whenOf(which, { own, branch, min_amount_cents: least ?? undefined, max_amount_cents: most ?? undefined });
  const rule: Rule = { action: action.action, effect, ...(when && { when }) };
  const wrong = {
    parts: which !== "all" && !own && !branch && least === null && most === null ? t("roles.choose_part") : undefined,
    least: which !== "all" && unread(least) ? t("form.amount") : undefined,
    most: which !== "all" && unread(most) ? t("form.amount") : which !== "all" && least !== null && most !== null && most < least ? t("roles.below_floor") : undefined,
    twice: rules.some((r) => same(r, rule)) ? t("roles.twice") : undefined,
  };
  const at = (sentence: string | undefined) => (tried ? sentence : undefined);
  const submit = () => {
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    onAdd(rule);
    onClose();
  };
  return (
    <FormDialog opened onClose={onClose} title={t("roles.rule_add")} action={t("roles.add")} pending={false} error={null} onSubmit={submit}>
      <Text fw={600}>{doing(t, action.action)}</Text>
      <SegmentedControl
        aria-label={t("roles.effect_label")}
        data={(["allow", "deny"] as const).map((e) => ({ value: e, label: t(`roles.effect.${e}`) }))}
        value={effect}
        onChange={(e) => setEffect(e as "allow" | "deny")}
      />
      {effect === "deny" && <Text size="sm" c="dimmed">{t("roles.deny_wins")}</Text>}
      {action.filed && (
        <Radio.Group label={t("roles.which")} value={which} onChange={(v) => setWhich(v as typeof which)}>
          <Stack gap={6} mt={4}>
            {choices.map((c) => (
              <Radio key={c} value={c} label={t(`roles.which_files.${c}`)} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {which !== "all" && (
        <Stack gap="xs" pl="md" role="group" aria-label={t("roles.parts")}>
          <Checkbox label={t("roles.part_own")} checked={own} onChange={(e) => setOwn(e.currentTarget.checked)} />
          <Checkbox label={t("roles.part_branch")} description={t("roles.part_branch_hint")} checked={branch} onChange={(e) => setBranch(e.currentTarget.checked)} />
          <MoneyInput label={t("roles.part_from")} value={least} onChange={setLeast} error={at(wrong.least)} />
          <MoneyInput label={t("roles.part_to")} value={most} onChange={setMost} error={at(wrong.most)} />
          {at(wrong.parts) && <Text size="sm" c="var(--mantine-color-error)" role="alert">{wrong.parts}</Text>}
        </Stack>
      )}
      <Text size="sm" aria-live="polite">
        {wrong.parts || wrong.least || wrong.most ? "" : `→ ${ruleWords(t, rule, language)}`}
      </Text>
      {at(wrong.twice) && <Text size="sm" c="var(--mantine-color-error)" role="alert">{wrong.twice}</Text>}
    </FormDialog>
  );
}
