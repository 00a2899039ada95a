import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isProblem } from "~/api/problem";
import { Nothing } from "~/app/fallbacks";
import { Loading } from "./Loading";
import { ProblemAlert } from "./ProblemAlert";

type Props<T> = { query: UseQueryResult<T, Error>; loading?: ReactNode; children: (data: T) => ReactNode };

/** A query on the screen: skeleton, nothing there, problem with a way to try again, or the data. Old data stays while new is asked for. */
export function QueryView<T>({ query, loading, children }: Props<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (isProblem(query.error) && query.error.status === 404) return <Nothing />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return <>{loading ?? <Loading />}</>;
}
