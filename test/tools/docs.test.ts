import { describe, expect, it, test } from "vitest";
import { checkDocs } from "../../tools/checks/docs.mjs";
import { verdict } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { planted } from "./planted.ts";

const PROJECT = {
  "package.json": JSON.stringify({
    scripts: { test: "x", build: "x", "bench:maple": "x" },
    exports: { "./mm": {} },
  }),
  "src/cli/main.ts": `program.command("check").option("-k, --kernel <v>", "which").option("--json", "as data");`,
  "src/mm/index.ts": "",
  "src/mm/designs/fork.recovery/marker.ts": "",
};

const complaintsAbout = (readme: string, more: Record<string, string> = {}): string[] =>
  checkDocs(planted({ ...PROJECT, "README.md": readme, ...more })).complaints.map(
    (c) => `${c.file}:${c.line}: ${c.message}`,
  );

describe("a document must not name", () => {
  it.each([
    [
      "a script that is not there",
      "\nRun `npm run bench:dpor`.",
      `README.md:2: there is no script "bench:dpor"`,
    ],
    ["a start that is not there", "\n```\nnpm start\n```", `README.md:3: there is no script "start"`],
    [
      "a command that is not there",
      "\n```sh\n$ npx interleaf lab\n```",
      `README.md:3: there is no command "interleaf lab"`,
    ],
    [
      "an option that is not there",
      "`interleaf check --faults 2`",
      `README.md:1: there is no option --faults`,
    ],
    ["a file that is not there", "see `src/mm/fork.ts`", "README.md:1: there is no src/mm/fork.ts"],
    ["a folder that is not there", "see `src/farm/NAME.ts`", "README.md:1: there is no src/farm"],
    ["a link that leads nowhere", "[map](docs/map.md)", "README.md:1: there is no docs/map.md"],
    [
      "a subpath that is not exported",
      '`import { x } from "interleaf/farm"`',
      `README.md:1: package.json exports no "./farm"`,
    ],
  ])("%s", (_, readme, message) => {
    expect(complaintsAbout(readme)).toEqual([expect.stringContaining(message)]);
  });

  it("reads the READMEs of the floors, relative to their folder", () => {
    expect(
      complaintsAbout("`npm test`", { "src/mm/README.md": "[code](./index.ts) [gone](./gone.ts)" }),
    ).toEqual(["src/mm/README.md:1: there is no src/mm/gone.ts"]);
  });
});

it("leaves what exists alone, placeholders and prose too", () => {
  const readme = `
Put a variant in \`src/mm/designs/POINT/NAME.ts\`, see \`src/mm/designs/fork.recovery/marker.ts:12\` and [mm](src/mm/index.ts).
interleaf is a checker; \`interleaf/mm\` is the model. [Linux](https://kernel.org/a/b)

\`\`\`sh
npm test && npm run bench:maple
interleaf check fork-fails --kernel 6.12 --json   # one document
\`\`\`
`;
  expect(complaintsAbout(readme)).toEqual([]);
});

it("does not pass when it looked at nothing", () => {
  expect(verdict("docs", checkDocs(planted({ ...PROJECT, "README.md": "Nothing to see." }))).passed).toBe(
    false,
  );
});

test("the documents name what exists", () => {
  const result = checkDocs(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});
