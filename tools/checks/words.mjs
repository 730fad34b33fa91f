// The word list: `sched` and `check` speak of concurrency, never of memory management (see memory-words.mjs).

import { MEMORY_WORDS } from "./memory-words.mjs";
import { modulesOf } from "./sources.mjs";

/** Floors that any author of a concurrent protocol can use. */
const GENERAL_FLOORS = ["sched", "check"];

const EXACT = new Set(MEMORY_WORDS.filter((word) => !word.endsWith("*")));
const STEMS = MEMORY_WORDS.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1));

/**
 * Checks text and file names of the general floors below `root`/src.
 *
 * @param {string} root
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkWords(root) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  let looked = 0;
  for (const floor of GENERAL_FLOORS) {
    for (const module of modulesOf(root, floor)) {
      looked++;
      const inFloor = module.fileName.slice(`src/${floor}/`.length);
      for (const word of memoryWordsIn(inFloor)) {
        complaints.push({ file: module.fileName, line: 1, message: `the file name says "${word}": ${CURE}` });
      }
      module.text.split("\n").forEach((line, index) => {
        for (const word of memoryWordsIn(line)) {
          complaints.push({ file: module.fileName, line: index + 1, message: `says "${word}": ${CURE}` });
        }
      });
    }
  }
  return { looked, what: "modules", complaints };
}

/** Terms of concurrency that contain a listed word. */
const GENERAL_TERMS = /compare[- _]?and[- _]?swap/gi;

const CURE = "this floor has no word for memory management; use one of concurrency, or move the code to mm";

/**
 * The words of memory management in a piece of text, as they stand there.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function memoryWordsIn(text) {
  // Runs of letters, cut where a word begins: fooBar, FOOBar, FOOs, foo_bar, foo2bar.
  const words =
    text.replace(GENERAL_TERMS, " ").match(/[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return words.filter((word) => {
    const lower = word.toLowerCase();
    return EXACT.has(lower) || STEMS.some((stem) => lower.startsWith(stem));
  });
}
