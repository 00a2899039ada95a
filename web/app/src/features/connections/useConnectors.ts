import { useQuery } from "@tanstack/react-query";
import { useSession } from "~/app/session";
import { useLanguage } from "~/ui/language";
import { connectorsQuery } from "./connections";
import { titleOf } from "./title";

/** Connectors by the title their author gave them, in the reader's language, for those who may see them. */
export function useConnectors() {
  const { can } = useSession();
  const { say } = useLanguage();
  const connectors = useQuery({ ...connectorsQuery, enabled: can("connectors.read") });
  const title = (name: string) => {
    const c = connectors.data?.find((c) => c.name === name);
    return c ? titleOf(c, say) : name;
  };
  return { names: connectors.data?.map((c) => c.name) ?? [], title };
}
