/** Writing figures and dates the way the reader's language does. Money is cents, rates are basis points, times are UTC. */

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function kept<F extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => F): F {
  let f = cache.get(key);
  if (!f) cache.set(key, (f = make()));
  return f as F;
}

/** "€ 180.000,00" in Italian, "€180,000.00" in English. The sign comes first in both, so that columns align. */
export function money(cents: number, language: string, { whole = false } = {}): string {
  const digits = whole ? 0 : 2;
  const f = kept(`money ${language} ${digits}`, () =>
    new Intl.NumberFormat(language === "it" ? "it-IT" : "en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always" } as Intl.NumberFormatOptions),
  );
  const amount = f.format(Math.abs(cents) / 100);
  return `${cents < 0 ? "−" : ""}€${language === "it" ? "\u00a0" : ""}${amount}`;
}

/** Basis points as a percentage: 7525 is "75,25 %". `fixed` keeps both decimals, so that a column aligns. */
export function percent(bps: number, language: string, { fixed = false, most = 2 } = {}): string {
  const least = fixed ? 2 : 0;
  const f = kept(`percent ${language} ${least} ${most}`, () => new Intl.NumberFormat(language === "it" ? "it-IT" : "en-GB", { minimumFractionDigits: least, maximumFractionDigits: most }));
  return `${f.format(bps / 100)}${language === "it" ? "\u00a0" : ""}%`;
}

export function day(text: string, language: string): string {
  // A calendar day belongs to no time zone: noon UTC is that day everywhere people write mortgages.
  const at = text.length === 10 ? new Date(`${text}T12:00:00Z`) : new Date(text);
  return kept(`day ${language}`, () => new Intl.DateTimeFormat(language === "it" ? "it-IT" : "en-GB", { day: "numeric", month: "short", year: "numeric" })).format(at);
}

export function dayTime(text: string, language: string): string {
  return kept(`time ${language}`, () =>
    new Intl.DateTimeFormat(language === "it" ? "it-IT" : "en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
  ).format(new Date(text));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 days ago", "in 2 hours". */
export function ago(text: string, language: string, now = Date.now()): string {
  const seconds = (new Date(text).getTime() - now) / 1000;
  const f = kept(`ago ${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
  for (const [unit, length] of steps) if (Math.abs(seconds) >= length) return f.format(Math.trunc(seconds / length), unit);
  return f.format(0, "second"); // "now"
}

/** Whole days since an instant. */
export const daysSince = (text: string, now = Date.now()) => Math.max(0, Math.floor((now - new Date(text).getTime()) / 86_400_000));

/** A length of time in its largest fitting unit; never nothing. */
export function span(seconds: number): { unit: "days" | "hours" | "minutes"; count: number } {
  if (seconds >= 86_400) return { unit: "days", count: Math.floor(seconds / 86_400) };
  if (seconds >= 3_600) return { unit: "hours", count: Math.floor(seconds / 3_600) };
  return { unit: "minutes", count: Math.max(1, Math.floor(seconds / 60)) };
}

/** The day so many days from now in UTC, YYYY-MM-DD. */
export const inDays = (days: number, now = Date.now()) => new Date(now + days * 86_400_000).toISOString().slice(0, 10);

/** Today as YYYY-MM-DD where the reader is. */
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/**
 * Reads an amount as people type it: "180.000", "180.000,50", "180,000.50", "1 200". Returns cents, or null.
 * With one kind of separator only, three digits after it mean thousands.
 */
export function readMoney(text: string): number | null {
  const clean = text.replace(/[€\s\u00a0]/g, "");
  if (!/^\d[\d.,]*$/.test(clean)) return null;
  const last = Math.max(clean.lastIndexOf(","), clean.lastIndexOf("."));
  const decimals = last < 0 ? "" : clean.slice(last + 1);
  const both = clean.includes(",") && clean.includes(".");
  const fraction = last >= 0 && decimals.length <= 2 && (both || clean.indexOf(clean[last]!) === last);
  const whole = (fraction ? clean.slice(0, last) : clean).replace(/[.,]/g, "");
  if (!fraction && last >= 0 && decimals.length !== 3) return null;
  return Number(whole) * 100 + (fraction ? Number(decimals.padEnd(2, "0")) : 0);
}

/** Reads "3,5" or "3.5 %" as 350 basis points, or null. */
export function readPercent(text: string): number | null {
  const clean = text.replace(/[%\s\u00a0]/g, "").replace(",", ".");
  return /^\d+(\.\d{1,2})?$/.test(clean) ? Math.round(Number(clean) * 100) : null;
}
