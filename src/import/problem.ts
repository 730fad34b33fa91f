/**
 * What is wrong with an input, and where.
 *
 * Importers never throw because of what a file says: a damaged line is a value that names file, line, column, what
 * was expected there and what was found. Only misuse by the caller throws.
 */

/** One thing wrong with an input file. */
export interface ImportProblem {
  /** The file's name as the caller gave it. */
  file: string;
  /** Line in the file, from 1. */
  line: number;
  /** Character in that line, from 1; one past the last when the line is too short. */
  column: number;
  /** What stands there in a sound file. */
  expected: string;
  /** What stands there in this one. */
  found: string;
}

/** `FILE:LINE:COLUMN: expected ..., found ...`: one line, ready to print. */
export function problemText(problem: ImportProblem): string {
  const { file, line, column, expected, found } = problem;
  return `${file}:${line}:${column}: expected ${expected}, found ${found}`;
}

/** Longest excerpt of the input that a message repeats. */
const EXCERPT_CHARS = 32;

/** The input from `index` on, shortened and with control characters escaped, so that it can go into a message. */
export function excerpt(text: string, index: number): string {
  if (index >= text.length) return "the end of the line";
  const piece = text.slice(index, index + EXCERPT_CHARS);
  return JSON.stringify(piece) + (index + EXCERPT_CHARS < text.length ? "..." : "");
}
