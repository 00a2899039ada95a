import { expect, test } from "vitest";
import type { TemplateVersion } from "~/api/types";
import { liveOf } from "./templates";

const version = (version: number, status: string, published_at: string | null) => ({ version, status, published_at }) as TemplateVersion;

test("new files begin under the version that was published last, whatever its number", () => {
  const versions = [
    version(4, "draft", null),
    version(3, "retired", "2026-11-05T09:00:00Z"),
    version(2, "published", "2026-11-03T09:00:00Z"),
    version(1, "published", "2026-11-03T09:00:00.5Z"),
  ];
  expect(liveOf(versions)?.version).toBe(1);
  expect(liveOf(versions.slice(0, 2))).toBeUndefined();
});
