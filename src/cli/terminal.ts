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

/** Escapes of colours stay where there are any. */
function harmless(text: string, colours: boolean): string {
  return text.replace(CONTROLS, (found) =>
    found.length > 1 && colours ? found : Array.from(found, escaped).join(""),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0x20 && code < 0x7f) return character;
  return `\\x${code.toString(16).padStart(2, "0")}`;
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
