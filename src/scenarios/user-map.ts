/**
 * What user space can tell of its address space: which pages are mapped, how, and what stands there. Where one area
 * ends and the next begins it cannot tell, and a call that fails may leave a cut.
 */
import { type Kernel, type Mm, VM_EXEC, VM_READ, VM_SHARED, VM_WRITE, type Vma } from "../mm/index.ts";

/** A run of pages of one kind: `10-12 rw-p`. */
function line(start: number, end: number, kind: string): string {
  return `${start.toString(16)}-${end.toString(16)} ${kind}`;
}

function kindOf(k: Kernel, vma: Vma): string {
  const has = (flag: number, letter: string): string => ((vma.flags & flag) !== 0 ? letter : "-");
  const access = has(VM_READ, "r") + has(VM_WRITE, "w") + has(VM_EXEC, "x");
  const shared = (vma.flags & VM_SHARED) !== 0 ? "s" : "p";
  const { file } = vma;
  return (
    access + shared + (file === null ? "" : ` ${k.rowName(file)}+${(vma.pgoff - vma.start).toString(16)}`)
  );
}

/** What is mapped within `[from, to)`, areas of one kind that touch taken together. A look from outside: no step. */
export function userMap(k: Kernel, mm: Mm, from: number, to: number): string[] {
  return k.aside(() => {
    const lines: string[] = [];
    let start = 0;
    let end = -1;
    let kind = "";
    for (let vma = mm.tree.find(from, to); vma !== null; vma = mm.tree.find(vma.end, to)) {
      const next = kindOf(k, vma);
      const at = Math.max(vma.start, from);
      if (at !== end || next !== kind) {
        if (end >= 0) lines.push(line(start, end, kind));
        start = at;
        kind = next;
      }
      end = Math.min(vma.end, to);
    }
    if (end >= 0) lines.push(line(start, end, kind));
    return lines;
  });
}

/** What a call that fails must leave as it is. */
export interface Untouched {
  readonly mm: Mm;
  readonly from: number;
  readonly to: number;
  readonly before: readonly string[];
}

/** Takes note of what is mapped within `[from, to)`. */
export function beforeCall(k: Kernel, mm: Mm, from: number, to: number): Untouched {
  return { mm, from, to, before: userMap(k, mm, from, to) };
}

/** A finding if a call that failed changed what is mapped. Directly behind the call, before anybody else comes. */
export function mustBeUntouched(k: Kernel, call: string, result: number, noted: Untouched): void {
  const { mm, from, to, before } = noted;
  const now = userMap(k, mm, from, to);
  if (now.join() === before.join()) return;
  const gone = before.filter((text) => !now.includes(text));
  const come = now.filter((text) => !before.includes(text));
  const listed = (lines: readonly string[]): string => (lines.length === 0 ? "nothing" : lines.join(", "));
  k.note("changed-by-failure", {
    message: `${call}() returned ${result}, but where ${listed(gone)} was mapped there is ${listed(come)} now`,
    objects: [k.rowName(mm)],
    site: call,
  });
}
