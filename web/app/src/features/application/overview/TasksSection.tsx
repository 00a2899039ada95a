import { useQuery } from "@tanstack/react-query";
import { IconChecklist } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { TaskRow } from "~/features/tasks/TaskRow";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { fileTasksQuery } from "../queries";
import { NewTask } from "./NewTask";

/** What is to be done for the file, by whom and by when. */
export function TasksSection() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { file } = useFile();
  const tasks = useQuery(fileTasksQuery(file.id));
  const editable = can("tasks.write");
  return (
    <Section title={t("application.tasks.title")} count={tasks.data?.filter((x) => x.state === "open").length} flush>
      <QueryView query={tasks}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconChecklist} title={t("application.tasks.none")} />
          ) : (
            <ul className={classes.list}>
              {list.map((task) => (
                <TaskRow key={task.id} task={task} editable={editable} showFile={false} />
              ))}
            </ul>
          )
        }
      </QueryView>
      {editable && <NewTask />}
    </Section>
  );
}
