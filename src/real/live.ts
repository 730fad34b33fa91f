/**
 * The live kernel as something that runs programs: an executor with its files, the machine's facts, and the areas that
 * every program finds when it starts.
 */
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BatchEnd, type CallRecord, constantsAddress } from "./batch.ts";
import { type Executor, startExecutor, Unavailable } from "./executor.ts";
import { DESCRIPTORS, Lowering, type Outcome } from "./lower.ts";
import { type Machine, readMachine } from "./machine.ts";
import { MapsText } from "./maps-text.ts";
import { checkProgram, type Program, type ProgramFile, type RecordingHeader, type Step } from "./program.ts";
import { NR, resultName } from "./syscalls.ts";

/** The files of the recordings. */
export const STANDARD_FILES: readonly ProgramFile[] = [
  { name: "memfd256k", bytes: 256 * 1024, kind: "memfd" },
  { name: "memfd8m", bytes: 8 * 1024 * 1024, kind: "memfd" },
  { name: "file16m", bytes: 16 * 1024 * 1024, kind: "regular" },
  { name: "memfd256k.ro", bytes: 256 * 1024, kind: "memfd", readOnlyOf: "memfd256k" },
];

/** What a run is started with. */
export interface LiveOptions {
  /** Default STANDARD_FILES. */
  readonly files?: readonly ProgramFile[];
  /** Time limit of one program. Default 10. */
  readonly seconds?: number;
  /** Room for one program and what comes back. Default 2 MiB. */
  readonly windowBytes?: number;
}

/** How one program went. */
export interface LiveRun {
  /** One per step that was made. */
  readonly outcomes: readonly Outcome[];
  readonly end: BatchEnd;
}

