/** A lender's key from its name: what programs call it. Two letters at least, as the server asks. */
export function keyOf(name: string): string {
  const key = name
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return key.length >= 2 ? key : `lender-${key}`;
}
