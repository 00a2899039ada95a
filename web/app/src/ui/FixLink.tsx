import type { ReactNode } from "react";
import type { FixRoute } from "./fix";
import { TextLink } from "./links";

/** The way to where a blocker is cleared. */
export function FixLink({ route, children, onClick }: { route: FixRoute; children: ReactNode; onClick?: () => void }) {
  const look = { size: "sm", fw: 600, onClick, children } as const;
  switch (route.to) {
    case "/applications/$id":
      return <TextLink to={route.to} params={route.params} search={route.search} {...look} />;
    case "/subjects/$id":
      return <TextLink to={route.to} params={route.params} hash={route.hash} {...look} />;
    default:
      return <TextLink to={route.to} {...look} />;
  }
}
