import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

type Schemas = components["schemas"];

export type Report = Omit<Schemas["ReportsReport"], "as_of"> & { as_of: string | null };
export type Cell = Schemas["ReportsCell"];

/** One line of a table: files and an amount that may be hidden. */
export type Line = { key: string; label: string; files: number | null; cents: number | null; hidden: boolean; partial: boolean };

/** Months as 2026-01, both included; the server takes the last twelve where they are absent. */
export type Period = { from?: string; to?: string };

export const reportQuery = (network: string, period: Period) =>
  queryOptions({
    queryKey: keys.of("networks", network, "report", period),
    queryFn: async () => (await take(api.GET("/api/v1/networks/{id}/report", { params: { path: { id: network }, query: period } }))) as Report,
    placeholderData: (before) => before,
  });

/** Where the same report is a table for a spreadsheet. */
export function csvPath(network: string, { from, to }: Period): string {
  const asked = new URLSearchParams(Object.entries({ from, to }).filter((e): e is [string, string] => Boolean(e[1])));
  return `/api/v1/networks/${network}/report.csv${asked.size > 0 ? `?${asked}` : ""}`;
}

/** The months the server takes where none are asked for: the present one and the eleven before it. */
export function lastYear(now = new Date()): Required<Period> {
  const text = (d: Date) => d.toISOString().slice(0, 7);
  return { from: text(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1))), to: text(now) };
}

/** A month in words. */
export const month = (text: string, language: string) => new Intl.DateTimeFormat(language === "it" ? "it-IT" : "en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${text}-01T00:00:00Z`));

export const lineOf = (key: string, label: string, c: Cell): Line => ({ key, label, files: c.files, cents: c.amount_cents, hidden: c.hidden, partial: c.partial });

/** How long each bar is, in percent of the longest; nothing where the figure is hidden. */
export function bars(lines: Pick<Line, "files">[]): (number | null)[] {
  const most = Math.max(1, ...lines.map((l) => l.files ?? 0));
  return lines.map((l) => (l.files === null ? null : (l.files * 100) / most));
}
