/**
 * Where things are printed: results on stdout, everything else on stderr, colours and progress only on a terminal.
 */
import { styleText } from "node:util";
import type { Paint, Tone } from "../report/index.ts";

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  bad: "red",
  good: "green",
  doubt: "yellow",
  strong: "bold",
  dim: "dim",
};

/** Colours for stdout; follows NO_COLOR, FORCE_COLOR and whether it is a terminal. */
export const paint: Paint = (tone, text) => (coloured() ? styleText(STYLES[tone], text) : text);

function coloured(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0";
  return process.stdout.isTTY && process.env["TERM"] !== "dumb";
}

/**
 * Prints a result. File names and logs are somebody else's text: control characters in them, which could move the cursor or
 * worse, are shown as what they are; colours are ours.
 */
export function print(text: string): void {
  process.stdout.write(harmless(text, coloured()));
}

/** What follows an escape that sets a colour. */
const COLOUR = /^\[[0-9;]*m/;
const ESCAPE = 0x1b;

/** Escapes of colours stay where there are any. */
function harmless(text: string, colours: boolean): string {
  let safe = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isControl(code)) continue;
    if (colours && code === ESCAPE && COLOUR.test(text.slice(at + 1, at + 16))) continue;
    safe += `${text.slice(from, at)}\\x${code.toString(16).padStart(2, "0")}`;
    from = at + 1;
  }
  return from === 0 ? text : safe + text.slice(from);
}

/** Tab and line feed are none. */
function isControl(code: number): boolean {
  return code < 0x20 ? code !== 9 && code !== 10 : code >= 0x7f && code < 0xa0;
}

/** Prints a result as the one JSON document of the command. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Says something that is no result. */
export function say(text: string): void {
  clearProgress();
  process.stderr.write(`${harmless(text, false)}\n`);
}

let progressShown = false;

/** Characters that a progress line may have. */
export function progressWidth(): number {
  return Math.max(20, process.stderr.columns ?? 80) - 1;
}

/** Is there somebody to show progress to? */
export function showsProgress(): boolean {
  return process.stderr.isTTY;
}

/** Shows how far it is, in one line that the next call overwrites. Silent unless stderr is a terminal. */
export function progress(text: string): void {
  if (!showsProgress()) return;
  process.stderr.write(`\r\u001b[2K${text.slice(0, progressWidth())}`);
  progressShown = true;
}

/** Takes the progress line away. */
export function clearProgress(): void {
  if (progressShown) process.stderr.write("\r\u001b[2K");
  progressShown = false;
}
