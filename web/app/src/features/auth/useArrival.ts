import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { SignIn } from "~/api/types";
import { useTakeUp } from "~/app/session";

/** What comes after a sign-in: the page one wanted, or a second factor first (`waits`). */
export function useArrival(next?: string) {
  const router = useRouter();
  const takeUp = useTakeUp();
  const [waits, setWaits] = useState<string[] | null>(null);
  const [ended, setEnded] = useState<unknown>(null);
  const arrive = (answer: SignIn) => {
    if ("second_factor" in answer) return setWaits(answer.second_factor);
    takeUp(answer);
    if (answer.must_enrol) return router.history.replace("/enrol");
    // Only addresses of our own: `//elsewhere` is another site.
    router.history.replace(next && /^\/(?!\/)/.test(next) ? next : "/");
  };
  /** Back to the first step, with what was wrong when there was something. */
  const again = (problem: unknown = null) => {
    setEnded(problem);
    setWaits(null);
  };
  return { arrive, waits, again, ended };
}
