import { expect, it } from "vitest";
import type { Trace } from "../../src/check/index.ts";
import { InputProblem, isToken, tokenOf, traceOfToken } from "../../src/farm/index.ts";

const TRACE: Trace = {
  v: 1,
  model: "1.2.3",
  program: "naïve",
  parameters: { kernel: "6.12", failures: "any", with: "a=b c=d", designs: "left out" },
  tasks: ["fork", "swapoff"],
  schedule: [
    [0, 200],
    [1, 3],
  ],
  choices: [0, 0, 2, 0, 1, 0],
  steps: ["left out"],
  fingerprint: 0xdeadbeef,
  endState: 7,
};

it("keeps what a run needs, and nothing of its story", () => {
  const token = tokenOf(TRACE)!;
  expect(isToken(token)).toBe(true);
  const { steps: _, ...run } = TRACE;
  expect(traceOfToken(token, "1.2.3")).toEqual({
    ...run,
    steps: [],
    parameters: { kernel: "6.12", failures: "any", with: "a=b c=d" },
  });
  expect(traceOfToken(`${token.slice(0, 30)}\n  ${token.slice(30)}`, "1.2.3").program).toBe("naïve");
});

it("has no room for an image", () => {
  expect(tokenOf({ ...TRACE, parameters: { ...TRACE.parameters, image: "{}" } })).toBeUndefined();
});

it("every character that is changed or lost is noticed", () => {
  const token = tokenOf(TRACE)!;
  for (let i = 4; i < token.length; i++) {
    const other = token[i] === "A" ? "B" : "A";
    for (const damaged of [token.slice(0, i) + other + token.slice(i + 1), token.slice(0, i)]) {
      expect(() => traceOfToken(damaged, "1.2.3"), damaged).toThrow(InputProblem);
      expect(() => traceOfToken(damaged, "1.2.3")).toThrow(/the token is damaged/);
    }
  }
});

it("of another version is refused by name", () => {
  expect(() => traceOfToken(tokenOf(TRACE)!, "2.0.0")).toThrow(/written by version 1\.2\.3, this is 2\.0\.0/);
});
