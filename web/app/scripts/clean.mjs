// Removes the last build from ../dist and keeps placeholder.html, which the program embeds when there is no build.
import { readdir, rm } from "node:fs/promises";

const dist = new URL("../../dist/", import.meta.url);
for (const name of await readdir(dist)) {
  if (name !== "placeholder.html") await rm(new URL(name, dist), { recursive: true });
}
