// A one-page PDF that says what it is: small, and no two of the same bytes.

export function pdf(words) {
  const line = words.replace(/[^ -~]/g, "?").replace(/[\\()]/g, "\\$&");
  const content = `BT /F1 20 Tf 40 320 Td (${line}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 400]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj${object}endobj\n`;
    return `${String(at).padStart(10, "0")} 00000 n \n`;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

/** A PDF as a file chooser takes it. */
export const paper = (words) => ({ name: `${words.replace(/[^\p{L}\d]+/gu, "-").toLowerCase()}.pdf`, mimeType: "application/pdf", buffer: pdf(words) });
