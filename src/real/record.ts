/** Recordings: programs with what the live kernel answered, made here and read back. */
import type { LiveKernel } from "./live.ts";
import type { Outcome } from "./lower.ts";
import { describeMachine } from "./machine.ts";
import {
  type Program,
  printHeader,
  printProgram,
  type RecordedStep,
  RecordingError,
  readRecording,
} from "./program.ts";
import { ownLines, rebase } from "./rebase.ts";

/** The program with the answers, as recordings keep them: own lines of maps, only where they changed. */
export function recordRun(
  program: Program,
  outcomes: readonly Outcome[],
  layout: readonly string[],
): Program<RecordedStep> {
  const last = new Map<number, string>();
  const steps = outcomes.map((outcome, index): RecordedStep => {
    const step = program.steps[index] as RecordedStep;
    const recorded = { process: step.process, call: step.call, args: step.args, result: outcome.result };
    const seen = {
      ...(outcome.byte === undefined ? {} : { byte: outcome.byte }),
      ...(outcome.pages === undefined ? {} : { pages: outcome.pages }),
      ...(outcome.resident === undefined ? {} : { resident: outcome.resident }),
      ...(outcome.counters === undefined ? {} : { counters: outcome.counters }),
    };
    if (outcome.maps === undefined) return { ...recorded, ...seen };
    const maps = ownLines(outcome.maps, layout);
    const text = maps.join("\n");
    const unchanged = step.call !== "final" && last.get(step.process) === text;
    if (step.call !== "final") last.set(step.process, text);
    return unchanged ? { ...recorded, ...seen } : { ...recorded, maps, ...seen };
  });
  return { seq: program.seq, steps };
}

/** The lines of a recording of these programs. A program whose process dies is recorded as far as it came. */
export async function* record(live: LiveKernel, programs: Iterable<Program>): AsyncGenerator<string> {
  yield printHeader({ ...live.header(), machine: Object.fromEntries(describeMachine(live.machine)) });
  for (const program of programs) {
    const { outcomes } = await live.run(program);
    yield printProgram(recordRun(program, outcomes, live.layout));
  }
}

/**
 * The programs of a recording, moved to where things are on this kernel, so that they can be run on it.
 * @param source name of the file, for messages; throws RecordingError with line and reason
 */
export function programsFor(live: LiveKernel, text: string, source: string): Program<RecordedStep>[] {
  const { header, programs } = readRecording(text, source);
  for (const [name, bytes] of Object.entries(header.files)) {
    const here = live.files.find((file) => file.name === name);
    if (here?.bytes !== bytes)
      throw new RecordingError(`${source}:1: there is no file "${name}" of ${bytes} bytes here`);
  }
  const { mmapBase, startBrk } = live.machine;
  return programs.map((program) => rebase(program, header, { mmapBase, startBrk, layout: live.layout }));
}
