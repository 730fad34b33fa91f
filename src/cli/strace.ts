/**
 * `interleaf strace`: replays a log, and says of each process how its areas grew and what did it.
 */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import {
  EndVerifier,
  type EventSink,
  FtraceReader,
  isFtrace,
  type LogSummary,
  type ProcessHistory,
  problemText,
  Replay,
  type ReplayOptions,
  type Snapshot,
  StraceReader,
} from "../import/index.ts";
import { type Image, KERNELS } from "../mm/index.ts";
import { processReport, straceText, timelineSvg } from "../report/index.ts";
import { chunksOf, lengthOf, type Reading } from "./chunks.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { loadSnapshots } from "./image-file.ts";
import { type MachineOptions, machineFacts } from "./machine-facts.ts";
import { clearProgress, paint, print, printJson, progress, say } from "./terminal.ts";
import { reasonOf } from "./trace-file.ts";

/** Options of `strace`, parsed. */
export interface StraceOptions extends MachineOptions {
  readonly verify?: string;
  readonly from?: string;
  readonly kernel?: string;
  readonly faults: string;
  readonly pid?: number;
  readonly keepGoing?: boolean;
  readonly all?: boolean;
  readonly designs: boolean;
  readonly svg?: string;
  readonly json?: boolean;
}

const WHAT =
  "strace takes a log of `strace -f -o LOG PROGRAM`, plain or packed with gzip, or - for standard input";
const FAULTS = ["written", "never", "told"] as const;
/** Processes in the text, unless all are asked for. */
const MOST_SHOWN = 12;

/** Runs the command; gives the exit code. */
export async function strace(path: string, options: StraceOptions): Promise<number> {
  const machine = machineFacts(options);
  const touch = FAULTS.find((name) => name === options.faults);
  if (touch === undefined)
    throw new CliFailure(`--faults takes one of ${FAULTS.join(", ")}, not "${options.faults}"`);
  if (options.kernel !== undefined && !KERNELS.includes(options.kernel)) {
    throw new CliFailure(`there is no kernel ${options.kernel}; there are ${KERNELS.join(", ")}`);
  }
  const maps = options.verify ?? options.from;
  const snapshots = maps === undefined ? [] : loadSnapshots(maps);
  const starts =
    options.from === undefined || options.from === maps ? snapshots : loadSnapshots(options.from);
  const verifier = options.verify === undefined ? undefined : new EndVerifier(snapshots);
  const { memory } = machine;
  const { replay, summary } = await replayLog(path, options.keepGoing ?? false, {
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    system: {
      maxMapCount: machine.maxMapCount,
      ...(memory === undefined
        ? {}
        : { overcommit: memory.overcommit, ramPages: (memory.ramBytes + memory.swapBytes) / 4096 }),
    },
    starts,
    touch,
    onEnd: ({ pid, parent, layout }, image) => {
      const isUnnamed = options.pid === undefined ? parent === undefined : pid === options.pid;
      verifier?.take(pid, image, layout, isUnnamed);
    },
  });
  const wanted = replay.processes.filter(
    (process) => options.pid === undefined || process.pid === options.pid,
  );
  if (wanted.length === 0 && options.pid !== undefined) {
    throw new CliFailure(`${path} has no process ${options.pid}: there are ${pidsOf(replay.processes)}`);
  }
  const most = options.all === true ? Number.POSITIVE_INFINITY : MOST_SHOWN;
  const shown = new Set([...wanted].sort((a, b) => b.peak - a.peak).slice(0, most));
  const processes = wanted.map((history) =>
    processReport(history, machine, options.designs && shown.has(history)),
  );
  const verification = verifier?.end();
  const report = {
    summary,
    processes,
    machine,
    notes: replay.notes,
    unfollowed: replay.unfollowed,
    verification,
  };
  if (options.svg !== undefined) {
    try {
      writeFileSync(options.svg, timelineSvg(basename(path), processes));
    } catch (error) {
      throw new CliFailure(
        `${options.svg} cannot be written (${reasonOf(error)}): name another file with --svg FILE`,
      );
    }
  }
  if (options.json === true) printJson({ version: 1, ...report });
  else print(straceText(report, most, paint));
  if (summary.skipped.count > 0) say(`interleaf: ${summary.skipped.count} damaged lines were left out`);
  if (verification === undefined) return EXIT.holds;
  if (verification.differences.length > 0) return EXIT.finding;
  if (verification.snapshots === 0)
    say("interleaf: nothing was compared: the maps file holds no end of a process of the log");
  return verification.snapshots === 0 ? EXIT.incomplete : EXIT.holds;
}

