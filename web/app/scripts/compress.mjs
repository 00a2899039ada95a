// Writes .br and .gz beside every text file of the build: the server sends them as they are.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const dist = new URL("../../dist/", import.meta.url);
const names = await readdir(dist, { recursive: true });
for (const name of names) {
  if (!/\.(m?js|css|html|svg|txt|wasm)$/.test(name) || name === "placeholder.html") continue;
  const file = new URL(name, dist);
  const text = await readFile(file);
  const br = await promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } });
  await writeFile(new URL(`${name}.br`, dist), br);
  await writeFile(new URL(`${name}.gz`, dist), await promisify(gzip)(text, { level: 9 }));
}
