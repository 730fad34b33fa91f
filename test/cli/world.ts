/**
 * The vocabulary of the command-line tests: the built program in a process of its own, in an empty folder.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Top folder of the project. */
export const ROOT: string = resolve(import.meta.dirname, "../..");

/** How a command ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folders: string[] = [];

/** An empty folder, gone after the tests of the file. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "interleaf-"));
  folders.push(folder);
  return folder;
}

/** Removes what `emptyFolder` made: behind every file, see `test/leftovers.ts`. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Runs `interleaf ARGS` in `folder`; `killAfterMs` sends it a Ctrl-C. */
export function interleaf(
  args: readonly string[],
  folder: string = emptyFolder(),
  killAfterMs?: number,
): Promise<Run> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: undefined },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGINT"), killAfterMs);
  });
}
