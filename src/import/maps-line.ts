/**
 * One line of /proc/PID/maps, read and printed.
 *
 *     7f404a8dc000-7f404a902000 r-xp 00001000 fe:00 338944                     /usr/lib/ld-linux-x86-64.so.2
 *     start        end          perm offset   dev   inode                      name
 *
 * Addresses and offsets are 64 bits wide and do not fit a double. They are never turned into one: the last three
 * hex digits are the byte inside the page (and must be 000), the digits before them are the page number, at most 52
 * bits, which a double holds exactly.
 *
 * Kernel counterpart: show_vma_header_prefix(), show_map_vma() in fs/proc/task_mmu.c (6.18); the layout is the same
 * in every kernel since 2.6.
 */

import type { ImageVma } from "../mm/index.ts";
import { excerpt } from "./problem.ts";

/** A sound line: the area and the index at which its name begins (-1 without a name). */
export interface ParsedLine {
  area: ImageVma;
  nameIndex: number;
}

/** A damaged line: where (index in the line) and what was expected. */
export interface Damage {
  index: number;
  expected: string;
  /** What was found, in words, where an excerpt of the line does not say it. */
  found?: string;
}

/** Hex digits of a byte's place inside its page. */
const PAGE_DIGITS = 3;
/** Hex digits of a 64-bit number. */
const MAX_HEX_DIGITS = 16;
const MAX_INODE = "18446744073709551615";

/** Reads one line without its line end. Order and overlap are the caller's to check. */
export function parseMapsLine(line: string): ParsedLine | Damage {
  const startEnd = hexEnd(line, 0);
  const start = page(line, 0, startEnd, "start address", "-");
  if (typeof start !== "number") return start;

  const endAt = startEnd + 1;
  const endEnd = hexEnd(line, endAt);
  const end = page(line, endAt, endEnd, "end address", " ");
  if (typeof end !== "number") return end;
  if (end <= start) {
    const found = excerpt(line.slice(endAt, endEnd), 0);
    return { index: endAt, expected: `an end address above the start ${line.slice(0, startEnd)}`, found };
  }

  const permAt = afterSpaces(line, endEnd);
  for (let i = 0; i < 4; i++) {
    const letters = PERMISSIONS[i]!;
    if (!letters.includes(line[permAt + i] ?? "?")) {
      return { index: permAt + i, expected: `"${letters[0]}" or "${letters[1]}" in the permissions` };
    }
  }

  const permEnd = permAt + 4;
  const offsetAt = afterSpaces(line, permEnd);
  if (offsetAt === permEnd) return { index: permEnd, expected: "a space and the file offset" };
  const offsetEnd = hexEnd(line, offsetAt);
  const offset = page(line, offsetAt, offsetEnd, "file offset", " ");
  if (typeof offset !== "number") return offset;

  const deviceAt = afterSpaces(line, offsetEnd);
  const colonAt = hexEnd(line, deviceAt);
  if (colonAt - deviceAt < 2 || colonAt - deviceAt > 3) {
    return { index: deviceAt, expected: "the device's major number, two or three hex digits" };
  }
  if (line[colonAt] !== ":") return { index: colonAt, expected: '":" between the device\'s numbers' };
  const deviceEnd = hexEnd(line, colonAt + 1);
  if (deviceEnd - colonAt - 1 < 2 || deviceEnd - colonAt - 1 > 5) {
    return { index: colonAt + 1, expected: "the device's minor number, two to five hex digits" };
  }

  const inodeAt = afterSpaces(line, deviceEnd);
  if (inodeAt === deviceEnd) return { index: deviceEnd, expected: "a space and the inode number" };
  const inodeEnd = decimalEnd(line, inodeAt);
  const digits = line.slice(inodeAt, inodeEnd);
  if (digits === "") return { index: inodeAt, expected: "the inode number in decimal" };
  if (digits.length > MAX_INODE.length || (digits.length === MAX_INODE.length && digits > MAX_INODE)) {
    return { index: inodeAt, expected: "an inode number below 2^64" };
  }

  const nameAt = afterSpaces(line, inodeEnd);
  if (nameAt === inodeEnd && inodeEnd < line.length) {
    return { index: inodeEnd, expected: "a space or the end of the line after the inode number" };
  }
  const area: ImageVma = {
    startPage: start,
    endPage: end,
    read: line[permAt] === "r",
    write: line[permAt + 1] === "w",
    exec: line[permAt + 2] === "x",
    shared: line[permAt + 3] === "s",
    offsetPages: offset,
    device: line.slice(deviceAt, deviceEnd),
    inode: digits.replace(/^0+(?=[0-9])/, ""),
    name: line.slice(nameAt),
  };
  return { area, nameIndex: nameAt < line.length ? nameAt : -1 };
}

const PERMISSIONS = ["r-", "w-", "x-", "ps"] as const;

/**
 * The line as a kernel of that word size prints it, without the line end. A kernel pads every named line to a fixed
 * width before the name: 72 characters on 64 bits, 48 on 32.
 */
export function printMapsLine(area: ImageVma, kernelBits: 32 | 64): string {
  const flag = (set: boolean, letter: string) => (set ? letter : "-");
  const permissions =
    flag(area.read, "r") + flag(area.write, "w") + flag(area.exec, "x") + (area.shared ? "s" : "p");
  const fields = `${address(area.startPage)}-${address(area.endPage)} ${permissions} ${address(area.offsetPages)} ${
    area.device
  } ${area.inode} `;
  if (area.name === "") return fields;
  return `${fields.padEnd(paddedWidth(kernelBits))} ${area.name}`;
}

/** Width of the fields before a name, and so the index of the space before a name that stands at its usual place. */
export function paddedWidth(kernelBits: 32 | 64): number {
  return 24 + 6 * (kernelBits / 8);
}

/** A page number as the kernel prints its address: hex, at least eight digits. */
export function address(page: number): string {
  return (page === 0 ? "" : page.toString(16)).concat("000").padStart(8, "0");
}

/** The page number in `line[at, end)`, which must be a page-aligned 64-bit hex number with `separator` behind it. */
function page(line: string, at: number, end: number, what: string, separator: "-" | " "): number | Damage {
  if (end === at) return { index: at, expected: `the ${what} in hex` };
  if (line[end] !== separator)
    return { index: end, expected: `a hex digit or "${separator}" in the ${what}` };
  if (end - at > MAX_HEX_DIGITS) {
    const found = excerpt(line.slice(at, end), 0);
    return {
      index: at,
      expected: `at most ${MAX_HEX_DIGITS} hex digits (64 bits) in the ${what}`,
      found,
    };
  }
  const cut = Math.max(at, end - PAGE_DIGITS);
  for (let i = cut; i < end; i++) {
    if (line[i] === "0") continue;
    const found = excerpt(line.slice(at, end), 0);
    return { index: at, expected: `a page-aligned ${what} (its last digits are 000)`, found };
  }
  return cut === at ? 0 : Number.parseInt(line.slice(at, cut), 16);
}

function hexEnd(line: string, at: number): number {
  let i = at;
  for (; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) break;
  }
  return i;
}

function decimalEnd(line: string, at: number): number {
  let i = at;
  while (i < line.length && line.charCodeAt(i) >= 48 && line.charCodeAt(i) <= 57) i++;
  return i;
}

function afterSpaces(line: string, at: number): number {
  let i = at;
  while (line.charCodeAt(i) === 32) i++;
  return i;
}
