/**
 * One address space of a recording, made again in the model call by call.
 *
 *     recorded call + result -> the model's call -> the same result?   yes: go on
 *                                                   placed elsewhere:  placed where the recording says, and told
 *                                                   refused:           told
 *
 * What the address space was before the first call is told by a maps file (`told`), or comes out of the calls (`derived`: what
 * exec made is missing, placement is known from the first mapping on; `unknown`: the recording begins in the middle of a life,
 * everything is placed where it says).
 *
 * Simplified: faults are not in a log of calls. They are assumed (`Touch`): whether two areas merge may depend on whether
 * one was written to. The extent of the stack is not followed.
 */
import {
  AddressSpace,
  type BootOptions,
  type Bytes,
  ENOMEM,
  errnoName,
  type File,
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_PRIVATE,
  MAP_TYPE,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PAGE_BYTES,
  PROT_READ,
  PROT_WRITE,
} from "../mm/index.ts";
import type { Snapshot } from "./snapshot.ts";
import type { MemoryCall } from "./trace-event.ts";

/** Which faults are assumed: private writable memory is written as soon as it is there, or never, or as events tell. */
export type Touch = "written" | "never" | "told";

/** How the address space at the beginning is known. */
export type Layout = "told" | "derived" | "unknown";

/** How a call of the model compares with the recorded one. */
export type Agreement =
  /** The same result. */
  | "same"
  /** Mapped by both, in different places; the recorded one was taken. */
  | "placed"
  /** One succeeded where the other failed, or with another error; what the recording says was done as far as possible. */
  | "different"
  /** Not looked at: the call did not come back. */
  | "none";

/** What a call came to. */
export interface Applied {
  readonly agreement: Agreement;
  /** The model's result: a number, or a negative error. Undefined where the model was not asked. */
  readonly model: number | undefined;
  /** A sentence on a result that cannot be. */
  readonly impossible: string | undefined;
}

const SAME: Applied = { agreement: "same", model: undefined, impossible: undefined };
const NONE: Applied = { agreement: "none", model: undefined, impossible: undefined };

/** First address that user space cannot have. */
const TASK = 0x7fff_ffff_f000;
/** Length of files of which nothing is known: no touch may fall behind their end. */
const FILE_BYTES = 2 ** 45;
/** Areas copied, in all, to try calls that failed. */
const MOST_COPIED = 100_000;

/** Which file a descriptor stands for. */
export interface OpenFile {
  /** Whether it was opened for reading only. */
  readonly readOnly: boolean;
  /** Where the file was opened, which makes two descriptions of one file different; 0 where not known. */
  readonly opened: number;
  readonly path: string;
}

/** An address space. */
export class ReplayMemory {
  /** How the beginning is known. */
  readonly layout: Layout;
  /** Processes that use it: more than one between vfork and exec. */
  users = 1;
  /** Areas that must have been there before the recording began: a call on them succeeded. */
  inferred = 0;
  /** The model's address space. */
  readonly space: AddressSpace;
  readonly #touch: Touch;
  readonly #files: Map<string, File>;
  /** Where the heap begins; -1 while nothing has told it. */
  #heap = -1;
  /** Where it ends. */
  #brkEnd = 0;
  /** Whether it is known below what mappings are placed. */
  #placed: boolean;
  #copied = 0;

  private constructor(layout: Layout, touch: Touch, space: AddressSpace, files: Map<string, File>) {
    this.layout = layout;
    this.#placed = layout === "told";
    this.#touch = touch;
    this.space = space;
    this.#files = files;
  }

  /** An address space as exec leaves it: as `start` says, else empty. */
  static afterExec(boot: BootOptions, touch: Touch, start: Snapshot | undefined): ReplayMemory {
    if (start === undefined) return new ReplayMemory("derived", touch, AddressSpace.boot(boot), new Map());
    const { areas } = start.image;
    const stack = areas.findIndex((area) => area.name === "[stack]");
    const below = stack > 0 ? areas[stack - 1] : areas.at(-1);
    const heap = start.startBrk === undefined ? -1 : Number(start.startBrk);
    const space = AddressSpace.boot({
      ...boot,
      areas,
      startBrk: Math.max(heap, 0),
      startStack: Number(start.startStack ?? 0n),
      mmapBase: (below?.endPage ?? 0) * PAGE_BYTES,
    });
    if (touch === "written") {
      for (const area of areas)
        if (area.write && !area.shared) space.prepareWrite(area.startPage * PAGE_BYTES);
    }
    const memory = new ReplayMemory("told", touch, space, new Map());
    memory.#heap = heap;
    memory.#brkEnd = Math.max(heap, 0);
    return memory;
  }

