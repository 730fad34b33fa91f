/**
 * A recording made again: events in, processes out.
 *
 *     pid -> process -> address space          threads share the process, vfork's child its parent's address space
 *
 * A fork takes effect where the child first shows, or where the call ends, whichever comes first. A child that shows before
 * it is known whose it is belongs to the call under way; where several are, it waits until one of them ends with its pid.
 *
 * Memory is bounded by the processes that live and by what is kept of each (process-history.ts), not by the recording.
 */
import { type BootOptions, DEFAULT_SYSTEM, ENOMEM, type Image, type System } from "../mm/index.ts";
import { failureReason } from "./failure-reason.ts";
import { callText, ProcessHistory } from "./process-history.ts";
import { type Applied, type OpenFile, ReplayMemory, type Touch } from "./replay-memory.ts";
import type { Snapshot } from "./snapshot.ts";
import { CLONE_FILES, CLONE_THREAD, CLONE_VM } from "./strace-flags.ts";
import type { MemoryCall, TraceEvent } from "./trace-event.ts";

/** How to replay. */
export interface ReplayOptions {
  /** Kernel whose rules hold. Default: the newest that recordings were compared with, 6.18. */
  readonly kernel?: string;
  /** Designs of that kernel to replace, `POINT=VARIANT`. */
  readonly with?: readonly string[];
  /** Settings of the machine. Its memory explains calls that failed; it refuses none that the recording says succeeded. */
  readonly system?: Partial<System>;
  /** Snapshots of the same run: the `start` ones tell what each exec made. */
  readonly starts?: readonly Snapshot[];
  /** Which faults are assumed. Default `written`. */
  readonly touch?: Touch;
  /**
   * Up to how many calls a second replay, in which nothing is written, runs beside: it names the merges that depend on faults.
   * Default 100,000.
   */
  readonly compareFaults?: number;
  /** Gets each process' areas when it ends, or when the recording does. */
  readonly onEnd?: (history: ProcessHistory, image: Image) => void;
  /** What comes behind this line is not replayed: processes are handed over as they are then. */
  readonly stopAfterLine?: number;
}

interface Process {
  readonly history: ProcessHistory;
  memory: ReplayMemory;
  /** The same without any write. */
  shadow: ReplayMemory | undefined;
  /** What the number of areas differs by between the two. */
  difference: number;
  readonly threads: Set<number>;
  files: Map<number, OpenFile>;
  exiting: boolean;
}

/** How many processes are kept after they ended. */
const KEPT_PROCESSES = 10_000;
/** How many events of a process wait until it is known whose child it is. */
const MOST_WAITING = 100_000;
const COMPARED_CALLS = 100_000;

/** A replay under way; `take` is an event sink. */
export class Replay {
  readonly #boot: BootOptions;
  readonly #system: System;
  readonly #touch: Touch;
  readonly #compare: number;
  readonly #options: ReplayOptions;
  readonly #stopAfter: number;
  readonly #starts: Map<number, Snapshot[]> = new Map();
  readonly #byThread: Map<number, Process> = new Map();
  /** Forks under way: thread -> process and flags. */
  readonly #forking: Map<
    number,
    { readonly flags: number; readonly name: string; child: number | undefined }
  > = new Map();
  readonly #waiting: Map<number, TraceEvent[]> = new Map();
  readonly #histories: ProcessHistory[] = [];
  readonly #notes: string[] = [];
  #dropped = 0;
  #opened = 0;
  #calls = 0;
  #unmodelled: Map<string, { count: number; line: number }> = new Map();

  constructor(options: ReplayOptions = {}) {
    this.#options = options;
    this.#stopAfter = options.stopAfterLine ?? Number.POSITIVE_INFINITY;
    this.#system = { ...DEFAULT_SYSTEM, ...options.system };
    const system = { ...this.#system, ramPages: Number.POSITIVE_INFINITY };
    this.#boot = {
      kernel: options.kernel ?? "6.18",
      system,
      ...(options.with === undefined ? {} : { with: options.with }),
    };
    this.#touch = options.touch ?? "written";
    this.#compare = this.#touch === "written" ? (options.compareFaults ?? COMPARED_CALLS) : 0;
    for (const snapshot of options.starts ?? []) {
      const { pid } = snapshot.image;
      if (pid === undefined || snapshot.kind !== "start") continue;
      const of = this.#starts.get(pid);
      if (of === undefined) this.#starts.set(pid, [snapshot]);
      else of.push(snapshot);
    }
  }

