/**
 * The model of `interleaf/mm` under test: an AddressSpace set up like the first process of the live kernel.
 *
 * As on the live side, every program runs in a fork of that process, whose stack has been written: its areas have
 * inherited their anon_vmas. Touches are compared as faults or not: the executor cannot tell the signals apart.
 */
import {
  AddressSpace,
  AreaLines,
  type ExecOptions,
  type ImageVma,
  MADV_PAGEOUT,
  type OpenOptions,
  type Userfaultfd,
} from "../mm/index.ts";
import type { Word } from "./batch.ts";
import { splitStart } from "./compare.ts";
import type { LiveKernel } from "./live.ts";
import type { Outcome } from "./lower.ts";
import type { Limit, Machine } from "./machine.ts";
import type { ModelUnderTest } from "./model.ts";
import { type Argument, isExit, type Program, type RecordedFacts, type Step } from "./program.ts";

const PAGE = 4096;
const EPERM = -1;
const EBADF = -9;
const ECHILD = -10;
const ENOMEM = -12;
const EFAULT = -14;
const EINVAL = -22;
const CAP_IPC_LOCK = 14n;
const CAP_SYS_RAWIO = 17n;
const CAP_SYS_RESOURCE = 24n;

type File = ReturnType<AddressSpace["openFile"]>;

/** One process of a program. */
interface Process {
  readonly space: AddressSpace;
  readonly lines: AreaLines;
  /** Hard limits by resource; Infinity for none. */
  readonly hard: Map<number, number>;
  mayRaise: boolean;
  limits: AddressSpace["limits"];
  /** Open ones, inherited ones too. */
  readonly userfaultfds: Userfaultfd[];
  /** The one its areas are registered with. */
  ownUserfaultfd: Userfaultfd | undefined;
  /** Who may wait for it; undefined for the driver. */
  readonly parent: Process | undefined;
  /** Its own children that have ended and were not waited for. */
  ended: number;
}

/** The model with the facts and areas of a live kernel; `kernel` is the release whose rules hold. */
export function modelFor(live: LiveKernel, kernel = "6.18"): ModelOfMm {
  return modelOf(live, kernel);
}

/** The model with the facts of a machine that need not be this one. Its first process is made once, for all programs. */
export function modelOf(facts: ModelFacts, kernel = "6.18"): ModelOfMm {
  const first = firstProcess(facts, kernel);
  return {
    name: `model of ${kernel}`,
    run: (program) => {
      first.rollback();
      return new Run(facts, first).run(program);
    },
    wrongBooks: () => first.wrongBooks(),
  };
}

/** What the model is set up from. */
export interface ModelFacts extends RecordedFacts {
  /** Areas that every program finds, as lines of maps with VmFlags after `#`. */
  readonly layout: readonly string[];
}

/** A model that answers at once. */
export interface ModelOfMm extends ModelUnderTest {
  run(program: Program): Outcome[];
  /** What is wrong with the books of the model behind the last program: nothing, or the model has a bug. */
  wrongBooks(): string[];
}

function has(machine: Machine, capability: bigint): boolean {
  return ((BigInt(`0x${machine.capabilities}`) >> capability) & 1n) === 1n;
}

/** What a program finds when it starts. */
function layoutOf({ machine, layout }: ModelFacts): ExecOptions {
  const { mmapBase, startBrk, startStack, dataBytes } = machine;
  return { mmapBase, startBrk, startStack, dataBytes, areas: layout.map(areaOf) };
}

/** The process that every program is forked from, at a checkpoint. */
function firstProcess(facts: ModelFacts, kernel: string): AddressSpace {
  const { machine } = facts;
  const first = AddressSpace.boot({
    kernel,
    // What stable kernels took over of 6.19.
    with: kernel === "6.18" && machine.guards === "marked" ? ["madvise.guard=marked"] : [],
    bytes: true,
    checkpoints: true,
    system: {
      maxMapCount: machine.maxMapCount,
      minPage: machine.mmapMinAddrEffective / PAGE,
      privilegedBelowPage: Math.ceil(machine.mmapMinAddr / PAGE),
      overcommit: machine.overcommit as 0 | 1 | 2,
      ramPages: Math.floor((machine.ramBytes + machine.swapBytes) / PAGE),
      thp: machine.thp === "always" || machine.thp === "madvise" ? machine.thp : "never",
    },
    limits: {
      addressSpace: softOf(machine.limits.as),
      data: softOf(machine.limits.data),
      dataHard: hardOf(machine.limits.data),
      stack: softOf(machine.limits.stack),
      memlock: softOf(machine.limits.memlock),
      mayLockAll: has(machine, CAP_IPC_LOCK),
      mayMapLow: has(machine, CAP_SYS_RAWIO),
    },
    ...layoutOf(facts),
  });
  // exec wrote the arguments.
  first.write(machine.startStack, 1);
  first.checkpoint();
  return first;
}

