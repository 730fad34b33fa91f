/**
 * Loading a user's TypeScript file: designs, scenarios, programs.
 *
 *     path forms -> load (jiti, `interleaf/*` is the running copy) -> the module's exports
 *
 * Everything that is wrong with the file is an `InputProblem` with file, line and cure. To be called in a worker that
 * a watchdog can end: loading runs the file's code, which may never come back.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createJiti } from "jiti";
import { InputProblem } from "./job.ts";
import { checkUserFile, readLibraryVocabulary } from "./user-forms.ts";

/** The running copy of the library, as users' files see it. */
export interface Library {
  /** `interleaf/mm` -> its module, and so on. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** Folder of its floors, with their declarations. */
  readonly folder: string;
}

/** A user's file, loaded. */
export interface UserModule {
  readonly module: unknown;
  /** SHA-256 of its content. */
  readonly hash: string;
}

/** Loads a user's file. Throws an `InputProblem`. @param where what named it: `--design`, `check` */
export async function loadUserModule(file: string, library: Library, where: string): Promise<UserModule> {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = messageOf(error).replace(/^[A-Z]+: ([^,]+),.*$/s, "$1");
    throw new InputProblem(`${file} cannot be read (${reason}): ${where} takes a TypeScript file`);
  }
  const complaints = checkUserFile(path, readLibraryVocabulary(library.folder));
  if (complaints.length > 0) {
    const lines = complaints.map((c) => `${shown(c.file)}:${c.line}: ${c.message}`);
    throw new InputProblem(lines.join("\n"));
  }
  let module: unknown;
  try {
    const jiti = createJiti(import.meta.url, {
      fsCache: false,
      moduleCache: false,
      interopDefault: false,
      virtualModules: { ...library.modules },
    });
    module = await jiti.import(path);
  } catch (error) {
    throw new InputProblem(
      `${placeIn(error, path) ?? file}: the file cannot be loaded: ${firstLine(messageOf(error))}`,
    );
  }
  // What the file left behind (a rejected promise) shows now, not in the middle of an exploration.
  await setImmediate();
  return { module, hash: createHash("sha256").update(text).digest("hex") };
}

/** Line of the user's file that an error's stack names: `FILE:LINE`. */
export function placeIn(error: unknown, path: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const at = stack.indexOf(`${path}:`);
  const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + path.length + 1))?.[0];
  return line === undefined ? undefined : `${shown(path)}:${line}`;
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** A value in words, for messages. */
export function whatItIs(value: unknown): string {
  if (value instanceof Promise || isThenable(value)) return "a promise";
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Is this what a generator function gives? */
export function isPath(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Symbol.iterator in value &&
    "next" in value &&
    typeof value.next === "function"
  );
}