  /** An address space of which nothing is known: the recording begins in the middle of its life. */
  static unknown(boot: BootOptions, touch: Touch): ReplayMemory {
    return new ReplayMemory("unknown", touch, AddressSpace.boot(boot), new Map());
  }

  /** fork: a copy, or ENOMEM where the model refuses. */
  fork(): ReplayMemory | typeof ENOMEM {
    const child = this.space.tryFork();
    if (child === ENOMEM) return ENOMEM;
    const copy = new ReplayMemory(this.layout, this.#touch, child, this.#files);
    copy.inferred = this.inferred;
    copy.#heap = this.#heap;
    copy.#brkEnd = this.#brkEnd;
    copy.#placed = this.#placed;
    return copy;
  }

  /** Number of areas, as far as they are known. */
  get count(): number {
    return this.space.mapCount;
  }

  /** Mapped bytes, as far as known. */
  get bytes(): number {
    return this.space.totalPages * PAGE_BYTES;
  }

  /** The process is gone. */
  leave(): void {
    if (--this.users === 0) this.space.exit();
  }

  /** A fault that the recording tells. */
  fault(at: number, write: boolean): void {
    if (this.#touch !== "told" || at >= TASK) return;
    if (write) this.space.write(at, 1);
    else this.space.read(at);
  }

  /** Sets a resource limit. */
  limit(resource: number, soft: number): void {
    const field = LIMITS[resource];
    if (field !== undefined) this.space.limits = { ...this.space.limits, [field]: soft };
  }

  /** Makes a recorded call again. `value` and `error` are its result; `file` is what an mmap maps. */
  apply(
    call: MemoryCall,
    value: Bytes | undefined,
    error: string | undefined,
    file: OpenFile | undefined,
  ): Applied {
    if (value === undefined)
      return error === undefined || error.startsWith("ERESTART") ? NONE : this.#failed(call, error, file);
    switch (call.op) {
      case "mmap":
        return this.#mmap(call, value, file);
      case "brk":
        return this.#brk(call.at, value);
      case "mremap":
        return this.#mremap(call, value);
      default:
        return this.#plain(call);
    }
  }

  /**
   * A call that failed is made again: what it changed before it failed is changed then, too. Where the model would succeed
   * it must not be made; what cannot be taken back is tried on a copy first.
   */
  #failed(call: MemoryCall, error: string, file: OpenFile | undefined): Applied {
    const { space } = this;
    const mapped = this.#open(call, file);
    if (!isHarmless(call)) {
      this.#copied += space.mapCount;
      if (this.#copied > MOST_COPIED) return NONE;
      const copy = space.tryFork();
      if (copy === ENOMEM) return NONE;
      const model = run(copy, call, mapped);
      copy.exit();
      if (errnoName(model) !== `-${error}`) return { agreement: "different", model, impossible: undefined };
    }
    const model = run(space, call, mapped);
    if (errnoName(model) === `-${error}`) return { agreement: "same", model, impossible: undefined };
    if (call.op === "mmap" && model >= 0) space.munmap(model, call.length);
    return { agreement: "different", model, impossible: undefined };
  }

  #mmap(call: Extract<MemoryCall, { op: "mmap" }>, value: Bytes, opened: OpenFile | undefined): Applied {
    const length = Number(call.length);
    if (typeof value === "bigint" || value % PAGE_BYTES !== 0 || value + length > TASK) {
      return { agreement: "different", model: undefined, impossible: "no mapping can be there" };
    }
    const pages = Math.ceil(length / PAGE_BYTES);
    const { space } = this;
    if (!this.#placed && call.at === 0 && (call.flags & (MAP_FIXED | MAP_32BIT)) === 0) {
      // The first mapping after an exec is put right below what exec made.
      space.setLayout({ mmapBase: value + pages * PAGE_BYTES });
      this.#placed = true;
    }
    const forced = this.layout === "unknown";
    const file = this.#open(call, opened);
    let model = forced ? -1 : space.mmap(call.at, call.length, call.prot, call.flags, file, call.offset);
    let applied = SAME;
    if (model !== value) {
      if (model >= 0) {
        space.munmap(model, call.length);
        model = this.#otherAlignment(call, value, opened) ?? model;
      }
      if (model !== value) applied = this.#force(call, value, pages, file, forced ? undefined : model);
    }
    if (
      this.#touch === "written" &&
      (call.prot & PROT_WRITE) !== 0 &&
      (call.flags & MAP_TYPE) === MAP_PRIVATE
    ) {
      space.prepareWrite(value);
    }
    return applied;
  }

  /** Large mappings of some file systems are placed at huge-page boundaries: of which ones, only the result tells. */
  #otherAlignment(
    call: Extract<MemoryCall, { op: "mmap" }>,
    value: number,
    opened: OpenFile | undefined,
  ): number | undefined {
    if (opened === undefined || (call.flags & MAP_ANONYMOUS) !== 0) return undefined;
    const key = keyOf(opened);
    const other = openFile(this.space, opened, !alignsHuge(opened.path));
    const model = this.space.mmap(call.at, call.length, call.prot, call.flags, other, call.offset);
    if (model === value) this.#files.set(key, other);
    else if (model >= 0) this.space.munmap(model, call.length);
    return model === value ? model : undefined;
  }

