/** The worked examples of the floors' documents run and print what they say; what is simplified is listed in one place. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as check from "../../src/check/index.ts";
import * as mm from "../../src/mm/index.ts";
import * as scenarios from "../../src/scenarios/index.ts";
import { sequentially } from "../../src/sched/index.ts";

const ROOT = new URL("../../", import.meta.url);

test.each(["src/mm/README.md", "src/scenarios/README.md"])(
  "the example of %s prints what it says",
  (document) => {
    const text = readFileSync(new URL(document, ROOT), "utf8");
    const code = [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
      .map(([, block]) => block)
      .find((block) => block.includes("// →"))!;
    const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line);
    expect(expected.length).toBeGreaterThan(4);
    const given: Record<string, unknown> = { ...check, ...mm, ...scenarios, sequentially };
    const imported = [...code.matchAll(/^import \{([^}]*)\}/gm)].flatMap(([, names]) =>
      names.split(",").map((n) => n.trim()),
    );
    for (const name of imported) expect(given[name], `${name} is exported`).toBeDefined();
    const printed: string[] = [];
    const print = (...values: unknown[]): void => void printed.push(values.map(String).join(" "));
    // oxlint-disable-next-line no-new-func -- the example is this repository's own text
    const run = new Function(...imported, "print", code.replaceAll(/^import .*$/gm, "")) as (
      ...all: unknown[]
    ) => void;
    run(...imported.map((name) => given[name]), print);
    expect(printed).toEqual(expected);
  },
);

/** Every comment that says what is left out: file, and the text behind the word. */
function simplifications(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const below = (folder: string): void => {
    for (const entry of readdirSync(new URL(folder, ROOT), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) below(`${path}/`);
      else if (entry.name.endsWith(".ts")) {
        const comments = readFileSync(new URL(path, ROOT), "utf8").matchAll(
          /\/\*\*[\s\S]*?\*\/|(?:^ *\/\/.*\n)+/gm,
        );
        for (const [comment] of comments) {
          const at = comment.indexOf("Simplified:");
          if (at < 0) continue;
          const said = comment
            .slice(at + "Simplified:".length)
            .replace(/\*\/$/, "")
            .replaceAll(/\n\s*(?:\*|\/\/) ?/g, "\n")
            .split(/\n\s*\n/)[0]
            .replaceAll(/\s+/g, " ")
            .trim();
          found.set(path, [...(found.get(path) ?? []), said]);
        }
      }
    }
  };
  for (const floor of ["mm", "scenarios"]) below(`src/${floor}/`);
  return found;
}

test("docs/simplified.md lists everything the model leaves out", async () => {
  const found = simplifications();
  expect(found.size).toBeGreaterThan(20);
  const lines = [
    "# What the model leaves out",
    "",
    "Every comment of the sources that begins with `Simplified:`, by file. A test holds this list against the sources;",
    "`npx vitest run test/mm/readme.test.ts -u` writes it anew.",
    "",
  ];
  for (const [file, said] of found) {
    lines.push(`## ${file}`, "");
    for (const text of said) lines.push(`- ${text}`);
    lines.push("");
  }
  await expect(lines.join("\n")).toMatchFileSnapshot("../../docs/simplified.md");
});
