// Writes ../dist/licenses.txt: name, version and licence text of every package that the build is made of.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const app = new URL("../", import.meta.url);

/** The folders of the packages whose code or files reach the browser, by the lock file. */
export function shipped(lock) {
  return Object.entries(lock.packages)
    .filter(([folder, p]) => {
      if (folder === "" || p.optional || p.devOptional) return false; // optional ones are for Node: a browser gets none of them
      // Fonts are files that the build copies, so npm counts them among the tools.
      return !p.dev || folder.startsWith("node_modules/@fontsource-variable/");
    })
    .map(([folder]) => folder)
    .sort();
}

async function licences(dir) {
  return (await readdir(dir)).filter((name) => /^(licen[cs]e|copying|notice)([._-].*)?$/i.test(name)).sort();
}

/** Name, version and licence of one package, with the text it carries itself. */
async function entry(folder) {
  const dir = new URL(`${folder}/`, app);
  const about = JSON.parse(await readFile(new URL("package.json", dir), "utf8"));
  const files = await licences(dir);
  if (folder.endsWith("/pdfjs-dist")) files.push(...(await licences(new URL("wasm/", dir))).map((name) => `wasm/${name}`)); // other people's decoders
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, dir), "utf8")));
  const named = about.license ?? about.licenses?.map((l) => l.type).join(", ");
  if (!named && texts.length === 0) throw new Error(`${about.name} names no licence`);
  const text = texts.length ? texts.map((t) => t.trim()).join("\n\n") : "The package carries no text of its licence.";
  return `${about.name} ${about.version}\nLicence: ${named ?? "see the text"}\n\n${text}\n`;
}

async function main() {
  const lock = JSON.parse(await readFile(new URL("package-lock.json", app), "utf8"));
  const all = await Promise.all(shipped(lock).map(entry));
  const head = "Pratica's workspace is built with these packages.\n";
  await writeFile(new URL("../dist/licenses.txt", app), [head, ...all].join(`\n${"-".repeat(80)}\n\n`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
