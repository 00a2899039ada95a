import { Checkbox, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import type { Task } from "~/api/types";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { today } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { problemSentence } from "~/ui/problemWords";
import { useSetTask } from "./tasks";

/** A task with its box; red words, not only red, when it is late. */
export function TaskRow({ task, editable, showFile = true }: { task: Task; editable: boolean; showFile?: boolean }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { me } = useSession();
  const set = useSetTask();
  const mine = showFile && task.assignee?.id === me.user.id; // among one's own tasks only others' names say something
  const who = mine ? null : (task.assignee?.name ?? (task.role && t(`role.${task.role}`, { defaultValue: task.role })));
  const done = task.state === "done";
  const late = !done && task.due_on !== null && task.due_on !== undefined && task.due_on < today();
  return (
    <Group component="li" gap="sm" px="md" py={8} wrap="nowrap" align="flex-start" className="ruled">
      <Checkbox
        mt={1}
        checked={done}
        disabled={!editable || set.isPending}
        aria-label={t("tasks.done", { title: say(task.title) })}
        onChange={(e) =>
          set.mutate({ task, state: e.currentTarget.checked ? "done" : "open" }, { onError: (error) => notifications.show({ color: "brick", message: problemSentence(error) }) })
        }
      />
      <div style={{ minWidth: 0, flex: 1 }}>
        <Text fw={500} td={done ? "line-through" : undefined} c={done ? "dimmed" : undefined}>
          {say(task.title)}
        </Text>
        <Group gap={8}>
          {showFile && (
            <TextLink to="/applications/$id" params={{ id: task.application_id }} size="sm">
              {task.application_number}
            </TextLink>
          )}
          <Text size="sm" c="dimmed">
            {who}
          </Text>
        </Group>
      </div>
      {task.due_on && (
        <Text size="sm" c={late ? "var(--mantine-color-error)" : "dimmed"} fw={late ? 600 : 400} ta="right">
          {late && `${t("tasks.late")} · `}
          <DateText at={task.due_on} />
        </Text>
      )}
    </Group>
  );
}
