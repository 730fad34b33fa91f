/** The live kernel for tests: started once per file, skipped with a printed reason where there is none. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll } from "vitest";
import { type LiveKernel, readRecording, startLive, Unavailable } from "../../src/real/index.ts";

/** The live kernel, or undefined with the reason printed. */
export async function live(options: Parameters<typeof startLive>[0] = {}): Promise<LiveKernel | undefined> {
  const started = await startLive(options);
  if (started instanceof Unavailable) {
    skip(started.reason);
    return undefined;
  }
  afterAll(() => started.close());
  return started;
}

/** Prints why tests are skipped; the runner shows standard error of passing tests too. */
export function skip(reason: string): void {
  process.stderr.write(`skipped: ${reason}\n`);
}

/** Whether the kernel of this machine is of a release, `6.18`. */
export function isRelease(kernel: LiveKernel, release: string): boolean {
  return kernel.machine.kernel.startsWith(`${release}.`);
}

/** A recording of the fixtures. */
export function recording(name: string): ReturnType<typeof readRecording> {
  const path = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  return readRecording(gunzipSync(readFileSync(path)).toString("utf8"), name);
}
