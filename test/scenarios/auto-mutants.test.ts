/** Mutants made by rule: named, different from the source; a few are planted and caught. */
import { expect, test } from "vitest";
import { allMutants, hunt, newExplorer } from "../../tools/mutants/auto.mjs";
import { readSource } from "../../tools/mutants/scratch.mjs";

const mutants = allMutants();

test("there are enough, each with a name of its own, each another text than the source", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(450);
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  for (const { id, file, text } of mutants) expect(text, id).not.toBe(readSource(file));
});

test("one mutant of a kind is caught", { timeout: 60_000 }, async () => {
  const explorer = newExplorer();
  try {
    for (const [id, cell] of [
      ["mm/paths/fork.ts dupMmap pair 1", "fork-vs-swapoff@7.1"],
      ["mm/paths/uprobe.ts registerForEachVma drop 1", "fork-vs-uprobe@7.1"],
      ["mm/paths/munmap.ts gatherVmas drop 1", "munmap-vs-fault@7.1"],
    ]) {
      const mutant = mutants.find((m) => m.id === id);
      if (mutant === undefined) throw new Error(`there is no mutant ${id}`);
      const unchanged = { ...mutant, text: readSource(mutant.file) };
      expect(await hunt(explorer, unchanged, [cell]), `${cell} before`).toBe(null);
      expect(await hunt(explorer, mutant, [cell]), id).toMatchObject({ cell });
    }
  } finally {
    explorer.end();
  }
});
