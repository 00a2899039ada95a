import { api, take } from "~/api/client";
import { meKey } from "~/api/keys";
import { useSend } from "~/api/useSend";
import { useQueryClient } from "@tanstack/react-query";
import type { Grant } from "./support";

export type Verb = "approve" | "decline" | "revoke";

/** What an agency decides about a request, or an access it gave. */
export function useDecide(onDone?: () => void) {
  const client = useQueryClient();
  return useSend<{ id: string; verb: Verb }, Grant>({
    send: ({ id, verb }, once) => {
      const how = { params: { path: { id }, header: once([id, verb]) } };
      if (verb === "approve") return take(api.POST("/api/v1/support-requests/{id}/approve", how));
      if (verb === "decline") return take(api.POST("/api/v1/support-requests/{id}/decline", how));
      return take(api.POST("/api/v1/support-requests/{id}/revoke", how));
    },
    touches: ["support"],
    onDone: () => {
      void client.invalidateQueries({ queryKey: meKey }); // the banner
      onDone?.();
    },
  });
}
