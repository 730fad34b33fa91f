/**
 * What is told about an area beside its maps line: the `Key: value` lines of smaps, and the `# rss=... FLAGS` notes
 * of a recorded file.
 *
 * Only what a model of the address space uses is kept: pages present, private-anonymous pages, pages in swap,
 * VmFlags. The rest is checked for form and dropped; a key no kernel up to 7.0 prints is counted.
 *
 * Kernel counterpart: show_smap(), __show_smap(), show_smap_vma_flags() in fs/proc/task_mmu.c (6.18).
 */

import type { ImageVma } from "../mm/index.ts";
import type { Damage } from "./maps-line.ts";
import { excerpt } from "./problem.ts";

/** KiB in one page of an image (4096 bytes, whatever the page size of the machine that printed the file). */
const KIB_PER_PAGE = 4;

/** Keys whose value is kept, and the field it goes to. */
const PAGE_FIELDS: Readonly<Record<string, "rssPages" | "anonPages" | "swapPages">> = {
  Rss: "rssPages",
  Anonymous: "anonPages",
  Swap: "swapPages",
};

/** Keys with a size in kB that say nothing the model needs. `Size` is checked against the addresses. */
const SIZE_KEYS: ReadonlySet<string> = new Set(
  (
    "Size KernelPageSize MMUPageSize Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean Private_Dirty Referenced " +
    "KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb Private_Hugetlb SwapPss Locked"
  ).split(" "),
);

/** Keys with another value. `Name` was printed by Android kernels for named anonymous memory. */
const OTHER_KEYS: ReadonlySet<string> = new Set(["THPeligible", "ProtectionKey", "Name"]);

/** Whether a line is meant as a `Key: value` line: no maps line begins with a capital. */
export function isSmapsValue(line: string): boolean {
  return /^[A-Z]/.test(line);
}

/**
 * Takes one `Key: value` line into `area`. Returns the damage, or the key if it is not a known one, or nothing.
 */
export function takeSmapsValue(area: ImageVma, line: string): Damage | { unknownKey: string } | undefined {
  const key = /^[A-Za-z0-9_]+/.exec(line)?.[0] ?? "";
  if (line[key.length] !== ":") return { index: key.length, expected: `":" after the key ${key}` };
  let at = key.length + 1;
  while (line[at] === " ") at++;
  const value = line.slice(at).trimEnd();
  if (key === "VmFlags") {
    if (area.vmFlags !== undefined) return { index: 0, expected: "VmFlags once per area" };
    return takeFlags(area, value, at);
  }
  const field = PAGE_FIELDS[key];
  if (field === undefined && !SIZE_KEYS.has(key))
    return OTHER_KEYS.has(key) ? undefined : { unknownKey: key };

  const size = /^(\d+) kB$/.exec(value);
  if (size === null) return { index: at, expected: `the value of ${key} in kB, like "12 kB"` };
  const kib = Number(size[1]);
  if (key === "Size" && kib !== areaKib(area)) {
    return { index: at, expected: `${areaKib(area)} kB, the size of the area above` };
  }
  return field === undefined ? undefined : takePages(area, field, kib, key, at);
}

/** Takes the note of a recorded line, `rss=KIB [anon=KIB] [swap=KIB] FLAGS`, which begins at `at` in its line. */
export function takeNote(area: ImageVma, note: string, at: number): Damage | undefined {
  const flags: string[] = [];
  let flagsAt = at + note.length;
  for (const word of note.matchAll(/[^ ]+/g)) {
    const fact = /^([a-z]+)=(.*)$/.exec(word[0]);
    if (fact === null) {
      if (flags.length === 0) flagsAt = at + word.index;
      flags.push(word[0]);
      continue;
    }
    const field = NOTE_FIELDS[fact[1]!];
    if (field === undefined) return { index: at + word.index, expected: '"rss=", "anon=" or "swap="' };
    const valueAt = at + word.index + fact[1]!.length + 1;
    if (!/^\d+$/.test(fact[2]!)) return { index: valueAt, expected: `the ${fact[1]} in KiB` };
    const damage = takePages(area, field, Number(fact[2]), fact[1]!, valueAt);
    if (damage !== undefined) return damage;
  }
  return takeFlags(area, flags.join(" "), flagsAt);
}

const NOTE_FIELDS: Readonly<Record<string, "rssPages" | "anonPages" | "swapPages">> = {
  rss: "rssPages",
  anon: "anonPages",
  swap: "swapPages",
};

function takePages(
  area: ImageVma,
  field: "rssPages" | "anonPages" | "swapPages",
  kib: number,
  what: string,
  index: number,
): Damage | undefined {
  const found = `${kib} kB`;
  if (area[field] !== undefined)
    return { index, expected: `${what} once per area`, found: "it a second time" };
  if (kib % KIB_PER_PAGE !== 0)
    return { index, expected: `${what} as whole pages (a multiple of 4 kB)`, found };
  const most =
    field === "anonPages" && area.rssPages !== undefined ? area.rssPages * KIB_PER_PAGE : areaKib(area);
  if (field !== "swapPages" && kib > most) return { index, expected: `${what} of at most ${most} kB`, found };
  area[field] = kib / KIB_PER_PAGE;
  return undefined;
}

function takeFlags(area: ImageVma, text: string, at: number): Damage | undefined {
  const flags: string[] = [];
  for (const word of text.matchAll(/[^ ]+/g)) {
    if (word[0].length !== 2) {
      const found = excerpt(word[0], 0);
      return { index: at + word.index, expected: "two-letter codes of VmFlags", found };
    }
    flags.push(word[0]);
  }
  area.vmFlags = flags;
  return undefined;
}

function areaKib(area: ImageVma): number {
  return (area.endPage - area.startPage) * KIB_PER_PAGE;
}
