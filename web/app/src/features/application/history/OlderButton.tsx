import { Button, Center } from "@mantine/core";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

export type Paged<T> = Pick<UseInfiniteQueryResult<T>, "data" | "hasNextPage" | "isFetching" | "isFetchingNextPage" | "fetchNextPage">;

/** Reads the steps before those on the page, while there are some. */
export function OlderButton<T>({ steps }: { steps: Paged<T> }) {
  const { t } = useTranslation();
  if (!steps.hasNextPage) return null;
  return (
    <Center py="xs">
      <Button variant="default" size="compact-sm" loading={steps.isFetchingNextPage} onClick={() => void steps.fetchNextPage()}>
        {t("application.history.older")}
      </Button>
    </Center>
  );
}