/** Starts the live kernel, or says why there is none to ask. */
export async function startLive(options: LiveOptions = {}): Promise<LiveKernel | Unavailable> {
  const files = options.files ?? STANDARD_FILES;
  const folder = mkdtempSync(join(tmpdir(), "interleaf-file-"));
  const path = join(folder, "file");
  const regular = openSync(path, "w+");
  try {
    const executor = await startExecutor({
      descriptors: [regular],
      ...(options.windowBytes === undefined ? {} : { windowBytes: options.windowBytes }),
    });
    if (executor instanceof Unavailable) return executor;
    try {
      const machine = await readMachine(executor, folder);
      return await LiveKernel.prepare(executor, machine, files, { path, seconds: options.seconds ?? 10 });
    } catch (error) {
      await executor.close();
      return new Unavailable(error instanceof Error ? error.message : String(error));
    }
  } finally {
    // The executor holds its own descriptor, which keeps the file as long as it is needed.
    closeSync(regular);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A live kernel that is ready. */
export class LiveKernel {
  readonly machine: Machine;
  readonly files: readonly ProgramFile[];
  /** Areas that every program finds, with VmFlags. */
  readonly layout: readonly string[];
  readonly executor: Executor;
  readonly #text: MapsText;
  readonly #descriptors: ReadonlyMap<string, number>;
  readonly #seconds: number;

  private constructor(
    executor: Executor,
    machine: Machine,
    files: readonly ProgramFile[],
    layout: readonly string[],
    text: MapsText,
    seconds: number,
  ) {
    this.executor = executor;
    this.machine = machine;
    this.files = files;
    this.layout = layout;
    this.#text = text;
    this.#seconds = seconds;
    this.#descriptors = new Map(files.map((file, i) => [file.name, DESCRIPTORS.firstFile + i]));
  }

  /** Makes the files and looks at the first process. Use startLive(). */
  static async prepare(
    executor: Executor,
    machine: Machine,
    files: readonly ProgramFile[],
    options: { path: string; seconds: number },
  ): Promise<LiveKernel> {
    await makeFiles(executor, files, options.path);
    const look: Program = { seq: 0, steps: [{ process: 0, call: "final", args: [] }] };
    const lowering = new Lowering(look, new Map(), undefined);
    const reply = await executor.run(lowering.batch(options.seconds));
    const names = new Map([[`${options.path} (deleted)`, "file16m"]]);
    for (const line of (reply.replies[0]?.text ?? "").toString().split("\n")) {
      const path = /^\S+-\S+ r-xp .* (\/\S*\/executor(?: \(deleted\))?)$/.exec(line)?.[1];
      if (path !== undefined) names.set(path, "executor");
    }
    for (const file of files) if (file.kind === "regular") names.set(`${options.path} (deleted)`, file.name);
    const text = new MapsText(names);
    const layout = lowering.outcomes(reply, text)[0]?.maps ?? [];
    if (layout.length === 0) throw new Error("/proc/PID/smaps cannot be read here (hidden, or not mounted)");
    return new LiveKernel(executor, machine, files, layout, text, options.seconds);
  }

  /**
   * Runs a program in a fresh process. `maps` says how many pages of maps to read after each step, or not to read any;
   * the default is all, and one page for programs that split an area into thousands. Rejects only when the driver is gone.
   */
  async run(program: Program, options: { maps?: number | "all" | false } = {}): Promise<LiveRun> {
    // A process that waits for its turn for ever would only be ended by the time limit.
    const wrong = checkProgram(program.steps);
    if (wrong !== undefined) throw new Error(`program ${program.seq}: ${wrong}`);
    const splits = program.steps.some((step) => step.call === "split");
    const maps = options.maps === false ? undefined : (options.maps ?? (splits ? 1 : "all"));
    const lowering = new Lowering(program, this.#descriptors, maps);
    const fresh = this.#freshFiles(program.steps);
    // Both are sent before either is answered; the driver works through them in order.
    const before = fresh.length === 0 ? [] : [this.executor.run({ records: fresh, inDriver: true })];
    const batch = this.executor.run(lowering.batch(this.#seconds));
    const [answered] = await Promise.all([batch, ...before]);
    return { outcomes: lowering.outcomes(answered, this.#text), end: answered.end };
  }

  /** The first line of a recording made here. */
  header(): RecordingHeader {
    const { machine } = this;
    return {
      format: 1,
      kernel: machine.kernel,
      mmapBase: machine.mmapBase,
      startBrk: machine.startBrk,
      taskSize: machine.taskSize,
      uid: machine.uid,
      thp: machine.thp,
      files: Object.fromEntries(this.files.map((file) => [file.name, file.bytes])),
      layout: this.layout,
      facts: { machine, files: this.files },
    };
  }

  /** Ends the executor. */
  close(): Promise<void> {
    return this.executor.close();
  }

  /** Empties the files a program uses and gives them their sizes: what another program wrote is gone. */
  #freshFiles(steps: readonly Step[]): CallRecord[] {
    const used = new Set<string>();
    for (const step of steps) {
      for (const argument of step.args)
        if (typeof argument === "string") used.add(argument.slice("fd:".length));
    }
    for (const { name, readOnlyOf } of this.files)
      if (readOnlyOf !== undefined && used.has(name)) used.add(readOnlyOf);
    return this.files
      .filter((file) => used.has(file.name) && file.readOnlyOf === undefined)
      .flatMap((file) => {
        const descriptor = this.#descriptors.get(file.name) as number;
        return [
          { number: NR.ftruncate, args: [descriptor, 0], process: 0 },
          { number: NR.ftruncate, args: [descriptor, file.bytes], process: 0 },
        ];
      });
  }
}

/** Room for the path of a descriptor. */
const LINK_BYTES = 32;

/** Opens, in the driver, what touches need and the files of programs. */
async function makeFiles(executor: Executor, files: readonly ProgramFile[], path: string): Promise<void> {
  const records: CallRecord[] = [];
  const count = 3 + files.reduce((sum, file) => sum + (file.readOnlyOf === undefined ? 2 : 1), 0);
  const names = {
    bytes: constantsAddress(count),
    memfd: constantsAddress(count) + 256,
    path: constantsAddress(count) + 264,
  };
  // Paths of the descriptors that are opened once more stand behind.
  const links = 264 + Math.ceil((path.length + 1) / 8) * 8;
  const constants = new Uint8Array(links + files.length * LINK_BYTES);
  for (let i = 0; i < 256; i++) constants[i] = i;
  constants[256] = "m".charCodeAt(0);
  constants.set(new TextEncoder().encode(path), 264);
  const memfd = (descriptor: number): CallRecord => ({
    number: NR.memfd_create,
    args: [names.memfd, 0, 0, 0, 0, descriptor],
    process: 0,
    descriptor: true,
  });
  records.push(memfd(DESCRIPTORS.bytes), memfd(DESCRIPTORS.scratch));
  records.push({ number: NR.pwrite64, args: [DESCRIPTORS.bytes, names.bytes, 256, 0], process: 0 });
  for (const [i, file] of files.entries()) {
    const descriptor = DESCRIPTORS.firstFile + i;
    if (file.readOnlyOf !== undefined) {
      const of = files.findIndex(({ name }) => name === file.readOnlyOf);
      if (of < 0 || of > i) throw new Error(`file "${file.name}" must stand behind "${file.readOnlyOf}"`);
      const at = links + i * LINK_BYTES;
      constants.set(new TextEncoder().encode(`/proc/self/fd/${DESCRIPTORS.firstFile + of}`), at);
      const link = constantsAddress(count) + at;
      records.push({ number: NR.open, args: [link, 0, 0, 0, 0, descriptor], process: 0, descriptor: true });
      continue;
    }
    if (file.kind === "memfd") records.push(memfd(descriptor));
    else
      records.push({
        number: NR.open,
        args: [names.path, 2, 0, 0, 0, descriptor],
        process: 0,
        descriptor: true,
      });
    records.push({ number: NR.ftruncate, args: [descriptor, file.bytes], process: 0 });
  }
  const { replies } = await executor.run({ records, constants, inDriver: true });
  const failed = replies.find((reply) => reply.result < 0);
  if (failed !== undefined || replies.length < records.length) {
    throw new Error(`the executor cannot make its files: ${resultName(failed?.result ?? -5)}`);
  }
}
