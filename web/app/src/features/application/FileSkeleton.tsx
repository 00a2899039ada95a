import { Group, Skeleton, Stack } from "@mantine/core";
import { Loading } from "~/ui/Loading";
import classes from "./file.module.css";

/** The page's shape while the file is on its way. */
export function FileSkeleton() {
  return (
    <Stack gap="lg">
      <div>
        <Skeleton height={14} width={220} mb={8} />
        <Skeleton height={30} width="45%" mb={10} />
        <Skeleton height={20} width={320} />
      </div>
      <Group gap="xl">
        {[0, 1, 2, 3, 4].map((i) => (
          <Skeleton key={i} height={38} width={110} />
        ))}
      </Group>
      <div className={classes.layout}>
        <Loading rows={8} />
        <Loading rows={5} />
      </div>
    </Stack>
  );
}
