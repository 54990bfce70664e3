// Bundles the page: one module an entry in src/pages, one style sheet, what they share in chunks of their own.

import { copyFile, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const pages = (await readdir(here("src/pages"))).filter((name) => name.endsWith(".ts"));
await rm(here("dist"), { recursive: true, force: true });
await build({
  absWorkingDir: here("."),
  entryPoints: [...pages.map((name) => `src/pages/${name}`), "src/styles/page.css"],
  outdir: "dist",
  entryNames: "[name]",
  chunkNames: "shared-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome111", "firefox114", "safari16.4"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
// Its licence wants to go where it goes.
await copyFile(here("node_modules/uplot/LICENSE"), here("dist/uplot-LICENSE.txt"));