  /** Processes so far, in the order in which they showed. */
  get processes(): readonly ProcessHistory[] {
    return this.#histories;
  }

  /** Calls that changed an address space in ways that were not followed. */
  get unfollowed(): readonly { readonly name: string; readonly count: number; readonly line: number }[] {
    return [...this.#unmodelled].map(([name, { count, line }]) => ({ name, count, line }));
  }

  /** Sentences about what is odd. */
  get notes(): readonly string[] {
    return this.#dropped === 0
      ? this.#notes
      : [...this.#notes, `${this.#dropped} more processes are not listed: they are counted only`];
  }

  /** Takes the next event. */
  take(event: TraceEvent): void {
    if (event.line > this.#stopAfter) return;
    const waiting = this.#waiting.get(event.pid);
    if (waiting !== undefined && waiting.length < MOST_WAITING) {
      waiting.push(event);
      return;
    }
    const process = this.#byThread.get(event.pid) ?? this.#newcomer(event);
    if (process !== undefined) this.#act(process, event);
  }

  /** The recording is over: processes that still live are handed over. */
  end(): void {
    for (const pid of this.#waiting.keys()) this.#adopt(pid, undefined, 0);
    for (const process of new Set(this.#byThread.values())) this.#handOver(process);
  }

  #act(process: Process, event: TraceEvent): void {
    switch (event.kind) {
      case "call":
        this.#call(process, event);
        return;
      case "begun":
        if (event.call.op === "fork") {
          const { flags, name } = event.call;
          this.#forking.set(event.pid, { flags, name, child: undefined });
        } else if (event.call.op === "exit") this.#exit(process, event.call.group);
        return;
      case "ended":
        this.#ended(process, event.pid);
        return;
      case "unmodelled": {
        const seen = this.#unmodelled.get(event.name);
        if (seen === undefined) this.#unmodelled.set(event.name, { count: 1, line: event.line });
        else seen.count++;
        return;
      }
      case "fault":
        process.memory.fault(event.at, event.write);
    }
  }

  #call(process: Process, event: Extract<TraceEvent, { kind: "call" }>): void {
    const { call, pid, line, value, error } = event;
    switch (call.op) {
      case "fork":
        this.#forked(process, event, call.flags, call.name);
        return;
      case "exec":
        if (value !== undefined) this.#exec(process, pid, call.path, line, event.seconds);
        return;
      case "exit":
        this.#exit(process, call.group);
        return;
      case "limit":
        if (value !== undefined) {
          process.memory.limit(call.resource, call.soft);
          process.shadow?.limit(call.resource, call.soft);
        }
        return;
      case "open": {
        if (typeof value !== "number") return;
        const of = call.path === undefined ? process.files.get(call.copyOf) : undefined;
        if (of !== undefined) process.files.set(value, of);
        else if (call.path !== undefined) {
          const { path, readOnly } = call;
          process.files.set(value, { opened: ++this.#opened, path, readOnly });
        }
        return;
      }
      case "close":
        if (value === undefined) return;
        if (call.fd === call.last) process.files.delete(call.fd);
        else
          for (const fd of process.files.keys())
            if (fd >= call.fd && fd <= call.last) process.files.delete(fd);
        return;
      default:
        this.#memory(process, line, event.seconds, call, value, error);
    }
  }

  #memory(
    process: Process,
    line: number,
    seconds: number,
    call: MemoryCall,
    value: number | bigint | undefined,
    error: string | undefined,
  ): void {
    const { history, memory } = process;
    const file = call.op === "mmap" && (call.flags & 0x20) === 0 ? fileOf(process, call) : undefined;
    const before = memory.count;
    const failed = value === undefined && error !== undefined && !error.startsWith("ERESTART");
    const applied = memory.apply(call, value, error, file);
    const after = memory.count;
    if (failed) this.#failed(process, line, call, error, applied);
    else history.counted(call, after - before);
    if (applied.impossible !== undefined) {
      history.disagree(
        line,
        `${callText(call, file?.path)} cannot give ${hex(value)}: ${applied.impossible}`,
      );
    } else if (!failed && (applied.agreement === "placed" || applied.agreement === "different")) {
      history.disagree(
        line,
        `${callText(call, file?.path)} gave ${error ?? hex(value)}, the model ${hex(applied.model)}`,
      );
    }
    history.moved(after, memory.bytes, line, seconds);
    history.inferred = memory.inferred;
    const { shadow } = process;
    if (shadow === undefined) return;
    if (++this.#calls > this.#compare) {
      this.#stopComparing(line);
      return;
    }
    shadow.apply(call, value, error, file);
    const difference = after - shadow.count;
    if (difference !== process.difference) {
      history.depends({
        line,
        call: callText(call, file?.path),
        difference: difference - process.difference,
      });
      process.difference = difference;
    }
  }

  #failed(process: Process, line: number, call: MemoryCall, error: string, applied: Applied): void {
    const agrees = applied.agreement === "none" ? undefined : applied.agreement === "same";
    const reason = failureReason(process.memory.space, this.#system, call, error, agrees);
    process.history.fail({ line, call, error, agrees, reason });
  }

  #stopComparing(line: number): void {
    this.#notes.push(
      `from line ${line} on, merges that depend on faults are not named any more: ${this.#compare} calls were compared`,
    );
    for (const other of new Set(this.#byThread.values())) {
      other.shadow?.leave();
      other.shadow = undefined;
    }
  }

  /** A thread that shows for the first time. */
  #newcomer(event: TraceEvent): Process | undefined {
    const { pid } = event;
    if (event.kind === "ended") return undefined;
    const open = [...this.#forking].filter(([, fork]) => fork.child === undefined);
    if (open.length === 1) {
      const [parent, fork] = open[0]!;
      fork.child = pid;
      this.#child(this.#byThread.get(parent)!, pid, fork.flags, fork.name, event.line, event.seconds);
      return this.#byThread.get(pid);
    }
    if (open.length > 1) {
      this.#waiting.set(pid, [event]);
      return undefined;
    }
    return this.#stranger(event);
  }

  /** A process whose beginning is not in the recording. */
  #stranger(event: TraceEvent): Process {
    const memory = ReplayMemory.unknown(this.#boot, this.#touch);
    const history = new ProcessHistory(event.pid, undefined, event.line, "unknown");
    this.#keep(history);
    const process: Process = {
      history,
      memory,
      shadow: this.#calls < this.#compare ? ReplayMemory.unknown(this.#boot, "never") : undefined,
      difference: 0,
      threads: new Set([event.pid]),
      files: new Map(),
      exiting: false,
    };
    this.#byThread.set(event.pid, process);
    return process;
  }

  #keep(history: ProcessHistory): void {
    if (this.#histories.length < KEPT_PROCESSES) this.#histories.push(history);
    else this.#dropped++;
  }

  #forked(process: Process, event: Extract<TraceEvent, { kind: "call" }>, flags: number, name: string): void {
    const { pid, line, value, error } = event;
    const begun = this.#forking.get(pid);
    this.#forking.delete(pid);
    if (value === undefined) {
      if (error === undefined || error.startsWith("ERESTART") || (flags & CLONE_VM) !== 0) return;
      const image = process.memory.space.image(`pid ${process.history.pid} at line ${line}`);
      const copy = process.memory.fork();
      if (copy !== ENOMEM) copy.leave();
      process.history.fork({ line, name, child: undefined, error, image, modelAgrees: copy === ENOMEM });
      return;
    }
    const child = Number(value);
    if (begun?.child === child) return;
    if (this.#waiting.has(child)) {
      this.#adopt(child, process, flags, name);
      return;
    }
    // The call under way was taken for the parent of another's child: its own shows, or has shown, as a stranger.
    if (this.#byThread.has(child) && begun !== undefined) return;
    this.#child(process, child, flags, name, line, event.seconds);
  }

  /** A process that waited gets its parent, and what it did meanwhile is done. */
  #adopt(pid: number, parent: Process | undefined, flags: number, name = "clone"): void {
    const events = this.#waiting.get(pid);
    this.#waiting.delete(pid);
    const first = events?.[0];
    if (events === undefined || first === undefined) return;
    if (parent === undefined) this.#stranger(first);
    else this.#child(parent, pid, flags, name, first.line, first.seconds);
    for (const event of events) this.take(event);
  }

  #child(parent: Process, pid: number, flags: number, name: string, line: number, seconds: number): void {
    const old = this.#byThread.get(pid);
    // The end of the former bearer of this pid was not recorded.
    if (old !== undefined && old !== parent) this.#ended(old, pid);
    if ((flags & CLONE_THREAD) !== 0) {
      parent.threads.add(pid);
      this.#byThread.set(pid, parent);
      return;
    }
    const { memory, shadow } = parent;
    let own = memory;
    let ownShadow = shadow;
    if ((flags & CLONE_VM) === 0) {
      const image = memory.space.image(`pid ${parent.history.pid} at line ${line}`);
      const copy = memory.fork();
      parent.history.fork({ line, name, child: pid, error: undefined, image, modelAgrees: copy !== ENOMEM });
      if (copy === ENOMEM) {
        parent.history.disagree(
          line,
          `${name} gave ${pid}, the model -ENOMEM: one area is larger than memory`,
        );
        own = ReplayMemory.unknown(this.#boot, this.#touch);
        ownShadow = undefined;
      } else {
        own = copy;
        const shadowCopy = shadow?.fork();
        ownShadow = shadowCopy === ENOMEM ? undefined : shadowCopy;
      }
    } else {
      memory.users++;
      if (shadow !== undefined) shadow.users++;
    }
    const history = new ProcessHistory(pid, parent.history.pid, line, own.layout);
    this.#keep(history);
    history.begin(own.count, own.bytes, seconds);
    this.#byThread.set(pid, {
      history,
      memory: own,
      shadow: ownShadow,
      difference: own.count - (ownShadow?.count ?? own.count),
      threads: new Set([pid]),
      files: (flags & CLONE_FILES) !== 0 ? parent.files : new Map(parent.files),
      exiting: false,
    });
  }

  #exec(process: Process, pid: number, path: string | undefined, line: number, seconds: number): void {
    // Every other thread is gone, and the one that stays has the pid of the process.
    for (const thread of process.threads) {
      if (thread !== pid) {
        this.#byThread.delete(thread);
        process.threads.delete(thread);
      }
    }
    process.memory.leave();
    process.shadow?.leave();
    const start = this.#starts.get(process.history.pid)?.shift();
    process.memory = ReplayMemory.afterExec(this.#boot, this.#touch, start);
    process.shadow =
      this.#calls < this.#compare ? ReplayMemory.afterExec(this.#boot, "never", start) : undefined;
    process.difference = 0;
    const { history } = process;
    const program = start?.image.program ?? path;
    if (program !== undefined) history.programs.push(program);
    history.layout = process.memory.layout;
    history.inferred = 0;
    history.begin(process.memory.count, process.memory.bytes, seconds);
    history.lastLine = line;
  }

  #exit(process: Process, group: boolean): void {
    if (!group) return; // `+++ exited` follows
    if (process.exiting) return;
    process.exiting = true;
    this.#handOver(process);
  }

