/**
 * The model against a recording: the same comparison as with a live kernel, on any system, with what the kernel answered
 * when the recording was made.
 */
import { compareOutcomes, type Mismatch } from "./compare.ts";
import type { Outcome } from "./lower.ts";
import { modelOf } from "./model-of-mm.ts";
import { isExit, isLook, type Program, type RecordedStep, RecordingError, readRecording } from "./program.ts";
import { ownLines } from "./rebase.ts";

/** What came of a replay. */
export interface Replay {
  readonly programs: number;
  readonly calls: number;
  /** Programs in which model and recording part, each up to its first difference. */
  readonly mismatches: readonly {
    readonly program: Program<RecordedStep>;
    readonly mismatch: Mismatch;
    readonly recorded: readonly Outcome[];
  }[];
  /** Programs behind which the model's own books were wrong: sentences with the number of the program. */
  readonly wrongBooks: readonly string[];
}

/**
 * Runs the programs of a recording on the model of the kernel that it was made on.
 * @param kernel release whose rules the model follows
 * @param most stop after so many mismatches
 * @throws RecordingError with line and reason, also where the recording does not tell the machine's facts
 */
export function replayRecording(text: string, source: string, kernel: string, most = 1): Replay {
  const { header, programs } = readRecording(text, source);
  const { facts, layout } = header;
  if (facts === undefined)
    throw new RecordingError(`${source}:1: no "facts": it was not made by \`interleaf conform --record\``);
  const model = modelOf({ ...facts, layout }, kernel);
  const mismatches: Replay["mismatches"][number][] = [];
  const wrongBooks: string[] = [];
  let calls = 0;
  let done = 0;
  for (const program of programs) {
    const recorded = recordedOutcomes(program);
    const answers = withOwnLines(model.run(program), layout);
    const mismatch = compareOutcomes(program, recorded, answers);
    for (const wrong of model.wrongBooks()) wrongBooks.push(`program ${program.seq}: ${wrong}`);
    calls += program.steps.length;
    done++;
    if (mismatch !== undefined) mismatches.push({ program, mismatch, recorded });
    if (mismatches.length >= most) break;
  }
  return { programs: done, calls, mismatches, wrongBooks };
}

/** What the kernel answered, with the lines of maps that the recording leaves out because they did not change. */
function recordedOutcomes(program: Program<RecordedStep>): Outcome[] {
  const last = new Map<number, readonly string[]>();
  return program.steps.map(({ process, call, result, maps, byte, pages, resident, counters }) => {
    const final = call === "final";
    if (maps !== undefined && !final) last.set(process, maps);
    const lines = final ? maps : isLook(call) || isExit(call) ? undefined : last.get(process);
    return {
      result,
      ...(lines === undefined ? {} : { maps: lines }),
      ...(byte === undefined ? {} : { byte }),
      ...(pages === undefined ? {} : { pages }),
      ...(resident === undefined ? {} : { resident }),
      ...(counters === undefined ? {} : { counters }),
    };
  });
}

/** The lines a program made itself, as recordings keep them. */
function withOwnLines(outcomes: readonly Outcome[], layout: readonly string[]): Outcome[] {
  const own = new Map<readonly string[], readonly string[]>();
  return outcomes.map((outcome) => {
    if (outcome.maps === undefined) return outcome;
    let lines = own.get(outcome.maps);
    if (lines === undefined) {
      lines = ownLines(outcome.maps, layout);
      own.set(outcome.maps, lines);
    }
    return { ...outcome, maps: lines };
  });
}
