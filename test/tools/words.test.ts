import { expect, it, test } from "vitest";
import { verdict } from "../../tools/checks/sources.mjs";
import { checkWords, memoryWordsIn } from "../../tools/checks/words.mjs";
import { ROOT } from "../../tools/house.mjs";
import { planted } from "./planted.ts";

it.each([
  ["vma", "vma"],
  ["the VMAs of", "VMAs"],
  ["dupMmap(old)", "Mmap"],
  ["MMAP_LOCK", "MMAP"],
  ["mmapLock", "mmap"],
  ["XMLPage2", "Page"],
  ["nr_swap_pages", "swap"],
  ["swapoff", "swapoff"],
  ["OOMs happen", "OOMs"],
  ["forked twice", "forked"],
  ["unmapRange", "unmap"],
  ["tlbFlush", "tlb"],
  ["mm.users", "mm"],
])("finds the word in %s", (text, word) => {
  expect(memoryWordsIn(text)).toContain(word);
});

it.each([
  "a room to zoom in, a comma, a command, a summary, pitchfork",
  "read, write, fault budget, heap, memory, slab, grace period, rwsem, rcu, spinlock",
  "an anonymous function; a compare-and-swap; compareAndSwap",
])("finds nothing in %s", (text) => {
  expect(memoryWordsIn(text)).toEqual([]);
});

it("looks at code, comments, strings and file names of sched and check, and nowhere else", () => {
  const root = planted({
    "src/sched/a.ts": `// like a vma\nexport const a = "mmap";\nexport const oomScore = 1;\n`,
    "src/check/swap.ts": "export const a = 1;\n",
    "src/mm/vma.ts": "export const vma = 1;\n",
  });
  const result = checkWords(root);
  expect(result.looked).toBe(2);
  expect(result.complaints.map((c) => `${c.file}:${c.line} ${c.message.replace(/:.*/, "")}`)).toEqual([
    `src/sched/a.ts:1 says "vma"`,
    `src/sched/a.ts:2 says "mmap"`,
    `src/sched/a.ts:3 says "oom"`,
    `src/check/swap.ts:1 the file name says "swap"`,
  ]);
});

it("does not pass when it looked at no module", () => {
  expect(verdict("words", checkWords(planted({ "src/mm/vma.ts": "" }))).passed).toBe(false);
});

test("sched and check speak of concurrency alone", () => {
  const result = checkWords(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});
