import { type InfiniteData, type UndefinedInitialDataInfiniteOptions, useInfiniteQuery, useMutation, type UseQueryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState } from "react";
import { Intent } from "~/api/client";
import { isProblem, type ProblemError } from "~/api/problem";
import { idleAfter, idleFor, type Self, visitKey, warnAfter } from "./portal";

/** How a visit was over: its time, or the person's own choice. */
export type Over = "ended" | "left";

type Visit = { me: Self; end: (why: Over) => void };

export const VisitContext = createContext<Visit | null>(null);

/** The visit that is open. */
export function useVisit(): Visit {
  const visit = useContext(VisitContext);
  if (!visit) throw new Error("no visit is open");
  return visit;
}

/** The server no longer knows the visit. */
export const shutOut = (error: unknown) => isProblem(error) && error.status === 401;

function useEnd(error: unknown) {
  const { end } = useVisit();
  const over = shutOut(error);
  useEffect(() => {
    if (over) end("ended");
  }, [over, end]);
}

/** Something of the visit; when the server no longer knows it, the visit is over. */
export function useOwn<T, K extends readonly unknown[]>(options: UseQueryOptions<T, Error, T, K>) {
  const query = useQuery(options);
  useEnd(query.error);
  return query;
}

/** The same, page by page. */
export function useOwnPages<T, K extends readonly unknown[]>(options: UndefinedInitialDataInfiniteOptions<T, Error, InfiniteData<T>, K, string | undefined>) {
  const query = useInfiniteQuery(options);
  useEnd(query.error);
  return query;
}

/** A change by the person: one idempotency key an intent; what the visit shows is read again. */
export function useAct<I, O>(send: (input: I, once: (body: unknown) => { "Idempotency-Key": string }) => Promise<O>, onDone?: (out: O) => void) {
  const client = useQueryClient();
  const [intent] = useState(() => new Intent());
  const act = useMutation<O, ProblemError, I>({
    mutationFn: (input) => send(input, (body) => intent.header(body)),
    onSuccess: (out) => {
      intent.done();
      onDone?.(out); // first: it may end the visit, and then there is nothing to read again
      void client.invalidateQueries({ queryKey: visitKey });
    },
  });
  useEnd(act.error);
  return act;
}

/** Ends a visit in which nothing happens any more, and says so two minutes before. */
export function useIdle(): boolean {
  const { end } = useVisit();
  const [warned, setWarned] = useState(false);
  useEffect(() => {
    const look = () => {
      if (idleFor() >= idleAfter) end("ended");
      else setWarned(idleFor() >= warnAfter);
    };
    const timer = setInterval(look, 1_000);
    document.addEventListener("visibilitychange", look); // timers sleep in a phone's pocket
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [end]);
  return warned;
}
