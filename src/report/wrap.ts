/**
 * Text of a given width: breaking lines at spaces, and saying things with ASCII alone.
 */

/** Where a report is read: how wide it may be, and whether it may leave ASCII. */
export interface Page {
  readonly width: number;
  readonly ascii: boolean;
}

/** A terminal. */
export const TERMINAL_PAGE: Page = { width: 80, ascii: false };
/** A plain-text mail. */
export const MAIL_PAGE: Page = { width: 72, ascii: true };

/** Breaks a text into lines of at most `width` characters; a longer word is cut. `indent` stands before all but the first. */
export function wrap(text: string, width: number, indent: string = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    let rest = word;
    for (;;) {
      const prefix = lines.length === 0 && line === "" ? "" : line === "" ? indent : "";
      const room = width - (line === "" ? prefix.length : line.length + 1);
      if (rest.length <= room) {
        line = line === "" ? prefix + rest : `${line} ${rest}`;
        break;
      }
      if (line !== "") {
        lines.push(line);
        line = "";
        continue;
      }
      lines.push(prefix + rest.slice(0, Math.max(room, 1)));
      rest = rest.slice(Math.max(room, 1));
      if (rest === "") break;
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

const ASCII_FOR: Readonly<Record<string, string>> = {
  "…": "...",
  "≤": "<=",
  "≥": ">=",
  "→": "->",
  "–": "-",
  "—": "-",
  "×": "x",
  "·": ".",
  "│": "|",
  "─": "-",
};

/** The text with every character outside ASCII replaced. */
export function toAscii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/gu, (character) => ASCII_FOR[character] ?? "?");
}

/** The text as the page can show it. */
export function onPage(text: string, page: Page): string {
  return page.ascii ? toAscii(text) : text;
}

/** `1 step`, `2 steps`; the plural is made with s unless given. */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${thousands(n)} ${n === 1 ? one : many}`;
}

/** 1,234,567 */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], last: string = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}
