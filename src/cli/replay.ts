/**
 * `interleaf replay`: runs the execution in a trace again and shows it.
 */
import { isToken, traceOfToken } from "../farm/index.ts";
import { mermaid, perfetto, replayText, toldJson } from "../report/index.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { VERSION } from "./library.ts";
import { runTasks } from "./run-tasks.ts";
import { paint, print, printJson, say } from "./terminal.ts";
import { loadTrace } from "./trace-file.ts";

/** Formats there are. */
export const FORMATS: readonly string[] = ["text", "mail", "json", "mermaid", "perfetto"];

/** Options of `replay`, parsed. */
export interface ReplayOptions {
  readonly format: string;
  readonly design?: string;
}

/** Runs the command; gives the exit code: 1 when the finding came again. */
export async function replay(named: string, options: ReplayOptions): Promise<number> {
  const token = isToken(named);
  const trace = token ? traceOfToken(named, VERSION) : loadTrace(named);
  const path = token ? "the token" : named;
  const task = {
    kind: "replay" as const,
    trace,
    ...(options.design === undefined ? {} : { designFile: options.design }),
  };
  const [end] = await runTasks([task]);
  if (end === undefined) throw new Error("a replay gave no outcome");
  if ("failure" in end) throw new CliFailure(`${path}: ${end.failure.message}`, end.failure.exitCode);
  const { answer } = end;
  if (answer.kind !== "replayed") throw new Error("a replay was answered with a check");
  for (const file of answer.changed) say(`interleaf: ${file} is not what it was when ${path} was made`);
  if (answer.divergence !== undefined) {
    if (token) {
      throw new CliFailure(
        `the token was made by a program that does something else (${answer.divergence}). Run the check again to get one of what it does now; a trace file says at which step they part`,
      );
    }
    throw new CliFailure(
      `${path}: the program does something else than the trace says, ${answer.divergence}. Run the check again to get a trace of what it does now`,
    );
  }
  switch (options.format) {
    case "json":
      printJson(toldJson(answer.subject, answer.told));
      break;
    case "perfetto":
      if (process.stdout.isTTY)
        throw new CliFailure("--format perfetto is no text: send it to a file, as in > run.perfetto-trace");
      process.stdout.write(perfetto(answer.subject, answer.told));
      break;
    case "mermaid":
      print(mermaid(answer.told));
      break;
    default:
      print(replayText(options.format === "mail", answer.subject, answer.told, named, paint));
  }
  return answer.found ? EXIT.finding : EXIT.holds;
}
