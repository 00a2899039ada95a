import { useQuery } from "@tanstack/react-query";
import { connectionsQuery, connectorsQuery } from "~/features/connections/connections";
import { subjectFilesQuery } from "~/features/subjects/subjects";
import { useSession } from "~/app/session";

/** The agency's connections whose connector has a capability, with what a call may cost, and the files the person takes part in. */
export function useWays(id: string, capability: string) {
  const { can } = useSession();
  const sees = can("connectors.read");
  const connectors = useQuery({ ...connectorsQuery, enabled: sees });
  const connections = useQuery({ ...connectionsQuery, enabled: sees });
  const files = useQuery(subjectFilesQuery(id));
  const able = (connectors.data ?? []).filter((c) => c.capabilities?.includes(capability));
  return {
    ready: connectors.data !== undefined && connections.data !== undefined && files.data !== undefined,
    connections: (connections.data ?? []).filter((c) => able.some((a) => a.name === c.connector)),
    files: files.data ?? [],
    price: (connector: string, method: string) => able.find((c) => c.name === connector)?.cost_cents?.[method] ?? 0,
  };
}
