import type { Me } from "~/api/types";
import { looking } from "./support";

const left = "pratica.left";

/**
 * Leaving a support view closes it in this window: nothing of the agency is asked for any more. The access itself lasts until its
 * time is over or the agency ends it, so the view can be opened again.
 */
export const leaveView = (me: Me) => sessionStorage.setItem(left, me.agency?.id ?? "");

export const openView = () => sessionStorage.removeItem(left);

/** Who is signed in, without the agency whose view they have left. */
export function outside(me: Me): Me {
  if (!looking(me) || !me.agency || sessionStorage.getItem(left) !== me.agency.id) return me;
  return { ...me, agency: null, roles: [], support: [], permissions: (me.permissions ?? []).filter((p) => p.startsWith("networks.")) };
}
