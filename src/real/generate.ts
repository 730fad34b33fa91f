/**
 * Random programs: every call, aimed at what is probably mapped, leaning to edges.
 *
 * A program is pure data made from a seed before anything runs. It knows where things are (mmap_base, start_brk) and
 * what it believes to be mapped (belief.ts); what really happens is for the kernel and the model to say.
 *
 * Edges: neighbours that touch, fixed mappings over everything, lengths and addresses near 2^47 and 2^64, misaligned
 * ones, limits that are nearly reached, fork trees, the map-count limit (programs of their own kind: `atMapCountLimit`).
 */

import type { Word } from "./batch.ts";
import { Belief, PAGE_IS, type PageRange } from "./belief.ts";
import { ADVICE, EDGES, FAR, HUGE, MIX } from "./generate-values.ts";
import { type Argument, type CallName, Processes, type Program, type Step } from "./program.ts";
import { Random } from "./random.ts";

/** What a generator must know of the machine. */
export interface Ground {
  readonly mmapBase: number;
  /** Lowest address of what is at the top from the start. */
  readonly topStart: number;
  readonly startBrk: number;
  readonly maxMapCount: number;
  /** Areas and bytes of every program's start. */
  readonly areas: number;
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly readOnlyOf?: string }[];
  readonly mseal: boolean;
  readonly userfaultfd: boolean;
  readonly mbind: boolean;
  /** Hard limit of locked memory, `null` for none: raising it may not be allowed. */
  readonly memlockHard: number | null;
}

/** How programs are made. */
export interface GenerateOptions {
  /** Steps of a program. Default 50. */
  readonly steps?: number;
  /** The program begins a few areas below vm.max_map_count. */
  readonly atMapCountLimit?: boolean;
  /** Calls to leave out: what a model does not have. */
  readonly without?: readonly CallName[];
}

/** Where programs map things that nobody else uses. */
export const ARENA = 0x6000_0000_0000;
/** Where programs split a mapping to come near the map-count limit. */
export const SPLIT_AREA = 0x6800_0000_0000;

const PAGE = 4096;
const WINDOW_PAGES = 48;
const MADV_COLD = 20;
const MADV_PAGEOUT = 21;
const MAX_PROCESSES = 7;
const USERFAULTFD_CALLS: readonly CallName[] = ["userfaultfd", "uffd_register", "uffd_unregister"];

/** Makes the program of a seed. */
export function generate(seed: number, ground: Ground, options: GenerateOptions = {}): Program {
  return new Generator(seed, ground, options).program();
}

class Generator {
  readonly #random: Random;
  readonly #ground: Ground;
  readonly #seed: number;
  readonly #length: number;
  readonly #atLimit: boolean;
  readonly #mix: typeof MIX;
  readonly #steps: Step[] = [];
  /** Of each process; undefined when it has exited. */
  readonly #beliefs: (Belief | undefined)[];
  /** Sizes of files after truncations. */
  readonly #sizes: Map<string, number>;
  #process = 0;
  readonly #processes = new Processes();
  /** Processes whose limits may be too low for a new program. */
  readonly #limited: Set<number> = new Set();
  /** Processes with a userfaultfd of their own, and children of vfork() that have not ended or started anew. */
  readonly #registers: Set<number> = new Set();
  /**
   * Programs with userfaultfds page nothing out: that takes pages of files away, but not those that are on another CPU's list, so
   * whether a fault is one would depend on who ran where.
   */
  readonly #pagesOut: boolean;
  /** Dropped their capabilities: a new program would get them back, and with them a random layout. */
  readonly #dropped: Set<number> = new Set();
  readonly #borrowers: Set<number> = new Set();

  constructor(seed: number, ground: Ground, options: GenerateOptions) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#ground = ground;
    this.#length = options.steps ?? 50;
    this.#pagesOut = !ground.userfaultfd || this.#random.chance(40);
    this.#atLimit = options.atMapCountLimit ?? false;
    const without = [
      ...(options.without ?? []),
      ...(this.#pagesOut ? USERFAULTFD_CALLS : []),
      ...(ground.mbind ? [] : (["mbind"] as const)),
    ];
    this.#mix = MIX.filter(([call]) => !without.includes(call));
    const starts = { heap: ground.startBrk, arena: ARENA, top: ground.topStart };
    this.#beliefs = [new Belief(starts, WINDOW_PAGES)];
    this.#sizes = new Map(ground.files.map((file) => [file.name, file.bytes]));
  }

