/** The list of mutants fits the sources, and a few of them are planted and caught: `npm run mutants` plants all. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { SCENARIOS } from "../../src/scenarios/index.ts";
import { MUTANTS } from "../../tools/mutants/list.mjs";
import { CELLS, cellsFor, exploreCells } from "../../tools/mutants/run.mjs";
import { mutate, readSource, Scratch } from "../../tools/mutants/scratch.mjs";

test("every mutant changes its file, at exactly the places it names", () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(30);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  for (const mutant of MUTANTS) expect(mutate(mutant), mutant.name).not.toBe(readSource(mutant.file));
});

test("every scenario that holds somewhere is the first to be asked about some mutant", () => {
  const asked = new Set(MUTANTS.map(({ by }) => by));
  for (const cell of CELLS) expect(asked, cell).toContain(cell.split("@")[0]);
  expect(SCENARIOS.map(({ id }) => id)).toEqual(expect.arrayContaining([...asked]));
});

test("a mutant whose text is not there, or twice, is refused", () => {
  const [mutant] = MUTANTS;
  expect(() => mutate({ ...mutant, edits: [["no such text", ""]] })).toThrow(/0 times, not once/);
  expect(() => mutate({ ...mutant, edits: [["return", ""]] })).toThrow(/times, not once/);
});

test("planted mutants are caught, and the copy is as before afterwards", { timeout: 120_000 }, async () => {
  const scratch = new Scratch();
  try {
    for (const [name, cell, code] of [
      ["dup_mmap: no charge taken back when vm_area_dup fails", "fork-fails@6.12", "commit-charge"],
      ["marker+flags: MMF_UNSTABLE is not set", "fork-vs-swapoff@6.18", "bad-pointer"],
      ["free_pgtables: page tables before rmap links", "fork-vs-rmap@6.12", "lock-misuse"],
    ]) {
      const mutant = MUTANTS.find((m) => m.name === name)!;
      expect(await exploreCells(scratch.folder, [cell]), `${cell} before`).toBe(null);
      scratch.with(mutant);
      expect(await exploreCells(scratch.folder, cellsFor(mutant)), name).toMatchObject({ cell, code });
      scratch.restore(mutant);
    }
    expect(await exploreCells(scratch.folder, ["fork-fails@6.12"])).toBe(null);
  } finally {
    scratch.remove();
  }
  expect(existsSync(scratch.folder)).toBe(false);
});