  /** A thread is gone. */
  #ended(process: Process, pid: number): void {
    this.#byThread.delete(pid);
    this.#forking.delete(pid);
    process.threads.delete(pid);
    if (process.threads.size > 0) return;
    if (!process.exiting) this.#handOver(process);
    process.history.ended = true;
    process.memory.leave();
    process.shadow?.leave();
    process.shadow = undefined;
  }

  #handOver(process: Process): void {
    const { history, memory } = process;
    if (history.final !== undefined) return;
    const image: Image = { ...memory.space.image(`pid ${history.pid} at its end`), pid: history.pid };
    history.final = this.#histories.length > MANY_PROCESSES ? { ...image, areas: [] } : image;
    this.#options.onEnd?.(history, image);
  }
}

/** Of more processes than that, the areas at their end are not kept. */
const MANY_PROCESSES = 1000;

function fileOf(process: Process, call: Extract<MemoryCall, { op: "mmap" }>): OpenFile | undefined {
  const opened = process.files.get(call.fd);
  if (call.path === undefined) return opened;
  // What -y tells is the truth; the table knows which opening it was.
  if (opened?.path === call.path) return opened;
  // A shared mapping that is not writable is most likely one of a file opened for reading.
  const readOnly = (call.flags & 3) === 1 && (call.prot & 2) === 0 && !/^\/(memfd:|dev\/)/.test(call.path);
  return { opened: 0, readOnly, path: call.path };
}

function hex(value: number | bigint | undefined): string {
  if (value === undefined) return "nothing";
  return value < 0 ? String(value) : `0x${value.toString(16)}`;
}
