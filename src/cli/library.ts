/**
 * The running copy of the library: its version, its modules as users' files see them, and where it lies.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as check from "../check/index.ts";
import type { Library } from "../farm/index.ts";
import * as imports from "../import/index.ts";
import * as maple from "../maple/index.ts";
import * as mm from "../mm/index.ts";
import * as report from "../report/index.ts";
import * as scenarios from "../scenarios/index.ts";
import * as sched from "../sched/index.ts";

/** Version of the package, and with it of the model: traces of another one are refused. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/** What `interleaf/FLOOR` is for a user's file. */
export const LIBRARY: Library = {
  modules: {
    "interleaf/check": check,
    "interleaf/import": imports,
    "interleaf/maple": maple,
    "interleaf/mm": mm,
    "interleaf/report": report,
    "interleaf/scenarios": scenarios,
    "interleaf/sched": sched,
  },
  folder: fileURLToPath(new URL("..", import.meta.url)),
};
