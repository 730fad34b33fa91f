// The answers to the threads that the project began with, as pages that are made by running what they say.
//
//     node tools/answers/main.mjs [PAGE...]            makes docs/answers/PAGE.md, and the guides that are made the same way
//     node tools/answers/main.mjs --check [PAGE...]    makes them again and compares: 0 the same, 1 not
//
// Needs the built floors (npm run build).

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../house.mjs";
import { guideOwnDesign } from "./guide-own-design.mjs";
import { render } from "./page.mjs";
import { page000 } from "./page-000.mjs";
import { page001 } from "./page-001.mjs";
import { page002 } from "./page-002.mjs";
import { page003 } from "./page-003.mjs";

/** All pages: the threads in their order, then guides. */
const PAGES = [page000, page001, page002, page003, guideOwnDesign];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false } },
});
process.chdir(ROOT);
const unknown = positionals.find((id) => !PAGES.some((page) => page.id === id));
if (unknown !== undefined) {
  console.error(`There is no page ${unknown}: choose among ${PAGES.map((page) => page.id).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const page of PAGES) {
    if (positionals.length > 0 && !positionals.includes(page.id)) continue;
    const began = performance.now();
    const text = await render(page);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const { path } = page;
    const file = join(ROOT, path);
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (!values.check) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`${path}: ${text === before ? "as it was" : "made"} (${seconds} s)`);
    } else if (text === before) console.log(`${path}: says what is true (${seconds} s)`);
    else {
      console.error(
        `${path}: ${difference(before, text)}\n  make it again: node tools/answers/main.mjs ${page.id}`,
      );
      process.exitCode = 1;
    }
  }
}

/**
 * @param {string} before
 * @param {string} now
 */
function difference(before, now) {
  const old = before.split("\n");
  const lines = now.split("\n");
  const at = lines.findIndex((line, n) => line !== old[n]);
  const line = at < 0 ? lines.length : at;
  return `line ${line + 1} says\n  ${old[line] ?? "(nothing)"}\nand what is true is\n  ${lines[line] ?? "(nothing)"}`;
}
