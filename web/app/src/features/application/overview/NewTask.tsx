import { ActionIcon, Group, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { membersQuery } from "~/features/members/members";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import { useChange } from "../useChange";

const empty = { title: "", due_on: "", assignee: null as string | null };

/** One line to write a task down; who and when are asked for once there is something to do. */
export function NewTask() {
  const { t } = useTranslation();
  const { file } = useFile();
  const members = useQuery(membersQuery);
  const [task, setTask] = useState(empty);
  const add = useChange({
    send: (body: { title: string; due_on?: string; assignee?: string }, once) =>
      take(api.POST("/api/v1/applications/{id}/tasks", { params: { path: { id: file.id }, header: { ...once(body) } }, body })),
    touches: ["tasks"],
    onDone: () => setTask(empty),
  });
  const title = task.title.trim();
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (title) add.run({ title, ...(task.due_on ? { due_on: task.due_on } : {}), ...(task.assignee ? { assignee: task.assignee } : {}) });
      }}
    >
      <Stack gap={8} p="sm" px="md" style={{ borderTop: "1px solid var(--line)" }}>
        <Group gap={8} wrap="nowrap">
          <TextInput
            flex={1}
            aria-label={t("application.tasks.new")}
            placeholder={t("application.tasks.new")}
            maxLength={300}
            value={task.title}
            onChange={(e) => setTask({ ...task, title: e.currentTarget.value })}
          />
          <ActionIcon type="submit" size={36} variant="light" aria-label={t("application.tasks.add")} loading={add.pending} disabled={!title}>
            <IconPlus size={18} aria-hidden />
          </ActionIcon>
        </Group>
        {title && (
          <Group gap={8} grow>
            <TextInput type="date" size="xs" label={t("application.tasks.due")} value={task.due_on} onChange={(e) => setTask({ ...task, due_on: e.currentTarget.value })} />
            <Select
              size="xs"
              label={t("application.tasks.assignee")}
              placeholder={t("application.tasks.anybody")}
              clearable
              data={(members.data ?? []).filter((m) => m.status === "active").map((m) => ({ value: m.user_id, label: m.name }))}
              value={task.assignee}
              onChange={(assignee) => setTask({ ...task, assignee })}
            />
          </Group>
        )}
        <ProblemAlert error={add.error} />
      </Stack>
    </form>
  );
}
