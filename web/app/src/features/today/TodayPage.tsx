import { Grid, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { PageHeader } from "~/ui/PageHeader";
import { useLanguage } from "~/ui/language";
import { BlockedFiles } from "./BlockedFiles";
import { LenderNews } from "./LenderNews";
import { MyTasks } from "./MyTasks";
import { RecentFiles } from "./RecentFiles";
import { StalledFiles } from "./StalledFiles";

/** What waits for this person: tasks, files that stand still or take too long, lenders that need an answer. */
export function TodayPage() {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { me, can } = useSession();
  const date = new Intl.DateTimeFormat(language === "it" ? "it-IT" : "en-GB", { weekday: "long", day: "numeric", month: "long" }).format(new Date());
  return (
    <>
      <PageHeader title={t("today.title")} over={t("today.hello", { name: me.user.name.split(" ")[0] })} hint={date[0]?.toUpperCase() + date.slice(1)} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            {can("tasks.read") && <MyTasks />}
            <RecentFiles />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md">
            <BlockedFiles />
            <StalledFiles />
            {can("operations.read") && <LenderNews />}
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
