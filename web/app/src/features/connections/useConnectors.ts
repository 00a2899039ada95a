import { useQuery } from "@tanstack/react-query";
import { useSession } from "~/app/session";
import { connectorsQuery } from "./connections";

/** Connectors by the title their author gave them, for those who may see them. */
export function useConnectors() {
  const { can } = useSession();
  const connectors = useQuery({ ...connectorsQuery, enabled: can("connectors.read") });
  return { names: connectors.data?.map((c) => c.name) ?? [], title: (name: string) => connectors.data?.find((c) => c.name === name)?.title ?? name };
}
