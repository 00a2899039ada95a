// node .pratica-sdk/build.js connector.js acme: makes one executable file of a connector and all it requires.
//
// One file, because that is what the platform verifies by its SHA-256 and lets the jail see: a folder of modules beside it would be neither.
// It starts as a shell script so that it finds node also where only the shell does.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire, isBuiltin } = require("node:module");

const [entry, target] = process.argv.slice(2);
if (!target) {
  console.error("usage: node build.js ENTRY.js TARGET");
  process.exit(2);
}
const modules = new Map(); // file → {id, code}

function add(file) {
  if (modules.has(file)) return modules.get(file).id;
  const id = modules.size;
  const at = { id, code: "" };
  modules.set(file, at);
  const text = fs.readFileSync(file, "utf8");
  if (file.endsWith(".json")) {
    at.code = "module.exports = " + JSON.stringify(JSON.parse(text));
  } else {
    const find = createRequire(file);
    at.code = text.replace(/^#!.*/, "").replace(/\brequire\(\s*["']([^"']+)["']\s*\)/g, (whole, name) => {
      if (isBuiltin(name)) return whole;
      let found;
      try {
        found = find.resolve(name);
      } catch {
        console.error(`${path.relative(".", file)} requires ${name}, which is not there. Type: npm install ${name}`);
        process.exit(1);
      }
      if (!/\.(c?js|json)$/.test(found)) {
        console.error(`${path.relative(".", file)} requires ${name}, which is ${path.extname(found)}: only CommonJS and JSON can be bundled here. Bundle it first, for example with esbuild --format=cjs --platform=node.`);
        process.exit(1);
      }
      return `__load(${add(found)})`;
    });
  }
  return id;
}
add(path.resolve(entry));

const proto = fs.readFileSync(path.join(__dirname, "connector.proto"), "utf8");
const parts = [...modules.values()].map(({ id, code }) => `__modules[${id}] = function (module, exports, __dirname) {\n${code}\n};\n`);
// A shell reads the second line as: do nothing, then run node with this file. JavaScript reads a text and a comment.
const out = `#!/bin/sh
':' //; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin" exec node "$0" "$@"
globalThis.__connector_proto = ${JSON.stringify(proto)};
const __modules = [], __loaded = [];
function __load(id) {
  if (!__loaded[id]) { const module = (__loaded[id] = { exports: {} }); __modules[id](module, module.exports, "."); }
  return __loaded[id].exports;
}
${parts.join("")}__load(0);
`;
fs.writeFileSync(target + ".new", out, { mode: 0o755 });
fs.renameSync(target + ".new", target);
