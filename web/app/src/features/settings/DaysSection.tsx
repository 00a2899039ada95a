import { ActionIcon, Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconCalendarOff, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CalendarDay } from "~/api/types";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { day } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { Section } from "~/ui/Section";

type Props = {
  title: string;
  empty: string;
  days: CalendarDay[];
  /** Only these days may be added; any day when absent. */
  choice?: string[];
  editable: boolean;
  pending: boolean;
  onChange: (days: CalendarDay[]) => Promise<unknown>;
};

/** A list of days with their names; each change is saved at once. */
export function DaysSection({ title, empty, days, choice, editable, pending, onChange }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Section title={title} count={days.length} flush>
      {days.length === 0 && <EmptyState compact icon={IconCalendarOff} title={empty} />}
      {days.map((d) => (
        <Group key={d.day} px="md" py={6} gap="sm" wrap="nowrap" className="ruled">
          <Text w={130} flex="none">
            <DateText at={d.day} />
          </Text>
          <Text flex={1}>{say(d.title)}</Text>
          {editable && (
            <ActionIcon variant="subtle" color="gray" loading={pending} aria-label={t("settings.calendar.remove", { name: say(d.title) })} onClick={() => void onChange(days.filter((x) => x !== d)).catch(() => undefined)}>
              <IconX size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {editable && <NewDay choice={choice} pending={pending} onAdd={(d) => onChange([...days, d])} />}
    </Section>
  );
}

function NewDay({ choice, pending, onAdd }: { choice?: string[]; pending: boolean; onAdd: (d: CalendarDay) => Promise<unknown> }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [date, setDate] = useState("");
  const [name, setName] = useState("");
  const complete = date !== "" && name.trim() !== "";
  const add = () => {
    const title = name.trim();
    onAdd({ day: date, title: { it: title, en: title } })
      .then(() => {
        setDate("");
        setName("");
      })
      .catch(() => undefined); // what was typed stays; the page says what is wrong
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (complete) add();
      }}
    >
      <Group px="md" py="sm" gap="sm" align="flex-end">
        {choice ? (
          <Select w={200} label={t("settings.calendar.day")} placeholder={t("settings.calendar.choose")} data={choice.map((d) => ({ value: d, label: day(d, language) }))} value={date || null} onChange={(d) => setDate(d ?? "")} />
        ) : (
          <TextInput type="date" w={200} label={t("settings.calendar.day")} value={date} onChange={(e) => setDate(e.currentTarget.value)} />
        )}
        <TextInput flex={1} miw={180} label={t("settings.calendar.name")} maxLength={200} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Button type="submit" variant="default" loading={pending} disabled={!complete}>
          {t("settings.calendar.add")}
        </Button>
      </Group>
    </form>
  );
}
