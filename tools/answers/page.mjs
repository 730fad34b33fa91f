// A page of answers: what is asked, the command that answers it, what it prints, and what that means. Everything between
// the words of the page is computed when the page is made.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../house.mjs";
import { reportLines, verdict } from "./ask.mjs";

/**
 * @typedef {object} Page
 * @property {string} id number of the thread it answers, or name of the guide
 * @property {string} path where it stands
 * @property {string} title
 * @property {readonly (string | Block)[]} parts text in Markdown, and blocks
 */

/** @typedef {() => Promise<string>} Block gives its Markdown */

const NOTE = [
  "Made by `node tools/answers/main.mjs`; with `--check` it is made again and compared. Of what a command prints, a page shows",
  "the sentence with the verdict and its bounds, and of each finding what it is; where the execution is the answer, its steps",
  "stand one below the other. Tables show the verdict of one command in each cell.",
].join("\n");

/**
 * The page as Markdown.
 *
 * @param {Page} page
 */
export async function render(page) {
  const parts = [`# ${page.title}`, NOTE];
  for (const part of page.parts) parts.push(typeof part === "string" ? part.trim() : await part());
  return `${parts.join("\n\n")}\n`;
}

/**
 * One `interleaf check`, with what it says.
 *
 * @param {string} command arguments
 * @param {string} meaning
 * @param {{ readonly steps?: boolean | string }} [options] steps: show the execution too, of the first finding or of one with this code
 * @returns {Block}
 */
export function check(command, meaning, options = {}) {
  return async () => {
    const lines = await reportLines(command, options.steps ?? false);
    return [fenced([`$ npx interleaf check ${command}`, ...lines]), meaning.trim()].join("\n\n");
  };
}

/**
 * One `interleaf check` per cell.
 *
 * @param {object} table
 * @param {string} table.command arguments with ROW and COLUMN in them
 * @param {readonly (string | readonly [string, string])[]} table.rows what ROW stands for, with a label where that says more
 * @param {readonly (string | readonly [string, string])[]} table.columns the same for COLUMN
 * @param {string} meaning
 * @returns {Block}
 */
export function table({ command, rows, columns }, meaning) {
  return async () => {
    const lines = [`| | ${columns.map(label).join(" | ")} |`, `|---|${columns.map(() => "---").join("|")}|`];
    for (const row of rows) {
      const cells = [];
      for (const column of columns)
        cells.push(await verdict(command.replace("ROW", word(row)).replace("COLUMN", word(column))));
      lines.push(`| ${label(row)} | ${cells.join(" | ")} |`);
    }
    return [fenced([`$ npx interleaf check ${command}`]), lines.join("\n"), meaning.trim()].join("\n\n");
  };
}

/**
 * A program of the examples, with all it prints.
 *
 * @param {string} command file and arguments for `node`
 * @param {string} meaning
 * @returns {Block}
 */
export function script(command, meaning) {
  return async () => {
    const ran = spawnSync(process.execPath, command.split(" "), { cwd: ROOT, encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`node ${command} failed:\n${ran.stderr}`);
    const lines = ran.stdout.trimEnd().split("\n");
    return [fenced([`$ node ${command}`, ...lines]), meaning.trim()].join("\n\n");
  };
}

/**
 * A source file, whole.
 *
 * @param {string} path
 * @returns {Block}
 */
export function source(path) {
  return async () => fenced(readFileSync(join(ROOT, path), "utf8").trimEnd().split("\n"), "ts");
}

/**
 * A design with one piece of its text replaced, one after the other, and the verdicts of each.
 *
 * @param {object} table
 * @param {string} table.design file
 * @param {string} table.command arguments with COLUMN in them
 * @param {readonly (readonly [string, string, string])[]} table.rows text, what stands there instead, label
 * @param {readonly string[]} table.columns
 * @param {string} meaning
 * @returns {Block}
 */
export function mistakes({ design, command, rows, columns }, meaning) {
  return async () => {
    const text = readFileSync(join(ROOT, design), "utf8");
    const folder = mkdtempSync(join(tmpdir(), "interleaf-answers-"));
    try {
      const lines = [
        `| | ${columns.map((column) => `\`${column}\``).join(" | ")} |`,
        `|---|${columns.map(() => "---").join("|")}|`,
      ];
      for (const [n, [from, to, name]] of rows.entries()) {
        if (text.split(from).length !== 2) throw new Error(`"${from}" is not once in ${design}`);
        const file = join(folder, `mistake${n}.ts`);
        writeFileSync(file, text.replace(from, to));
        const cells = [];
        for (const column of columns)
          cells.push(await verdict(`${command.replace("COLUMN", column)} --design ${file}`));
        lines.push(`| ${name} | ${cells.join(" | ")} |`);
      }
      return [lines.join("\n"), meaning.trim()].join("\n\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/**
 * @param {readonly string[]} lines
 * @param {string} [language]
 */
function fenced(lines, language = "console") {
  return [`\`\`\`${language}`, ...lines, "```"].join("\n");
}

/** @param {string | readonly [string, string]} entry */
function word(entry) {
  return typeof entry === "string" ? entry : entry[0];
}

/** @param {string | readonly [string, string]} entry */
function label(entry) {
  return typeof entry === "string" ? entry : entry[1];
}
