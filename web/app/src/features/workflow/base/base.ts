import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";
import type { Finding, TemplateVersion } from "~/api/types";

export type Upgrade = Omit<components["schemas"]["InstancesUpgrade"], "findings"> & { findings: Finding[] | null };

/** What would become of a template on the newest version of its base. */
export const upgradeQuery = (key: string) =>
  queryOptions({
    queryKey: keys.of("workflows", key, "upgrade"),
    queryFn: async () => (await take(api.GET("/api/v1/workflows/{key}/upgrade", { params: { path: { key } } }))) as Upgrade,
  });

/** What a version says of its base; the description cannot say that it may have none. */
export type Inheriting = Pick<TemplateVersion, "version" | "status" | "new_base"> & { base: TemplateVersion["base"] | null };

/** The newer version of the base that nobody has taken up yet: neither the live version nor a draft after it stands on it. */
export function waitingBase(versions: Inheriting[]): { key: string; from: number; to: number } | null {
  const live = versions.filter((v) => v.status === "published").sort((a, b) => b.version - a.version)[0];
  if (!live?.base || !live.new_base) return null;
  const { base, new_base: to } = live;
  const taken = versions.some((v) => v.version > live.version && v.base?.key === base.key && v.base.version >= to);
  return taken ? null : { key: base.key, from: base.version, to };
}

/** The text its author works on: an overlay where the version is one, else the template. */
export const written = (version: Pick<TemplateVersion, "source" | "overlay">) => version.overlay ?? version.source ?? "";
