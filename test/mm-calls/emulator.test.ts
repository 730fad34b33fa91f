import { expect, it } from "vitest";
import { PROGRAM, run } from "../../examples/emulator/emulator.ts";

it("the example's emulated program forks, keeps its pages apart, and dies of what it does last", () => {
  const { output, maps } = run(PROGRAM);
  expect(output).toEqual([
    "parent: seen = 42",
    "parent: seen = 43",
    "parent: killed by SIGSEGV: nothing is mapped there",
    "child: seen = 42",
    "child: seen = 43",
    "child: killed by SIGSEGV: nothing is mapped there",
  ]);
  expect(maps).toBe("7ffff7ffe000-7ffff7fff000 r--p 00000000 00:00 0 \n");
});
