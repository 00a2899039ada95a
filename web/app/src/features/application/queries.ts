import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Application, Plan, Task } from "~/api/types";
import type { Machine } from "~/features/workflow/offers";
import type { Checklist, Doc, Fact, Step, Submission } from "./types";

const of = (id: string) => ({ params: { path: { id } } });

export const fileQuery = (id: string) =>
  queryOptions({ queryKey: keys.one("applications", id), queryFn: async () => (await take(api.GET("/api/v1/applications/{id}", of(id)))) as Application });

/** The shortest way of a file to a state. */
export const planQuery = (id: string, to: string) =>
  queryOptions({ queryKey: keys.one("applications", id, "plan", to), queryFn: async () => (await take(api.GET("/api/v1/applications/{id}/plan", { params: { path: { id }, query: { to } } }))) as Plan });

export const ratiosQuery = (id: string) =>
  queryOptions({ queryKey: keys.one("applications", id, "ratios"), queryFn: () => take(api.GET("/api/v1/applications/{id}/ratios", of(id))) });

export const scheduleQuery = (id: string) =>
  queryOptions({ queryKey: keys.one("applications", id, "schedule"), queryFn: () => take(api.GET("/api/v1/applications/{id}/schedule", of(id))) });

export const factsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("applications", id, "facts"),
    queryFn: async () => {
      const { version, items } = await take(api.GET("/api/v1/applications/{id}/facts", of(id)));
      return { version, items: (items ?? []) as Fact[] };
    },
  });

export const checklistQuery = (id: string) =>
  queryOptions({ queryKey: keys.of("documents", id, "checklist"), queryFn: async () => (await take(api.GET("/api/v1/applications/{id}/checklist", of(id)))) as Checklist });

export const documentsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("documents", id, "all"),
    queryFn: async () => ((await take(api.GET("/api/v1/applications/{id}/documents", of(id)))).items ?? []) as Doc[],
  });

export const notesQuery = (id: string) =>
  queryOptions({ queryKey: keys.of("notes", id), queryFn: async () => (await take(api.GET("/api/v1/applications/{id}/notes", of(id)))).items ?? [] });

export const fileTasksQuery = (id: string) =>
  queryOptions({ queryKey: keys.of("tasks", id), queryFn: async () => ((await take(api.GET("/api/v1/applications/{id}/tasks", of(id)))).items ?? []) as Task[] });

export const submissionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("submissions", id),
    queryFn: async () => ((await take(api.GET("/api/v1/applications/{id}/submissions", of(id)))).items ?? []) as Submission[],
  });

/** The steps of a machine, the newest first; older ones page by page. */
export const historyQuery = (machine: Machine, id: string) =>
  infiniteQueryOptions({
    queryKey: keys.one(machine, id, "history"),
    queryFn: ({ pageParam }) => {
      const asked = { params: { path: { id }, query: { cursor: pageParam } } };
      return take(machine === "applications" ? api.GET("/api/v1/applications/{id}/history", asked) : api.GET("/api/v1/submissions/{id}/history", asked));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    select: ({ pages }) => pages.flatMap((p) => p.items ?? []) as Step[],
  });
