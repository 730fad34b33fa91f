/** The real model with every call's `yield*`, or every step's `if (...) yield;`, left out: each place must be seen. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkUserText, readLibraryVocabulary } from "../../src/farm/user-forms.ts";
import { checkPathForms } from "../../tools/checks/path-forms.mjs";
import { filesBelow } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { planted } from "./planted.ts";

const FILES = filesBelow(ROOT, "src/mm", ".ts");

/** A copy of the sources with the pattern replaced in the model, and the places where it stood. */
function leaveOut(pattern: RegExp, replacement: string): { root: string; places: string[] } {
  const root = planted({});
  cpSync(join(ROOT, "src"), join(root, "src"), { recursive: true });
  const places: string[] = [];
  for (const file of FILES) {
    const text = readFileSync(join(root, file), "utf8");
    for (const match of text.matchAll(pattern)) {
      places.push(`${file}:${text.slice(0, match.index).split("\n").length}`);
    }
    writeFileSync(join(root, file), text.replace(pattern, replacement));
  }
  return { root, places };
}

describe.each([
  { what: "the yield* of a path call", pattern: /(?<=^ *)yield\* (?=[\w.]+\()/gm, replacement: "" },
  { what: "the yield of a step", pattern: /(?<=^ *)if \((k\.\w+\(.*\))\) yield;$/gm, replacement: "$1;" },
])("every $what that is left out of the model", ({ pattern, replacement }) => {
  it("is seen with types", () => {
    const { root, places } = leaveOut(pattern, replacement);
    expect(places.length).toBeGreaterThan(20);
    const { complaints } = checkPathForms(root);
    expect(complaints.map((c) => `${c.file}:${c.line}`)).toEqual(expect.arrayContaining(places));
    expect(complaints.filter((c) => c.message.includes("does not compile"))).toEqual([]);
  }, 120_000);

  it("is seen by names", () => {
    const { root, places } = leaveOut(pattern, replacement);
    const words = readLibraryVocabulary(join(ROOT, "src"));
    const seen = FILES.flatMap(
      (file) => checkUserText(file, readFileSync(join(root, file), "utf8"), words).complaints,
    );
    expect(seen.map((c) => `${c.file}:${c.line}`)).toEqual(expect.arrayContaining(places));
  });
});
