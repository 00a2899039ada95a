import { Stack } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Calendar, CalendarDays } from "~/api/types";
import { useSession } from "~/app/session";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { DaysSection } from "./DaysSection";

const calendarQuery = queryOptions({
  queryKey: keys.list("agency", "calendar"),
  queryFn: async () => (await take(api.GET("/api/v1/agency/calendar"))) as Calendar,
});

/** The days on which deadlines do not count: the agency's own, over weekends and national holidays. */
export function CalendarPage() {
  const { t } = useTranslation();
  const calendar = useQuery(calendarQuery);
  return (
    <>
      <PageHeader title={t("settings.calendar.title")} hint={t("settings.calendar.hint")} />
      <QueryView query={calendar}>{(c) => <Days calendar={c} />}</QueryView>
    </>
  );
}

function Days({ calendar: c }: { calendar: Calendar }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const client = useQueryClient();
  const closed = c.closed ?? [];
  const worked = c.worked ?? [];
  const save = useSend<CalendarDays, Calendar>({
    send: async (body) => (await take(api.PUT("/api/v1/agency/calendar", { params: { header: ifMatch(c.version) }, body }))) as Calendar,
    touches: [],
    onDone: (saved) => client.setQueryData(calendarQuery.queryKey, saved),
  });
  const put = (days: Partial<CalendarDays>) =>
    save.mutateAsync({ closed, worked, ...days }).catch((problem: { stale?: boolean }) => {
      if (problem.stale) void client.invalidateQueries({ queryKey: calendarQuery.queryKey });
      throw problem;
    });
  const editable = can("agency.write");
  const free = (c.national ?? []).filter((day) => !worked.some((w) => w.day === day));
  return (
    <Stack maw={760}>
      <ProblemAlert error={save.error} />
      <DaysSection title={t("settings.calendar.closed")} empty={t("settings.calendar.no_closed")} days={closed} editable={editable} pending={save.isPending} onChange={(days) => put({ closed: days })} />
      <DaysSection title={t("settings.calendar.worked")} empty={t("settings.calendar.no_worked")} days={worked} choice={free} editable={editable} pending={save.isPending} onChange={(days) => put({ worked: days })} />
    </Stack>
  );
}
