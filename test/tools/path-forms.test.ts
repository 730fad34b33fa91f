import { describe, expect, it, test } from "vitest";
import { checkPathForms } from "../../tools/checks/path-forms.mjs";
import { verdict } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { MISTAKES, OPENING, OPENING_LINES, RIGHT } from "./path-mistakes.ts";
import { planted, SCHED } from "./planted.ts";

/** All pieces in one project: a compiler start is slow, a file is not. */
function check(pieces: readonly string[]) {
  const files = pieces.map((code, n) => [`src/mm/piece${n}.ts`, OPENING + code] as const);
  return checkPathForms(planted({ "src/sched/index.ts": SCHED, ...Object.fromEntries(files) }));
}

describe("with types, in floors", () => {
  const wrong = check.bind(
    undefined,
    MISTAKES.map((mistake) => mistake.code),
  );
  let seen: ReturnType<typeof check> | undefined;

  it.each(MISTAKES.map((mistake, n) => ({ ...mistake, n })))(
    "complains about $title",
    ({ n, line, says }) => {
      seen ??= wrong();
      const here = seen.complaints.filter((c) => c.file === `src/mm/piece${n}.ts`);
      expect(here).toContainEqual({
        file: `src/mm/piece${n}.ts`,
        line: OPENING_LINES + line,
        message: expect.stringMatching(says) as string,
      });
      expect(here.filter((c) => c.message.includes("does not compile"))).toEqual([]);
    },
  );

  it("leaves the right forms alone", () => {
    const result = check(RIGHT.map((piece) => piece.code));
    expect(result.complaints).toEqual([]);
    expect(result.looked).toBe(RIGHT.length + 1);
  });

  it("lets the driver keep generators and catch, but not inside a path", () => {
    const driver = `${SCHED}
export class Engine {
  #running: Path<unknown> | undefined;
  run(body: () => Path<unknown>): void { const made = body(); this.#running = made; try { this.#running.next(); } finally { this.#running = undefined; } }
}
export function* bad(k: Machine, m: Lock): Path {
  try { if (k.lock(m)) yield; } finally { m; }
}`;
    const { complaints } = checkPathForms(planted({ "src/sched/index.ts": driver }));
    expect(complaints.map((c) => c.message)).toEqual([expect.stringContaining("no try")]);
  });

  it("does not pass a file whose types it cannot see", () => {
    const root = planted({
      "src/sched/index.ts": SCHED,
      "src/mm/a.ts": `import { h } from "./gone.ts";\nexport function f(): void { h(); }`,
    });
    expect(checkPathForms(root).complaints).toContainEqual({
      file: "src/mm/a.ts",
      line: 1,
      message: expect.stringContaining("does not compile") as string,
    });
  });

  it("does not pass where no Suspend is in sight", () => {
    const { complaints } = checkPathForms(planted({ "src/mm/a.ts": "export const a = 1;" }));
    expect(complaints.map((c) => c.message)).toEqual([
      expect.stringContaining("no type Suspend is in sight"),
    ]);
  });

  it("does not pass when it looked at no module", () => {
    const result = checkPathForms(planted({ "src/maple/index.ts": "export const a = 1;" }));
    expect(result.looked).toBe(0);
    expect(verdict("path-forms", result).passed).toBe(false);
  });
});

test("every floor with paths keeps the forms", () => {
  const result = checkPathForms(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});