  /** Maps where the recording says. */
  #force(
    call: Extract<MemoryCall, { op: "mmap" }>,
    value: number,
    pages: number,
    file: File | null,
    model: number | undefined,
  ): Applied {
    const { space } = this;
    const fixed = (call.flags & MAP_FIXED) !== 0;
    let impossible: string | undefined;
    if (!fixed && pages > 0) {
      const used = space.areaAt(value) ?? space.areaAt(value + (pages - 1) * PAGE_BYTES);
      if (used !== undefined) impossible = "the range is in use: an unmapping is missing in the log";
    }
    const flags = (call.flags & ~(MAP_FIXED_NOREPLACE | MAP_32BIT)) | MAP_FIXED;
    const result = space.mmap(value, call.length, call.prot, flags, file, call.offset);
    if (model === undefined && result === value)
      return impossible === undefined ? SAME : { ...SAME, impossible };
    return { agreement: result === value && (model ?? 0) >= 0 ? "placed" : "different", model, impossible };
  }

  #brk(at: Bytes, value: Bytes): Applied {
    if (typeof value === "bigint" || value >= TASK) {
      return { agreement: "different", model: undefined, impossible: "no heap can end there" };
    }
    const { space } = this;
    const before = this.#brkEnd;
    this.#brkEnd = value;
    if (this.#heap < 0) {
      // The first answer tells where the heap is; what of it is mapped already, only a maps file tells.
      this.#heap = value;
      space.setLayout({ startBrk: value, brk: value });
      return SAME;
    }
    const model = space.brk(at);
    if (model !== value) {
      const end = pageUp(value);
      const modelEnd = pageUp(model);
      if (end > modelEnd) space.mmap(modelEnd, end - modelEnd, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
      else if (end < modelEnd) space.munmap(end, modelEnd - end);
      this.#heap = Math.min(this.#heap, value);
      space.setLayout({ startBrk: this.#heap, brk: value });
      return { agreement: "different", model, impossible: undefined };
    }
    if (this.#touch === "written" && pageUp(value) > pageUp(before)) space.prepareWrite(pageUp(before));
    return SAME;
  }

  #mremap(call: Extract<MemoryCall, { op: "mremap" }>, value: Bytes): Applied {
    if (typeof value === "bigint" || value % PAGE_BYTES !== 0 || value >= TASK) {
      return { agreement: "different", model: undefined, impossible: "no mapping can be there" };
    }
    const { space } = this;
    this.#inferIfNeeded(call.at, call.oldLength);
    let model = -1;
    const moves = value !== Number(call.at) && (call.flags & MREMAP_FIXED) === 0;
    if (this.layout !== "unknown" || !moves) {
      model = space.mremap(call.at, call.oldLength, call.newLength, call.flags, call.newAt);
      if (model === value) return SAME;
    }
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    const forced =
      model >= 0
        ? space.mremap(model, call.newLength, call.newLength, flags, value)
        : space.mremap(call.at, call.oldLength, call.newLength, call.flags | flags, value);
    if (this.layout === "unknown" && forced === value) return SAME;
    return {
      agreement: model >= 0 && forced === value ? "placed" : "different",
      model,
      impossible: undefined,
    };
  }

  #plain(call: Exclude<MemoryCall, { op: "mmap" | "brk" | "mremap" }>): Applied {
    const { space } = this;
    let model = run(space, call, null);
    if (model < 0 && "length" in call && this.#inferIfNeeded(call.at, call.length))
      model = run(space, call, null);
    if (model < 0) {
      // Discarding pages of what exec made changes no area.
      if (this.layout !== "told" && (call.op === "madvise" || call.op === "msync")) return NONE;
      return { agreement: "different", model, impossible: undefined };
    }
    if (
      call.op === "mprotect" &&
      this.#touch === "written" &&
      (call.prot & PROT_WRITE) !== 0 &&
      call.length !== 0
    ) {
      space.prepareWrite(call.at);
    }
    return SAME;
  }

  /**
   * Where the beginning is not told, what a successful call was made on must have been there. Only where the whole range is
   * free in the model: then it is all of what is missing.
   */
  #inferIfNeeded(at: Bytes, length: Bytes): boolean {
    if (this.layout === "told" || typeof at === "bigint" || typeof length === "bigint") return false;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    if (this.space.mmap(at, length, PROT_READ | PROT_WRITE, flags) !== at) return false;
    this.inferred++;
    return true;
  }

  #open(call: MemoryCall, opened: OpenFile | undefined): File | null {
    if (call.op !== "mmap" || (call.flags & MAP_ANONYMOUS) !== 0) return null;
    const of = opened ?? { opened: 0, readOnly: false, path: `(descriptor ${call.fd})` };
    const key = keyOf(of);
    let file = this.#files.get(key);
    if (file === undefined) {
      file = openFile(this.space, of, alignsHuge(of.path));
      this.#files.set(key, file);
    }
    return file;
  }
}

