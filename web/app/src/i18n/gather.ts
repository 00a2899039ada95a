/** Puts `./it/today.json` under `today`. */
export function gather(files: Record<string, Record<string, unknown>>): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(files).map(([path, words]) => [path.slice(path.lastIndexOf("/") + 1, -".json".length), words]));
}