class Run {
  readonly #live: ModelFacts;
  readonly #processes: Process[];
  /** What the last mincore() wrote. */
  #resident: string | undefined;
  #pagedOut = false;
  readonly #files = new Map<string, File>();
  readonly #first: AddressSpace;

  constructor(live: ModelFacts, first: AddressSpace) {
    this.#live = live;
    this.#first = first;
    const { machine } = live;
    const hard = new Map([
      [2, hardOf(machine.limits.data)],
      [3, hardOf(machine.limits.stack)],
      [8, hardOf(machine.limits.memlock)],
      [9, hardOf(machine.limits.as)],
    ]);
    const { limits } = first;
    const space = first.fork();
    const lines = new AreaLines(lineOf);
    this.#processes = [
      {
        space,
        lines,
        limits,
        hard,
        mayRaise: has(machine, CAP_SYS_RESOURCE),
        userfaultfds: [],
        ownUserfaultfd: undefined,
        parent: undefined,
        ended: 0,
      },
    ];
  }

  run(program: Program): Outcome[] {
    const below = splitStart(program.steps);
    return program.steps.map((step) => {
      const process = this.#processes[step.process];
      if (process === undefined) throw new Error(`the program's process ${step.process} does not exist`);
      if (step.call === "final") return { result: 0, maps: flagLines(process.space) };
      if (step.call === "pagemap") return pagesOf(process.space, step);
      if (step.call === "status") return { result: 0, counters: countersOf(process.space) };
      if (isExit(step.call)) {
        for (const uffd of process.userfaultfds) uffd.close();
        process.space.exit();
        if (process.parent !== undefined) process.parent.ended++;
        return { result: 0 };
      }
      if (process.space.limits !== process.limits) process.space.limits = process.limits;
      const seen = this.#call(process, step);
      process.limits = process.space.limits;
      const isTouch = step.call === "read" || step.call === "write";
      const maps = process.space.linesOf(process.lines, below);
      if (isTouch && seen < 0) return { result: EFAULT, maps };
      if (step.call === "mincore" && seen === 0 && this.#resident !== undefined)
        return { result: 0, maps, resident: this.#resident };
      return step.call === "read" ? { result: 0, maps, byte: seen } : { result: seen, maps };
    });
  }

  #call(process: Process, step: Step): number {
    const { space } = process;
    const args = step.args;
    const word = (i: number): Word => unsigned(args[i] ?? 0);
    const int = (i: number): number => Number(BigInt.asIntN(32, BigInt(args[i] ?? 0)));
    switch (step.call) {
      case "mmap":
        return space.mmap(word(0), word(1), int(2), int(3), this.#fileOf(args[4]), word(5));
      case "munmap":
        return space.munmap(word(0), word(1));
      case "mprotect":
        return space.mprotect(word(0), word(1), int(2));
      case "mremap":
        return space.mremap(word(0), word(1), word(2), int(3), word(4));
      case "brk":
        return space.brk(word(0));
      case "madvise":
        this.#pagedOut ||= int(2) === MADV_PAGEOUT;
        return space.madvise(word(0), word(1), int(2));
      case "process_madvise": {
        this.#pagedOut ||= int(2) === MADV_PAGEOUT;
        const done = space.processMadvise([[word(0), word(1)]], int(2));
        return Math.min(done, 0);
      }
      case "remap_file_pages":
        return space.remapFilePages(word(0), word(1), word(2), word(3), int(4));
      case "truncate":
        space.truncate(this.#fileOf(args[0]) as File, Number(word(1)));
        return 0;
      case "mlock":
        return space.mlock(word(0), word(1));
      case "mlock2":
        return space.mlock2(word(0), word(1), int(2));
      case "munlock":
        return space.munlock(word(0), word(1));
      case "mlockall":
        return space.mlockall(int(0));
      case "munlockall":
        return space.munlockall();
      case "mseal":
        return space.mseal(word(0), word(1), int(2));
      case "msync":
        return space.msync(word(0), word(1), int(2));
      case "mincore": {
        const seen: number[] = [];
        const result = space.mincore(word(0), word(1), seen);
        this.#resident = result === 0 ? this.#residentOf(space, Number(word(0)), seen) : undefined;
        return result;
      }
      case "mbind":
        return space.mbind(word(0), word(1), int(2), int(3));
      case "userfaultfd":
        process.ownUserfaultfd = space.userfaultfd();
        process.userfaultfds.push(process.ownUserfaultfd);
        return 0;
      case "uffd_register":
        return process.ownUserfaultfd?.register(word(0), word(1), int(2)) ?? EBADF;
      case "uffd_unregister":
        return process.ownUserfaultfd?.unregister(word(0), word(1)) ?? EBADF;
      case "read":
        return isUser(word(0)) ? space.read(word(0)) : EFAULT;
      case "write":
        return isUser(word(0)) ? space.write(word(0), args.length > 1 ? int(1) : 1) : EFAULT;
      case "fork":
        return this.#fork(process);
      case "share":
        // The address space is one; limits and capabilities are each process' own.
        this.#add(process, space.share());
        return 0;
      case "vfork":
        this.#add(process, space.share(), process);
        return 0;
      case "wait":
        if (process.ended === 0) return ECHILD;
        process.ended--;
        return 0;
      case "exec":
        return this.#exec(process);
      case "setrlimit":
        return setLimit(process, int(0), limitOf(word(1)), limitOf(word(2)));
      case "dropcaps":
        process.mayRaise = false;
        space.limits = { ...space.limits, mayLockAll: false, mayMapLow: false };
        return 0;
      case "split":
        return split(space, Number(word(0)), int(1));
      default:
        throw new Error(`the model has no ${step.call}: leave it out of the program`);
    }
  }

  #fork(parent: Process): number {
    const child = forkOf(parent.space);
    // A fork that fails takes its number too; nobody acts under it.
    const space = child ?? parent.space;
    this.#add(parent, space);
    return child === undefined ? ENOMEM : 0;
  }

  #add(from: Process, space: AddressSpace, parent: Process | undefined = from.parent): void {
    this.#processes.push({
      ...from,
      space,
      lines: new AreaLines(lineOf),
      hard: new Map(from.hard),
      userfaultfds: from.userfaultfds.map((uffd) => uffd.inherit()),
      ownUserfaultfd: undefined,
      parent,
      ended: 0,
    });
  }

  /** As the first process was started, but in no fork. Who is root gets all capabilities back. */
  #exec(process: Process): number {
    const { space } = process;
    const { machine } = this.#live;
    space.exec(layoutOf(this.#live));
    process.ownUserfaultfd = undefined;
    if (machine.uid === 0) {
      const { mayLockAll, mayMapLow } = this.#first.limits;
      space.limits = { ...space.limits, mayLockAll, mayMapLow };
      process.mayRaise = has(machine, CAP_SYS_RESOURCE);
    }
    space.write(machine.startStack, 1);
    return 0;
  }

  /**
   * What mincore() wrote. Which pages of a file on a disk are in memory is not the model's to say, nor, once something was paged
   * out, of any file: those that are on another CPU's list stay.
   */
  #residentOf(space: AddressSpace, at: number, seen: readonly number[]): string | undefined {
    if (space.pageLetters(at, 0) === null) return undefined;
    return seen
      .map((bit, i) => {
        const area = space.areaAt(at + i * PAGE);
        const onDisk = this.#live.files.some(({ name }) => name === area?.name);
        return onDisk || (this.#pagedOut && area?.inode !== "0") ? "?" : bit;
      })
      .join("");
  }

  #fileOf(argument: Argument | undefined): File | null {
    if (typeof argument !== "string") return null;
    const name = argument.slice("fd:".length);
    let file = this.#files.get(name);
    if (file === undefined) {
      const facts = this.#live.files.find((known) => known.name === name);
      if (facts === undefined) throw new Error(`there is no file "${name}"`);
      const { readOnlyOf } = facts;
      if (readOnlyOf !== undefined) {
        file = this.#first.openAgain(this.#fileOf(`fd:${readOnlyOf}`) as File, { writable: false });
        this.#files.set(name, file);
        return file;
      }
      const regular = facts.kind === "regular";
      const options: OpenOptions = {
        name: regular ? name : "/memfd:m (deleted)",
        bytes: facts.bytes,
        inode: String(100 + this.#files.size),
        shmem: !regular,
        // ext4, xfs and btrfs place large mappings at huge-page boundaries.
        alignsHuge: regular && ["ef53", "58465342", "9123683e"].includes(this.#live.machine.fileSystem),
      };
      file = this.#first.openFile(options);
      this.#files.set(name, file);
    }
    return file;
  }
}

function forkOf(space: AddressSpace): AddressSpace | undefined {
  try {
    return space.fork();
  } catch (error) {
    if (error instanceof Error && error.message.includes("-ENOMEM")) return undefined;
    throw error;
  }
}

const LIMIT_FIELDS = { 2: "data", 3: "stack", 8: "memlock", 9: "addressSpace" } as const;

/** prlimit64(2) on oneself. */
function setLimit(process: Process, resource: number, soft: number, hard: number): number {
  const field = LIMIT_FIELDS[resource as keyof typeof LIMIT_FIELDS];
  if (field === undefined || soft > hard) return EINVAL;
  if (hard > (process.hard.get(resource) ?? Number.POSITIVE_INFINITY) && !process.mayRaise) return EPERM;
  process.hard.set(resource, hard);
  const dataHard = resource === 2 ? { dataHard: hard } : {};
  process.space.limits = { ...process.space.limits, [field]: soft, ...dataHard };
  return 0;
}

/** The step `split`: many areas out of one. */
function split(space: AddressSpace, at: number, count: number): number {
  space.mmap(at, (2 * count + 1) * PAGE, 0, 0x4032, null, 0);
  for (let i = 0; i < count; i++) {
    const result = space.mprotect(at + (2 * i + 1) * PAGE, PAGE, 1);
    if (result < 0) return result;
  }
  return 0;
}

/** The page table, where the model knows it. */
function pagesOf(space: AddressSpace, step: Step): Outcome {
  const letters = space.pageLetters(Number(step.args[0]), Number(step.args[1]));
  return letters === null ? { result: 0 } : { result: 0, pages: letters };
}

function countersOf(space: AddressSpace): string {
  const { total, locked, data, stack, exec } = space.counters;
  return `size ${total * 4} locked ${locked * 4} data ${data * 4} stack ${stack * 4} exec ${exec * 4}`;
}

/** Negative numbers as C passes them. */
function unsigned(argument: Argument): Word {
  if (typeof argument === "string") throw new Error(`a file, ${argument}, stands where a number is expected`);
  return argument < 0 ? BigInt.asUintN(64, BigInt(argument)) : argument;
}

function isUser(address: Word): boolean {
  return address < 0x7fff_ffff_f000;
}

/** RLIM_INFINITY is the highest number. */
function limitOf(word: Word): number {
  return typeof word === "bigint" && word === (1n << 64n) - 1n ? Number.POSITIVE_INFINITY : Number(word);
}

function softOf(limit: Limit): number {
  return limit.soft ?? Number.POSITIVE_INFINITY;
}

function hardOf(limit: Limit): number {
  return limit.hard ?? Number.POSITIVE_INFINITY;
}

/** A line of maps with flags as an area. */
function areaOf(line: string): ImageVma {
  const [head = "", codes = ""] = line.split(" #");
  const [range = "", perms = "", offset = "0", ...name] = head.split(" ");
  const [start, end] = range.split("-").map((text) => Number.parseInt(text, 16) / PAGE) as [number, number];
  const path = name.join(" ");
  return {
    startPage: start,
    endPage: end,
    read: perms[0] === "r",
    write: perms[1] === "w",
    exec: perms[2] === "x",
    shared: perms[3] === "s",
    offsetPages: Number.parseInt(offset, 16) / PAGE,
    device: "00:00",
    // Files are told apart by name here; what has no inode is anonymous or the kernel's own.
    inode: path === "" || path.startsWith("[") ? "0" : path === "executor" ? "1" : "2",
    name: path,
    vmFlags: codes.split(","),
  };
}

/** A line of maps in the short form. */
function lineOf(area: ImageVma): string {
  const perms = `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}${area.shared ? "s" : "p"}`;
  const name = area.name === "" ? "" : ` ${area.name}`;
  return `${hex(area.startPage)}-${hex(area.endPage)} ${perms} ${(area.offsetPages * PAGE).toString(16)}${name}`;
}

function flagLines(space: AddressSpace): string[] {
  return space.areas().map((area) => `${lineOf(area)} #${(area.vmFlags ?? []).join(",")}`);
}

/** At least eight digits, as maps prints addresses. */
function hex(page: number): string {
  return (page * PAGE).toString(16).padStart(8, "0");
}