/** Calls that change no area, or whose change can be taken back. */
function isHarmless(call: MemoryCall): boolean {
  if (call.op === "mmap") return (call.flags & MAP_FIXED) === 0;
  return call.op === "msync" || (call.op === "madvise" && KEEPING_ADVICE.has(call.advice));
}

/** Advice that says something of pages, not of areas. */
const KEEPING_ADVICE: ReadonlySet<number> = new Set([3, 4, 8, 9, 20, 21, 22, 23, 24, 25]);

const LIMITS: Readonly<Record<number, "data" | "stack" | "memlock" | "addressSpace">> = {
  2: "data",
  3: "stack",
  8: "memlock",
  9: "addressSpace",
};

function keyOf(of: OpenFile): string {
  return `${of.opened} ${of.readOnly ? "r" : "w"} ${of.path}`;
}

function openFile(space: AddressSpace, of: OpenFile, huge: boolean): File {
  return space.openFile({ name: of.path, bytes: FILE_BYTES, alignsHuge: huge, writable: !of.readOnly });
}

/** Files on disk, most likely; not those of memory and devices. */
function alignsHuge(path: string): boolean {
  return path.startsWith("/") && !/^\/(memfd:|dev\/|SYSV|\[|run\/)/.test(path);
}

function pageUp(at: number): number {
  return Math.ceil(at / PAGE_BYTES) * PAGE_BYTES;
}

/** The model's call, as it stands. */
function run(space: AddressSpace, call: MemoryCall, file: File | null): number {
  switch (call.op) {
    case "mmap":
      return space.mmap(call.at, call.length, call.prot, call.flags, file, call.offset);
    case "munmap":
      return space.munmap(call.at, call.length);
    case "mprotect":
      return space.mprotect(call.at, call.length, call.prot);
    case "mremap":
      return space.mremap(call.at, call.oldLength, call.newLength, call.flags, call.newAt);
    case "brk":
      return space.brk(call.at);
    case "madvise":
      return space.madvise(call.at, call.length, call.advice);
    case "mlock":
      return space.mlock2(call.at, call.length, call.flags);
    case "munlock":
      return space.munlock(call.at, call.length);
    case "mlockall":
      return space.mlockall(call.flags);
    case "munlockall":
      return space.munlockall();
    case "mseal":
      return space.mseal(call.at, call.length, call.flags);
    case "msync":
      return space.msync(call.at, call.length, call.flags);
  }
}
