/**
 * Runs a benchmark of the checker: `node bench/check/run.mjs NAME` bundles bench/check/NAME.ts with the sources it
 * imports and runs it, so that what is measured is the code as it is shipped, in one module scope.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const name = process.argv[2];
if (!name || !/^[a-z-]+$/.test(name)) {
  console.error(
    "usage: node bench/check/run.mjs dpor|nesting|peak|random|rate|sleep|spin|workers [OPTION...]",
  );
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "bench-"));
try {
  const bundle = await rolldown({ input: join(import.meta.dirname, `${name}.ts`), platform: "node" });
  const file = join(folder, `${name}.mjs`);
  await bundle.write({ file, format: "esm" });
  await import(pathToFileURL(file).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
