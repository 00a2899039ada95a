import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.PRATICA_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../dist",
    emptyOutDir: false, // the placeholder page stays; scripts/clean.mjs removes the rest
    assetsInlineLimit: 0, // the page's policy takes fonts from its own server only
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // know light-dark() themselves: its stand-in needs a color-scheme written in the same file
    rolldownOptions: {
      output: {
        // A few files that change seldom, not a hundred that each cost a round trip.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|react-i18next|scheduler|i18next|openapi-fetch|@tanstack)\// },
            { name: "mantine", test: /node_modules\/(@mantine|@floating-ui|@tabler|clsx|react-remove-scroll|react-textarea-autosize|tabbable)/ },
            { name: "forms", test: /node_modules\/(zod|react-hook-form|@hookform)\// },
            { name: "base", test: /src\/(ui|api|app)\// },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": server, "/d": server, "/problems": server } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
