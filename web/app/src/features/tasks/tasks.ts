import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { ProblemError } from "~/api/problem";
import type { Task } from "~/api/types";

export const myTasksQuery = queryOptions({
  queryKey: keys.list("tasks", "mine"),
  queryFn: async () => ((await take(api.GET("/api/v1/tasks", { params: { query: { mine: true } } }))).items ?? []) as Task[],
});

type TaskList = Task[] | undefined;

/** Ticks a task off, or opens it again. The box changes at once and goes back if the server refuses. */
export function useSetTask() {
  const client = useQueryClient();
  return useMutation<Task, ProblemError, { task: Task; state: "open" | "done" }, [readonly unknown[], TaskList][]>({
    mutationFn: async ({ task, state }) =>
      (await take(api.PATCH("/api/v1/tasks/{id}", { params: { path: { id: task.id }, header: ifMatch(task.version) }, body: { state } }))) as Task,
    onMutate: async ({ task, state }) => {
      await client.cancelQueries({ queryKey: ["tasks"] });
      const before = client.getQueriesData<Task[]>({ queryKey: ["tasks"] });
      client.setQueriesData<Task[]>({ queryKey: ["tasks"] }, (list) => list?.map((t) => (t.id === task.id ? { ...t, state } : t)));
      return before;
    },
    onError: (_error, _input, before) => before?.forEach(([key, list]) => client.setQueryData(key, list)),
    onSuccess: (done) => client.setQueriesData<Task[]>({ queryKey: ["tasks"] }, (list) => list?.map((t) => (t.id === done.id ? done : t))),
  });
}
