import { Stack } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { myTasksQuery } from "~/features/tasks/tasks";
import { TaskRow } from "~/features/tasks/TaskRow";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";

export function MyTasks() {
  const { t } = useTranslation();
  const { can } = useSession();
  const tasks = useQuery(myTasksQuery);
  return (
    <Section title={t("today.tasks")} count={tasks.data?.filter((task) => task.state === "open").length} flush>
      <QueryView query={tasks}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconChecks} title={t("today.no_tasks")}>
              {t("today.no_tasks_hint")}
            </EmptyState>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
              {list.map((task) => (
                <TaskRow key={task.id} task={task} editable={can("tasks.write")} />
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  );
}
