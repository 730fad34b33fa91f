/**
 * Traces as files: written whole or not at all, read with suspicion.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isTraceProblem, readTrace, type Trace, writeTrace } from "../check/index.ts";
import { CliFailure } from "./failure.ts";
import { VERSION } from "./library.ts";

/** Traces beyond this are not read: a trace has some thousand steps, not millions. */
const MOST_BYTES = 64 * 2 ** 20;

/** Fails before anything is explored if no file can be made in the folder. Leaves nothing behind. */
export function requireWritable(folder: string): void {
  let made: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
    const probe = join(folder, `.interleaf-${process.pid}.tmp`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new CliFailure(
      `traces cannot be written to ${folder} (${reasonOf(error)}): name another folder with --out DIR`,
    );
  } finally {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

/** Writes a trace into the folder and gives its path. The name tells what it shows and depends on nothing else. */
export function saveTrace(folder: string, trace: Trace): string {
  const text = writeTrace(trace);
  const id = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const parts = [trace.program, trace.parameters["kernel"], trace.finding?.code, id];
  const name = parts.filter((part) => part !== undefined).join("-");
  const path = join(folder, `${name.replaceAll(/[^\w.+-]+/g, "_")}.json`);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliFailure(
      `the trace ${path} cannot be written (${reasonOf(error)}): name another folder with --out DIR`,
    );
  }
  return path;
}

/** Reads a trace. Fails with the file's name, what is wrong, and what to do. */
export function loadTrace(path: string): Trace {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES) {
      throw new CliFailure(
        `${path}: ${size} bytes are too many for a trace: name a file that \`interleaf check\` has written`,
      );
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(
      `${path} cannot be read (${reasonOf(error)}): name a file that \`interleaf check\` has written`,
    );
  }
  const trace = readTrace(text, VERSION);
  if (isTraceProblem(trace)) throw new CliFailure(`${path}: ${trace.problem}`);
  return trace;
}

/** What the system says of a failed file operation, without the path and the call. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^([A-Z]+): ([^,]+),.*$/s, "$2");
}