  program(): Program {
    if (this.#atLimit) this.#split();
    while (this.#steps.length < this.#length) {
      const able = this.#processes.able();
      if (this.#random.chance(25) || !able.includes(this.#process)) this.#process = this.#random.pick(able);
      // A parent waits for it.
      if (this.#borrowers.has(this.#process) && this.#random.chance(25)) this.#endBorrowing();
      else this.#one(this.#random.weighted(this.#mix));
    }
    // The flags of 65,000 areas are too long to read; such a program ends with the maps.
    if (!this.#atLimit) for (const process of this.#processes.able()) this.#look(process);
    return { seq: this.#seed, steps: this.#steps };
  }

  /** The page tables of where most happens, and the flags. */
  #look(process: number): void {
    const { arena, top } = this.#beliefs[process] as Belief;
    this.#steps.push(
      { process, call: "pagemap", args: [arena.start, WINDOW_PAGES] },
      { process, call: "pagemap", args: [top.start, WINDOW_PAGES] },
      { process, call: "status", args: [] },
      { process, call: "final", args: [] },
    );
  }

  get #belief(): Belief {
    return this.#beliefs[this.#process] as Belief;
  }

  #put(call: CallName, ...args: Argument[]): void {
    const step = { process: this.#process, call, args };
    const wrong = this.#processes.take(step);
    if (wrong !== undefined) throw new Error(`generator: ${wrong}`);
    this.#steps.push(step);
  }

  /** Comes to within a dozen areas of the limit. */
  #split(): void {
    const room = 4 + this.#random.below(12);
    const areas = this.#ground.maxMapCount - this.#ground.areas - room;
    this.#put("split", SPLIT_AREA, Math.max(1, Math.floor((areas - 1) / 2)));
  }

  #one(call: CallName): void {
    switch (call) {
      case "mmap":
        return this.#mmap();
      case "munmap": {
        const [at, bytes] = this.#range(75);
        this.#put(call, at, bytes);
        return this.#believe(at, bytes, () => 0);
      }
      case "mprotect":
        return this.#mprotect();
      case "mremap":
        return this.#mremap();
      case "brk":
        return this.#brk();
      case "madvise":
      case "process_madvise":
        return this.#madvise(call);
      case "read":
      case "write":
        return this.#touch(call);
      case "mseal":
        return this.#mseal();
      case "fork":
      case "share":
      case "vfork":
        return this.#fork(call);
      case "exit":
      case "exit_group":
        return this.#exit(call);
      case "wait":
        return this.#wait();
      case "exec":
        return this.#exec();
      case "mbind":
        return this.#mbind();
      case "userfaultfd":
      case "uffd_register":
      case "uffd_unregister":
        return this.#userfaultfd(call);
      case "setrlimit":
        return this.#setrlimit();
      case "truncate":
        return this.#truncate();
      case "dropcaps":
        // For good: late, so that most of the program has them.
        if (this.#steps.length <= this.#length * 0.5) return this.#one("write");
        this.#dropped.add(this.#process);
        return this.#put(call);
      case "remap_file_pages":
        return this.#remapFilePages();
      default:
        return this.#onRange(call);
    }
  }

  #mmap(): void {
    const random = this.#random;
    let bytes: Word = this.#pages() * PAGE;
    if (random.chance(5)) bytes = random.pick([HUGE, 2 * HUGE, HUGE + PAGE, HUGE - PAGE, 3 * HUGE]);
    let prot = random.pick([3, 3, 3, 1, 1, 0, 2, 4, 5, 7]);
    if (random.chance(1)) prot |= 0x100_0000;
    let flags = random.weighted([
      [0x02, 74],
      [0x01, 23],
      [0x03, 2],
      [0x08, 1],
    ] as const) as number;
    let file: Argument = -1;
    let offset = 0;
    if (random.chance(25)) {
      const [name, size] = random.pick([...this.#sizes]);
      file = `fd:${name}`;
      offset = random.below(Math.min(24, size / PAGE)) * PAGE;
      if (random.chance(10)) offset = Math.max(0, size - PAGE);
      if (random.chance(10)) offset += HUGE;
    } else {
      flags |= 0x20;
    }
    if (random.chance(6)) flags |= 0x100;
    if (random.chance(5)) flags |= 0x2000;
    if (random.chance(10)) flags |= 0x4000;
    if (random.chance(6)) flags |= 0x8000;
    if (random.chance(4)) flags |= 0x2_0000;
    if (random.chance(3)) flags |= 0x40;
    let at: Word = 0;
    const how = random.below(100);
    if (how < 35) {
      const free = this.#belief.freeRange(random, Math.ceil(bytes / PAGE));
      at = free === undefined ? 0 : addressOf(free);
      flags |= free === undefined ? 0 : random.pick([0, 0x10, 0x10, 0x10_0000]);
    } else if (how < 55) {
      // Over whatever is there.
      const [over, length] = this.#range(90);
      at = over;
      if (typeof length === "number" && length <= 2 * HUGE && random.chance(70)) bytes = length;
      flags |= 0x10;
    } else if (how < 65) {
      at = this.#pageAddress() + (random.chance(30) ? random.below(PAGE) : 0);
      if (random.chance(30)) flags |= 0x10_0000;
    } else if (how < 67) {
      at = random.pick([1, PAGE, 2 * PAGE, 0xffff, 0x1_0000]);
    } else if (random.chance(3)) {
      at = random.pick(EDGES);
      flags |= random.pick([0, 0x10, 0x10_0000]);
    }
    if (random.chance(1.5)) bytes = random.pick<Word>([...EDGES, 0, 1]);
    if (random.chance(1)) offset += 7;
    this.#put("mmap", at, bytes, prot, flags, file, offset);
    this.#believeMapped(at, bytes, prot, flags, file !== -1);
  }

  #believeMapped(at: Word, bytes: Word, prot: number, flags: number, file: boolean): void {
    if (typeof bytes !== "number" || typeof at !== "number" || bytes <= 0 || bytes > 2 ** 40) return;
    // An address without MAP_FIXED is a hint that holds where nothing is; elsewhere the kernel chooses.
    const fixed = (flags & 0x10_0010) !== 0;
    const free = at >= PAGE && this.#belief.at(at) === 0;
    const start = fixed || free ? at - (at % PAGE) : this.#belief.placeAtTop(Math.ceil(bytes / PAGE));
    if (start === undefined || ((flags & 0x10_0000) !== 0 && !free)) return;
    let bits = PAGE_IS.mapped | ((prot & 7) * PAGE_IS.read);
    if ((flags & 1) !== 0) bits |= PAGE_IS.shared;
    if (file) bits |= PAGE_IS.file;
    if ((flags & 0x100) !== 0) bits |= PAGE_IS.grows;
    this.#believe(start, bytes, () => bits);
  }

  #mprotect(): void {
    const random = this.#random;
    const [at, bytes] = this.#range(85);
    let prot = random.pick([3, 3, 1, 1, 0, 2, 5, 7]);
    if (random.chance(3)) prot |= 0x100_0000;
    if (random.chance(1)) prot |= random.pick([0x200_0000, 8, 0x10]);
    this.#put("mprotect", at, bytes, prot);
    this.#believe(at, bytes, (bits) => (bits & ~14) | ((prot & 7) * PAGE_IS.read));
  }

