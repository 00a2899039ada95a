import { Stack } from "@mantine/core";
import { useFile } from "../FileContext";
import { PlanSection } from "../plan/PlanSection";
import { AskedSection } from "./AskedSection";
import { FactsSection } from "./FactsSection";
import { NotesSection } from "./NotesSection";
import { OutsideSection } from "./OutsideSection";
import overview from "./overview.module.css";
import { RatiosSection } from "./RatiosSection";
import { ScheduleSection } from "./ScheduleSection";
import { TasksSection } from "./TasksSection";

/** What is asked, how it adds up, and what is to be done. */
export function OverviewTab() {
  const { file } = useFile();
  return (
    <Stack gap="md">
      <div className={overview.pair}>
        <Stack gap="md">
          <AskedSection />
          <FactsSection />
          <OutsideSection />
        </Stack>
        <Stack gap="md">
          <TasksSection />
          {file.outcome === null && <PlanSection />}
          <NotesSection />
        </Stack>
      </div>
      <RatiosSection />
      <ScheduleSection />
    </Stack>
  );
}
