// The project speaks of itself alone: no path of somebody's machine, no reference to a conversation a reader cannot see,
// no note to oneself, no package from anywhere but the public registry.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./sources.mjs";

/** @type {readonly [RegExp, string][]} */
const FORBIDDEN = [
  [
    /(?<![\w.:/*])\/(root|work|workspace|builds|Users)\/[\w.-]+/,
    "names a path of one machine: use a path inside the project",
  ],
  [/\bissues? #?\d+\b/i, "refers to a tracker a reader may not have: say what it said"],
  [/\b(TODO|FIXME|XXX)\b/, "is a note to oneself: do it, or say what is left out and why"],
  [
    /\b(language model|AI assistant|co-authored-by|generated (by|with) \w*(GPT|AI)\b)/i,
    "speaks of how the text came about: leave it out",
  ],
];

const REGISTRY = "https://registry.npmjs.org/";

/** This list, and the tests that plant what it forbids. */
const EXEMPT = ["tools/checks/speech.mjs", "test/tools/speech.test.ts"];

const FOLDERS = ["src", "test", "tools", "bench", "examples", "docs", ".ci"];
const TEXT = /\.(ts|mts|mjs|js|json|md|sh|html|css)$|\.ci\/run$/;
const TOP_FILES = [
  "package.json",
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "tsconfig.base.json",
  "vitest.config.ts",
];

/**
 * Checks the texts and the lockfile of the project at `root`.
 *
 * @param {string} root
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkSpeech(root) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  const below = FOLDERS.flatMap((folder) => filesBelow(root, folder, "")).filter((file) => TEXT.test(file));
  const files = [...TOP_FILES.filter((file) => existsSync(join(root, file))), ...below].filter(
    (file) => !EXEMPT.includes(file),
  );
  for (const file of files) {
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .forEach((line, index) => {
        for (const [pattern, message] of FORBIDDEN) {
          const match = pattern.exec(line);
          if (match !== null) complaints.push({ file, line: index + 1, message: `"${match[0]}" ${message}` });
        }
      });
  }
  const lock = join(root, "package-lock.json");
  if (existsSync(lock)) {
    readFileSync(lock, "utf8")
      .split("\n")
      .forEach((line, index) => {
        const address = /"resolved": "([^"]*)"/.exec(line)?.[1];
        if (address === undefined || address.startsWith(REGISTRY)) return;
        complaints.push({
          file: "package-lock.json",
          line: index + 1,
          message: `${address} is not the public registry: install again with --registry ${REGISTRY}`,
        });
      });
  }
  return { looked: files.length, what: "files", complaints };
}