  #mremap(): void {
    const random = this.#random;
    const belief = this.#belief;
    const found = belief.mappedRange(random, (bits) => (bits & PAGE_IS.sealed) === 0);
    if (found === undefined || random.chance(8)) {
      const [at, bytes] = this.#range(40);
      const size: Word = random.chance(5) ? random.pick<Word>([0, ...EDGES]) : this.#pages() * PAGE;
      return this.#put("mremap", at, bytes, size, random.below(9), this.#pageAddress());
    }
    const at = addressOf(found);
    const old = found.count * PAGE;
    let size: Word = old;
    const how = random.below(100);
    if (how < 25) size = (1 + random.below(found.count)) * PAGE;
    else if (how < 55) size = old + this.#pages() * PAGE;
    else if (how < 57) size = random.pick<Word>([...EDGES, 0]);
    let flags = 0;
    let to: Word = 0;
    const kind = random.below(100);
    if (kind < 35) {
      flags = 3;
      const bytes = typeof size === "number" ? size : PAGE;
      const free = random.chance(50)
        ? belief.freeRange(random, Math.max(1, Math.ceil(bytes / PAGE)))
        : undefined;
      to = free === undefined ? this.#pageAddress() : addressOf(free);
    } else if (kind < 75) {
      flags = 1;
    }
    if (random.chance(12)) {
      flags |= 5;
      if (random.chance(85)) size = old;
    }
    const from = random.chance(3) ? at + random.below(PAGE) : at;
    // Long old ranges are unmapped by a shrink: only where the executor is out of reach.
    const length: Word = random.chance(3) && at >= ARENA ? random.pick<Word>([0, old + PAGE, ...EDGES]) : old;
    this.#put("mremap", from, length, size, flags, to);
    if (typeof size !== "number" || size <= 0 || size > 2 ** 40) return;
    const bits = belief.at(at);
    const target =
      (flags & 2) !== 0 && typeof to === "number" ? to : size > old ? belief.placeAtTop(size / PAGE) : at;
    if ((flags & 2) === 0 && size <= old) {
      this.#believe(at + size, old - size, () => 0);
    } else if (target !== undefined && flags !== 0) {
      if ((flags & 4) === 0) this.#believe(at, old, () => 0);
      this.#believe(target, size, () => bits);
    }
  }

  #brk(): void {
    const { heap } = this.#belief;
    const random = this.#random;
    let end = heap.start + random.below(20) * PAGE;
    if (random.chance(30)) end += random.below(PAGE);
    const strange = random.chance(4);
    this.#put("brk", strange ? random.pick<Word>([0, heap.start - PAGE, 0x4000_0000, ...EDGES]) : end);
    if (strange) return;
    const old = this.#belief.brk;
    if (end > old) this.#believe(old, end - old, (bits) => (bits === 0 ? 7 : bits));
    else this.#believe(end + ((PAGE - (end % PAGE)) % PAGE), old - end, () => 0);
    this.#belief.brk = end;
  }

  #madvise(call: "madvise" | "process_madvise"): void {
    const [at, bytes] = this.#range(88);
    const advice = this.#random.chance(1) ? this.#random.pick([5, 27, 104]) : this.#random.pick(ADVICE);
    this.#put(call, at, bytes, !this.#pagesOut && advice === MADV_PAGEOUT ? MADV_COLD : advice);
  }

  #touch(call: "read" | "write"): void {
    const random = this.#random;
    const need = call === "read" ? PAGE_IS.read : PAGE_IS.write;
    const range = random.chance(75)
      ? this.#belief.mappedRange(random, (bits) => (bits & need) !== 0)
      : undefined;
    let at: Word = range === undefined ? this.#pageAddress() : addressOf(range);
    at += random.pick([0, PAGE - 1, random.below(PAGE)]);
    // Just below something: it may grow.
    if (random.chance(4)) at -= PAGE;
    if (random.chance(1)) at = random.pick<Word>([0, ...EDGES]);
    if (call === "read") this.#put(call, at);
    else this.#put(call, at, 1 + random.below(255));
  }

  #mseal(): void {
    if (!this.#ground.mseal) return this.#one("mprotect");
    const found = this.#belief.mappedRange(this.#random, () => true);
    // What is sealed stays in the way for the rest of the program: little of it.
    if (found === undefined || this.#random.chance(40)) {
      const [at, bytes] = this.#range(30);
      const nothing = this.#random.chance(80) ? 0 : bytes;
      this.#put("mseal", at, nothing, this.#random.chance(10) ? 1 : 0);
      return;
    }
    const at = addressOf(found);
    this.#put("mseal", at, PAGE, 0);
    this.#believe(at, PAGE, (bits) => bits | PAGE_IS.sealed);
  }

  #fork(call: "fork" | "share" | "vfork"): void {
    const child = this.#beliefs.length;
    if (child >= MAX_PROCESSES) return this.#one("write");
    this.#beliefs.push(call === "fork" ? this.#belief.fork() : this.#belief);
    if (this.#limited.has(this.#process)) this.#limited.add(child);
    if (this.#dropped.has(this.#process)) this.#dropped.add(child);
    this.#put(call);
    if (call === "vfork") this.#borrowers.add(child);
    if (call === "vfork" || this.#random.chance(50)) this.#process = child;
  }

  #exit(call: "exit" | "exit_group"): void {
    if (this.#processes.able().length < 2 && !this.#borrowers.has(this.#process))
      return this.#fork(this.#random.pick(["fork", "share", "vfork"]));
    this.#put(call);
    this.#borrowers.delete(this.#process);
    this.#beliefs[this.#process] = undefined;
  }

  /** What a child of vfork() is there for. */
  #endBorrowing(): void {
    if (this.#random.chance(40) && !this.#dropped.has(this.#process)) return this.#exec();
    const child = this.#process;
    this.#exit(this.#random.chance(50) ? "exit" : "exit_group");
    const [parent] = this.#processes.endedChildren();
    if (parent === undefined || !this.#random.chance(60)) return;
    this.#process = parent;
    if (child !== parent) this.#put("wait");
  }

  #wait(): void {
    const parents = this.#processes.endedChildren();
    if (parents.length > 0) this.#process = this.#random.pick(parents);
    const step: Step = { process: this.#process, call: "wait", args: [] };
    if (parents.length === 0 && (this.#random.chance(70) || !this.#processes.allows(step)))
      return this.#fork("vfork");
    this.#put("wait");
  }

  /** A new program needs room: limits are lifted before. */
  #exec(): void {
    if (this.#dropped.has(this.#process)) return this.#one("read");
    const unlimited = (1n << 64n) - 1n;
    if (this.#limited.delete(this.#process)) {
      this.#put("setrlimit", 9, unlimited, unlimited);
      this.#put("setrlimit", 2, unlimited, unlimited);
      this.#put("setrlimit", 3, 8 * 2 ** 20, unlimited);
    }
    this.#put("exec");
    this.#borrowers.delete(this.#process);
    this.#registers.delete(this.#process);
    this.#beliefs[this.#process] = this.#belief.fresh();
  }

  #mbind(): void {
    const random = this.#random;
    const [at, bytes] = this.#range(92);
    const mode = random.weighted([
      [0, 20],
      [1, 20],
      [2, 25],
      [3, 10],
      [4, 15],
      [5, 5],
      [0x8002, 4],
      [7, 1],
    ] as const);
    const none = mode === 0 || mode === 4;
    this.#put("mbind", at, bytes, mode, random.chance(95) ? (none ? 0 : 1) : random.pick([0, 1, 2, 3]));
  }

  #userfaultfd(call: "userfaultfd" | "uffd_register" | "uffd_unregister"): void {
    const random = this.#random;
    if (call === "userfaultfd" || (!this.#registers.has(this.#process) && random.chance(97))) {
      this.#put("userfaultfd");
      this.#registers.add(this.#process);
      return;
    }
    const found = this.#belief.mappedRange(random, (bits) => (bits & PAGE_IS.file) === 0);
    const [at, bytes] = found === undefined || random.chance(10) ? this.#range(50) : rangeOf(found);
    if (call === "uffd_unregister") return this.#put(call, at, bytes);
    // Faults there fail from now on: mostly those that nobody is answered with.
    this.#put(call, at, bytes, random.pick([1, 1, 2, 2, 2, 2, 3, 4, 5, 7, 8, 0]));
  }

  #setrlimit(): void {
    const random = this.#random;
    const unlimited = (1n << 64n) - 1n;
    // Mostly lifted again, or nothing would succeed any more. The hard limit stays, so that it can be.
    if (random.chance(55)) return this.#put("setrlimit", random.pick([2, 9]), unlimited, unlimited);
    this.#limited.add(this.#process);
    switch (random.below(4)) {
      case 0:
        return this.#put(
          "setrlimit",
          9,
          this.#ground.bytes + random.below(96) * PAGE + random.below(2),
          unlimited,
        );
      case 1:
        return this.#put("setrlimit", 2, random.below(64) * PAGE + random.below(2), unlimited);
      case 2:
        return this.#put("setrlimit", 8, random.below(24) * PAGE, this.#ground.memlockHard ?? unlimited);
      default:
        return this.#put("setrlimit", 3, random.below(16) * PAGE, unlimited);
    }
  }

  #truncate(): void {
    const file = this.#random.pick(this.#ground.files.filter(({ readOnlyOf }) => readOnlyOf === undefined));
    const size = this.#random.chance(50)
      ? file.bytes
      : this.#random.below(16) * PAGE + this.#random.below(2) * 100;
    for (const { name, readOnlyOf } of this.#ground.files)
      if (name === file.name || readOnlyOf === file.name) this.#sizes.set(name, Math.max(size, PAGE));
    this.#put("truncate", `fd:${file.name}`, size);
  }

  #remapFilePages(): void {
    const found = this.#belief.mappedRange(this.#random, (bits) => (bits & PAGE_IS.shared) !== 0);
    if (found === undefined && this.#random.chance(85)) return this.#mmap();
    const at = found === undefined ? this.#pageAddress() : addressOf(found);
    const bytes = (found?.count ?? 1) * PAGE;
    this.#put("remap_file_pages", at, bytes, this.#random.chance(95) ? 0 : 3, this.#random.below(12), 0);
  }

  /** Calls on a range without further ado. */
  #onRange(call: CallName): void {
    const random = this.#random;
    const [at, bytes] = this.#range(85);
    switch (call) {
      case "mlock2":
        return this.#put(call, at, bytes, random.chance(95) ? random.below(2) : 2);
      case "msync":
        return this.#put(
          call,
          at,
          bytes,
          random.weighted([
            [1, 50],
            [2, 25],
            [3, 15],
            [4, 8],
            [5, 2],
          ] as const),
        );
      case "mlockall":
        return this.#put(
          call,
          random.weighted([
            [1, 20],
            [2, 30],
            [3, 10],
            [5, 10],
            [6, 20],
            [7, 5],
            [0, 2],
            [4, 3],
          ] as const),
        );
      case "munlockall":
        return this.#put(call);
      case "mincore":
        return this.#put(
          call,
          at,
          this.#random.chance(99) && bytes > HUGE ? PAGE : bytes > HUGE ? (EDGES[0] as bigint) : bytes,
        );
      default:
        return this.#put(call, at, bytes);
    }
  }

  /** A range of bytes; `aimed` percent at something mapped, the rest anywhere, a few at the edges of arithmetic. */
  #range(aimed: number): [at: number, bytes: Word] {
    const random = this.#random;
    const found = random.chance(aimed) ? this.#belief.mappedRange(random, () => true) : undefined;
    let at = found === undefined ? this.#pageAddress() : addressOf(found);
    let bytes: Word = (found?.count ?? this.#pages()) * PAGE;
    if (random.chance(3)) bytes += random.pick([1, PAGE, 2 * PAGE]);
    if (random.chance(2)) at += random.below(PAGE);
    // Far ranges begin above the executor, so that they never reach it.
    if (random.chance(1.5) && at >= ARENA) bytes = random.pick<Word>([...FAR, 0, 1, HUGE]);
    return [at, bytes];
  }

  #pages(): number {
    return this.#random.weighted([
      [1, 30],
      [2, 25],
      [3, 15],
      [4, 10],
      [5 + this.#random.below(8), 20],
    ] as const);
  }

  #pageAddress(): number {
    const belief = this.#belief;
    const window = this.#random.weighted([
      [belief.arena, 70],
      [belief.top, 15],
      [belief.heap, 15],
    ] as const);
    return window.start + this.#random.below(WINDOW_PAGES) * PAGE;
  }

  #believe(at: Word, bytes: Word, to: (bits: number) => number): void {
    if (typeof at !== "number" || typeof bytes !== "number" || bytes <= 0 || bytes > 2 ** 40) return;
    this.#belief.change(at, bytes, (bits) => ((bits & PAGE_IS.sealed) !== 0 ? bits : to(bits)));
  }
}

function rangeOf(range: PageRange): [at: number, bytes: number] {
  return [addressOf(range), range.count * PAGE];
}

function addressOf(range: PageRange): number {
  return range.window.start + range.first * PAGE;
}
