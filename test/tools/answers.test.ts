/** The pages of answers: what they are made of is what the program prints, and what is committed is what was made. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { build, ROOT } from "../../tools/house.mjs";

build();
const { reportLines, verdict } = await import("../../tools/answers/ask.mjs");

const COMMAND = "fork-vs-probe --kernel 7.0";

test("the sentence of a page is what the command prints first", async () => {
  const ran = spawnSync(process.execPath, ["dist/cli/main.js", "check", ...COMMAND.split(" ")], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const lines = await reportLines(COMMAND, false);
  expect(lines.length).toBeGreaterThan(1);
  expect(ran.stdout.split("\n").slice(0, lines.length)).toEqual(lines);
});

test("a cell is the verdict, with code and function where it fails", async () => {
  expect(await verdict(COMMAND)).toBe("holds");
  expect(await verdict("fork-vs-swapoff --kernel 6.12")).toBe("**fails**: bad-pointer in `unuse_mm`");
  expect(await verdict("reaper-refused --kernel 4.14")).toBe("n/a");
  await expect(verdict("fork-vs-swapoff fork-fails")).rejects.toThrow(/exactly one scenario/);
});

test("the crash on its page has the steps of the shortest execution, and the committed page holds them", async () => {
  const lines = await reportLines("fork-vs-swapoff --kernel 6.12", true);
  expect(lines.filter((line) => line.startsWith(">"))).toHaveLength(1);
  const page = readFileSync(join(ROOT, "docs/answers/001.md"), "utf8").split("\n");
  const at = page.indexOf("$ npx interleaf check fork-vs-swapoff --kernel 6.12");
  expect(page.slice(at + 1, at + 1 + lines.length)).toEqual(lines);
});
