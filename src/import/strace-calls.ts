/**
 * The calls of an strace log that a replay needs: how each one's arguments are read.
 *
 * A call that is not here is counted by the reader and changes nothing. Those that do change the address space, though
 * nothing here can follow them, stand in `UNMODELLED_CHANGES`.
 */
import type { Bytes } from "../mm/index.ts";
import type { Damage } from "./maps-line.ts";
import { CLONE_VM, flagValue } from "./strace-flags.ts";
import { argumentEnds } from "./strace-line.ts";
import { type Descriptor, descriptorIn, flagsIn, numberIn, stringIn } from "./strace-value.ts";
import type { TracedCall } from "./trace-event.ts";

/** Arguments of one call. What cannot be read counts as 0, and the first such place is kept in `damage`. */
export class Arguments {
  damage: Damage | undefined;
  count = 0;
  #text = "";
  #from = 0;
  readonly #ends: number[] = [];
  readonly #flagTexts: Map<string, number> = new Map();

  /** Takes the arguments in `text[from, to)`. */
  take(text: string, from: number, to: number): void {
    this.damage = undefined;
    this.#text = text;
    this.#from = from;
    this.count = argumentEnds(text, from, to, this.#ends);
  }

  /** An address, a length or an offset. */
  bytes(i: number, what: string): Bytes {
    if (i < this.count) {
      const value = numberIn(this.#text, this.#start(i), this.#ends[i]!);
      if (value !== undefined) return value;
    }
    return this.#missing(i, what);
  }

  /** Flags, or a plain number of 32 bits. */
  flags(i: number, what: string): number {
    if (i < this.count) {
      const value = flagsIn(this.#text, this.#start(i), this.#ends[i]!, this.#flagTexts);
      if (value !== undefined) return value;
    }
    return this.#missing(i, what);
  }

  /** A descriptor. */
  descriptor(i: number): Descriptor {
    const found = i < this.count ? descriptorIn(this.#text, this.#start(i), this.#ends[i]!) : undefined;
    if (found !== undefined) return found;
    this.#missing(i, "a file descriptor");
    return { number: -1, path: undefined };
  }

  /** A string; undefined where something else stands, such as an address that could not be read. */
  string(i: number): string | undefined {
    return i < this.count ? stringIn(this.#text, this.#start(i), this.#ends[i]!) : undefined;
  }

  /** The argument as it stands. */
  raw(i: number): string {
    return i < this.count ? this.#text.slice(this.#start(i), this.#ends[i]).trim() : "";
  }

  /** Flags in `NAME=...` inside any argument, as clone and clone3 show them; undefined where there is no such name. */
  named(name: string): number | undefined {
    for (let i = 0; i < this.count; i++) {
      const at = this.#text.indexOf(`${name}=`, this.#start(i));
      if (at < 0 || at > this.#ends[i]!) continue;
      const from = at + name.length + 1;
      let to = from;
      while (to < this.#ends[i]! && !",} ".includes(this.#text[to]!)) to++;
      return flagsIn(this.#text, from, to, this.#flagTexts) ?? this.#missing(i, `flags behind ${name}=`);
    }
    return undefined;
  }

  #start(i: number): number {
    let at = i === 0 ? this.#from : this.#ends[i - 1]! + 1;
    while (this.#text.charCodeAt(at) === 32) at++;
    return at;
  }

  #missing(i: number, what: string): 0 {
    if (this.damage === undefined) {
      const there = i < this.count;
      const index = there ? this.#start(i) : (this.#ends[this.count - 1] ?? this.#from);
      this.damage = there
        ? { index, expected: what }
        : { index, expected: what, found: `the end of the arguments, after ${this.count}` };
    }
    return 0;
  }
}

/** Reads one call; undefined for one that does nothing here. */
type Decoder = (a: Arguments) => TracedCall | undefined;

const ADDRESS = "an address";
const LENGTH = "a length";

/** By name of the call. */
export const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  [
    "mmap",
    (a) => {
      const { number, path } = a.descriptor(4);
      return {
        op: "mmap",
        at: a.bytes(0, ADDRESS),
        length: a.bytes(1, LENGTH),
        prot: a.flags(2, "protection flags"),
        flags: a.flags(3, "mapping flags"),
        fd: number,
        path,
        offset: a.bytes(5, "an offset"),
      };
    },
  ],
  ["munmap", (a) => ({ op: "munmap", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH) })],
  ["mprotect", protect],
  ["pkey_mprotect", protect],
  [
    "mremap",
    (a) => ({
      op: "mremap",
      at: a.bytes(0, ADDRESS),
      oldLength: a.bytes(1, LENGTH),
      newLength: a.bytes(2, LENGTH),
      flags: a.flags(3, "mremap flags"),
      newAt: a.count > 4 ? a.bytes(4, ADDRESS) : 0,
    }),
  ],
  ["brk", (a) => ({ op: "brk", at: a.bytes(0, ADDRESS) })],
  [
    "madvise",
    (a) => ({
      op: "madvise",
      at: a.bytes(0, ADDRESS),
      length: a.bytes(1, LENGTH),
      advice: a.flags(2, "an advice"),
    }),
  ],
  ["mlock", (a) => ({ op: "mlock", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH), flags: 0 })],
  [
    "mlock2",
    (a) => ({ op: "mlock", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH), flags: a.flags(2, "flags") }),
  ],
  ["munlock", (a) => ({ op: "munlock", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH) })],
  ["mlockall", (a) => ({ op: "mlockall", flags: a.flags(0, "flags") })],
  ["munlockall", () => ({ op: "munlockall" })],
  [
    "mseal",
    (a) => ({ op: "mseal", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH), flags: a.flags(2, "flags") }),
  ],
  [
    "msync",
    (a) => ({ op: "msync", at: a.bytes(0, ADDRESS), length: a.bytes(1, LENGTH), flags: a.flags(2, "flags") }),
  ],
  ["fork", () => ({ op: "fork", name: "fork", flags: 0 })],
  // The child has the parent's memory until it runs another program.
  ["vfork", () => ({ op: "fork", name: "vfork", flags: CLONE_VM })],
  ["clone", (a) => clone(a, "clone")],
  ["clone3", (a) => clone(a, "clone3")],
  ["clone2", (a) => clone(a, "clone2")],
  ["execve", (a) => ({ op: "exec", path: a.string(0) })],
  ["execveat", (a) => ({ op: "exec", path: a.string(1) })],
  ["exit", () => ({ op: "exit", group: false })],
  ["exit_group", () => ({ op: "exit", group: true })],
  ["setrlimit", (a) => limit(a, 0)],
  ["prlimit64", (a) => (a.raw(0) === "0" ? limit(a, 1) : undefined)],
  ["open", (a) => ({ op: "open", path: a.string(0), copyOf: -1, readOnly: a.raw(1).includes("O_RDONLY") })],
  ["creat", (a) => ({ op: "open", path: a.string(0), copyOf: -1, readOnly: false })],
  ["openat", (a) => ({ op: "open", path: a.string(1), copyOf: -1, readOnly: a.raw(2).includes("O_RDONLY") })],
  [
    "openat2",
    (a) => ({ op: "open", path: a.string(1), copyOf: -1, readOnly: a.raw(2).includes("O_RDONLY") }),
  ],
  [
    "memfd_create",
    (a) => ({ op: "open", path: `/memfd:${a.string(0) ?? ""} (deleted)`, copyOf: -1, readOnly: false }),
  ],
  ["dup", copy],
  ["dup2", copy],
  ["dup3", copy],
  ["fcntl", (a) => (a.raw(1).startsWith("F_DUPFD") ? copy(a) : undefined)],
  [
    "close",
    (a) => {
      const fd = a.descriptor(0).number;
      return { op: "close", fd, last: fd };
    },
  ],
  [
    "close_range",
    (a) => ({
      op: "close",
      fd: a.descriptor(0).number,
      last: Number(a.bytes(1, "a descriptor")),
    }),
  ],
]);

