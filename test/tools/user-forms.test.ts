import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  checkUserFile,
  checkUserText,
  readLibraryVocabulary,
  readVocabulary,
} from "../../src/farm/user-forms.ts";
import { filesBelow } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { MISTAKES, OPENING, OPENING_LINES, RIGHT } from "./path-mistakes.ts";
import { planted, SCHED } from "./planted.ts";

const WORDS = readVocabulary([SCHED]);

it("reads paths and steps off declarations, and knows which names are also plain", () => {
  expect([...WORDS.paths]).toEqual(["fair"]);
  expect([...WORDS.steps]).toEqual(["lock", "unlock", "read", "add", "look"]);
  expect([...WORDS.ambiguous]).toEqual(["add"]);
});

it.each(MISTAKES)("complains about $title", ({ code, line, says }) => {
  const { complaints } = checkUserText("/design.ts", OPENING + code, WORDS);
  expect(complaints).toContainEqual({
    file: "/design.ts",
    line: OPENING_LINES + line,
    message: expect.stringMatching(says) as string,
  });
});

it.each(RIGHT)("leaves alone: $title", ({ code }) => {
  expect(checkUserText("/design.ts", OPENING + code, WORDS).complaints).toEqual([]);
});

it("knows an ambiguous step by the machine it is called on", () => {
  const code = `export const design = {\n  *recover(k, m) {\n    if (k.lock(m)) yield;\n    k.add(m, 1);\n    new Set().add(m);\n  },\n};`;
  expect(checkUserText("/design.ts", code, WORDS).complaints.map((c) => c.line)).toEqual([4]);
});

it("takes an exported one-step path for the task of another file, unless a path drives it", () => {
  const poke = "export function* poke(k, m) {\n  if (k.lock(m)) yield;\n}\n";
  expect(checkUserText("/design.ts", poke, WORDS).complaints).toEqual([]);
  const driven = `${poke}export function* f(k, m) {\n  yield* poke(k, m);\n}`;
  expect(checkUserText("/design.ts", driven, WORDS).complaints.map((c) => c.line)).toEqual([1]);
});

it("follows relative imports", () => {
  const root = planted({
    "design.ts": `import { part } from "./part.ts";\nexport const design = { name: "mine", part };`,
    "part.ts": `import "./design.ts";\nexport function* part(k, m) {\n  k.lock(m);\n}`,
  });
  expect(checkUserFile(join(root, "design.ts"), WORDS)).toEqual([
    { file: join(root, "part.ts"), line: 3, message: expect.stringContaining("announces k.lock") as string },
  ]);
});

it("tells the line of a file that is not TypeScript, and a file that is missing", () => {
  expect(checkUserText("/design.ts", "export const a = 1;\nexport const b = ;\n", WORDS).complaints).toEqual([
    {
      file: "/design.ts",
      line: 2,
      message: expect.stringContaining("is not TypeScript: Unexpected token") as string,
    },
  ]);
  expect(checkUserFile("/gone.ts", WORDS)[0]?.message).toBe("there is no such file");
});

it("agrees with the check with types about the library's own paths", () => {
  const words = readLibraryVocabulary(join(ROOT, "src"));
  const files = ["mm", "scenarios"].flatMap((floor) => filesBelow(ROOT, `src/${floor}`, ".ts"));
  expect(words.steps.size).toBeGreaterThan(0);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(checkUserText(file, readFileSync(join(ROOT, file), "utf8"), words).complaints).toEqual([]);
  }
});
