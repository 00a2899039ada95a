/** How much of a quota is used, in percent; null where there is no limit. */
export function partOf({ used, limit }: { used: number; limit: number | null }): number | null {
  if (limit === null) return null;
  return limit === 0 ? 100 : (used * 100) / limit;
}

const units = ["kB", "MB", "GB", "TB"];

/** Storage in the unit that gives a number people read, from kilobytes on. */
export function storage(bytes: number, language: string): string {
  let size = bytes / 1000;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${new Intl.NumberFormat(language === "it" ? "it-IT" : "en-GB", { maximumFractionDigits: 1 }).format(size)} ${units[unit]}`;
}