function protect(a: Arguments): TracedCall {
  return {
    op: "mprotect",
    at: a.bytes(0, ADDRESS),
    length: a.bytes(1, LENGTH),
    prot: a.flags(2, "protection flags"),
  };
}

function clone(a: Arguments, name: string): TracedCall {
  return { op: "fork", name, flags: a.named("flags") ?? 0 };
}

function copy(a: Arguments): TracedCall {
  return { op: "open", path: undefined, copyOf: a.descriptor(0).number, readOnly: false };
}

/** `{rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}`; nothing is set where NULL stands. */
function limit(a: Arguments, resourceAt: number): TracedCall | undefined {
  const resource = flagValue(a.raw(resourceAt));
  const soft = /rlim_cur=([\w*]+)/.exec(a.raw(resourceAt + 1))?.[1];
  if (resource === undefined || soft === undefined) return undefined;
  const value = soft.startsWith("RLIM") ? Number.POSITIVE_INFINITY : Number(numberIn(soft, 0, soft.length));
  return { op: "limit", resource, soft: value >= 2 ** 63 ? Number.POSITIVE_INFINITY : value };
}

/** Calls that change an address space in ways that are not followed. prctl does so with PR_SET_VMA and PR_SET_MM only. */
const UNMODELLED_CHANGES: ReadonlySet<string> = new Set([
  "shmat",
  "shmdt",
  "remap_file_pages",
  "process_madvise",
  "mbind",
  "map_shadow_stack",
  "io_setup",
  "io_destroy",
  "userfaultfd",
]);

/** Does this call, which no decoder reads, change the address space? */
export function changesUnmodelled(name: string, text: string, argsAt: number): boolean {
  if (name === "prctl") {
    return text.startsWith("PR_SET_VMA", argsAt) || text.startsWith("PR_SET_MM,", argsAt);
  }
  return UNMODELLED_CHANGES.has(name);
}

/** Calls that only 32-bit programs make. */
export const CALLS_OF_32_BITS: ReadonlySet<string> = new Set(["mmap2", "old_mmap", "fcntl64", "fstat64"]);
