import { expect, it, test } from "vitest";
import { verdict } from "../../tools/checks/sources.mjs";
import { checkSpeech } from "../../tools/checks/speech.mjs";
import { ROOT } from "../../tools/house.mjs";
import { planted } from "./planted.ts";

it.each([
  ["src/mm/a.ts", "// see /work/notes/plan.md", "/work/notes"],
  ["README.md", "run /root/bin/thing", "/root/bin"],
  ["tools/a.mjs", "// as issue 12 says", "issue 12"],
  ["test/a.test.ts", "// TODO later", "TODO"],
  ["src/mm/README.md", "Written by a language model.", "language model"],
])("%s: %s", (file, text, said) => {
  const { complaints } = checkSpeech(planted({ [file]: `first line\n${text}\n` }));
  expect(complaints).toEqual([{ file, line: 2, message: expect.stringContaining(`"${said}" `) as string }]);
});

it("knows where every package came from", () => {
  const root = planted({
    "package.json": "{}",
    "package-lock.json": `{\n"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz",\n"resolved": "http://mirror.local/b-1.0.0.tgz"\n}`,
  });
  expect(checkSpeech(root).complaints).toEqual([
    {
      file: "package-lock.json",
      line: 3,
      message: expect.stringContaining("is not the public registry") as string,
    },
  ]);
});

it("leaves ordinary paths and words alone", () => {
  const text =
    "dist/work/list.js, /proc/12/maps, https://example.org/work/a, the framework/works of, /usr/lib/x, issues";
  expect(checkSpeech(planted({ "src/mm/a.ts": text })).complaints).toEqual([]);
});

it("does not pass when it looked at no file", () => {
  expect(verdict("speech", checkSpeech(planted({ "other/a.ts": "" }))).passed).toBe(false);
});

test("the project speaks of itself alone", () => {
  const result = checkSpeech(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});
