/**
 * A scratch copy of the pure floors, compiled file by file without type checks, in which one file at a time can be
 * replaced by a mutant. The sources of the project are only read.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));
const FLOORS = ["maple", "sched", "check", "mm", "scenarios"];

const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
};

/**
 * @param {string} text
 * @param {string} file
 */
function compile(text, file) {
  return ts.transpileModule(text, { compilerOptions: OPTIONS, fileName: file }).outputText;
}

/**
 * A module that is loaded by calling it with `exports` and `require`.
 * @param {string} text
 * @param {string} file
 */
export function compileCallable(text, file) {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS };
  return ts.transpileModule(text, { compilerOptions, fileName: file }).outputText;
}

/** All sources of the pure floors, by file below src/. */
export function sourceFiles() {
  return FLOORS.flatMap((floor) =>
    readdirSync(join(SOURCES, floor), { recursive: true, encoding: "utf8" })
      .filter((entry) => entry.endsWith(".ts"))
      .sort()
      .map((entry) => `${floor}/${entry.replaceAll("\\", "/")}`),
  );
}

/** @param {string} file */
export function readSource(file) {
  return readFileSync(join(SOURCES, file), "utf8");
}

/**
 * The text of a file with one mutant's edits made.
 * @param {{ name: string, file: string, edits: string[][] }} mutant
 * @throws {Error} when an old text does not stand in the file exactly once
 */
export function mutate(mutant) {
  let text = readSource(mutant.file);
  for (const [old = "", replacement = ""] of mutant.edits) {
    const times = text.split(old).length - 1;
    if (times !== 1) {
      throw new Error(
        `mutant "${mutant.name}": its old text stands in src/${mutant.file} ${times} times, not once; bring tools/mutants/list.mjs up to date:\n${old}`,
      );
    }
    text = text.replace(old, () => replacement);
  }
  return text;
}

/** A compiled copy. `with(mutant)` and `restore()` change one file of it, `remove()` deletes it. */
export class Scratch {
  /** @type {Map<string, string>} */
  #files = new Map();

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "interleaf-mutants-"));
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }\n');
    for (const file of sourceFiles()) {
      this.#files.set(file, compile(readSource(file), file));
      this.#write(file, this.#files.get(file) ?? "");
    }
  }

  /**
   * @param {string} file
   * @param {string} code
   */
  #write(file, code) {
    const path = join(this.folder, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }

  /** @param {{ name: string, file: string, edits: string[][] }} mutant */
  with(mutant) {
    if (!this.#files.has(mutant.file))
      throw new Error(`mutant "${mutant.name}": there is no src/${mutant.file}`);
    this.#write(mutant.file, compile(mutate(mutant), mutant.file));
  }

  /** @param {{ file: string }} mutant */
  restore(mutant) {
    this.#write(mutant.file, this.#files.get(mutant.file) ?? "");
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