/** Reads a log of either kind and replays it. */
export async function replayLog(
  path: string,
  keepGoing: boolean,
  options: ReplayOptions,
): Promise<{ replay: Replay; summary: LogSummary }> {
  const replay = new Replay(options);
  const sink: EventSink = (event) => replay.take(event);
  const reading: Reading = { read: 0, total: lengthOf(path) };
  let reader: StraceReader | FtraceReader | undefined;
  const began = performance.now();
  let shownAt = began;
  for await (const chunk of chunksOf(path, WHAT, { reading, keepGoing })) {
    reader ??= new (isFtrace(chunk) ? FtraceReader : StraceReader)(sink, { file: path, keepGoing });
    if (!reader.push(chunk)) break;
    const now = performance.now();
    if (now - shownAt < 200) continue;
    shownAt = now;
    const part = reading.total > 0 ? ` ${Math.floor((100 * reading.read) / reading.total)} %,` : "";
    const rate = Math.round((reader.lines * 1000) / (now - began));
    progress(`replaying:${part} line ${reader.lines}, ${rate} lines/s`);
  }
  clearProgress();
  const result = (reader ?? new StraceReader(sink, { file: path })).end();
  if (!result.ok) {
    const advice = keepGoing ? "" : "\n--keep-going leaves damaged lines out and counts them";
    throw new CliFailure(`${problemText(result.problem)}${advice}\n${WHAT}`);
  }
  replay.end();
  return { replay, summary: result.summary };
}

function pidsOf(processes: readonly ProcessHistory[]): string {
  const pids = [...new Set(processes.map((process) => process.pid))];
  return pids.length > 20 ? `${pids.slice(0, 20).join(", ")} and ${pids.length - 20} more` : pids.join(", ");
}

/** A moment of a log: which process, and before which line or at which fork. */
export interface Moment {
  readonly pid?: number;
  readonly at?: number;
}

/**
 * The address space of one process of a log: after line `at`, or at its last fork, or, where it never forks, at its end. Of
 * several processes the one with the most areas.
 */
export async function imageOfLog(path: string, moment: Moment, starts: readonly Snapshot[]): Promise<Image> {
  const { at } = moment;
  const ends = new Map<ProcessHistory, Image>();
  const { replay } = await replayLog(path, false, {
    starts,
    compareFaults: 0,
    ...(at === undefined ? {} : { stopAfterLine: at }),
    onEnd: (history, image) => ends.set(history, image),
  });
  const wanted = replay.processes.filter((process) => moment.pid === undefined || process.pid === moment.pid);
  let best: Image | undefined;
  for (const process of wanted) {
    const fork = at === undefined ? process.forks.at(-1) : undefined;
    const image = fork?.image ?? ends.get(process);
    if (image !== undefined && (best === undefined || image.areas.length > best.areas.length)) {
      const where =
        fork === undefined
          ? at === undefined
            ? "at its end"
            : `after line ${at}`
          : `forking in line ${fork.line}`;
      best = { ...image, pid: process.pid, source: `${basename(path)}, pid ${process.pid} ${where}` };
    }
  }
  if (best === undefined || best.areas.length === 0) {
    throw new CliFailure(
      `${path} has no ${moment.pid === undefined ? "process" : `process ${moment.pid}`} with areas${at === undefined ? "" : ` by line ${at}`}: there are ${pidsOf(replay.processes)}`,
    );
  }
  return best;
}
