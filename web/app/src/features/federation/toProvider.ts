import { isProblem } from "~/api/problem";

type Router = { history: { push: (href: string) => void } };

/** An agency that is entered by its provider only: on to the sign-in page that offers it, which also says why. */
export function toProvider(router: Router, error: unknown, agency: string) {
  if (!isProblem(error) || error.code !== "auth.provider_only") return;
  router.history.push(`/login?${new URLSearchParams({ agency, refused: error.code }).toString()}`);
}
