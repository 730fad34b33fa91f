// What the documents name must exist: files, npm scripts, commands and options of the program, subpath exports.
//
// Looked at: code spans, code blocks and links of README.md, ARCHITECTURE.md and every README.md below. Words in capitals
// (`src/mm/designs/POINT/NAME.ts`) are placeholders; what stands before them must exist.

import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { filesBelow } from "./sources.mjs";

const TOP_FOLDERS = /^(src|test|tools|examples|bench|docs|\.ci)\//;
const PLACEHOLDER = /^[A-Z][A-Z_]*(\.\w+)?$|[*<>{}$…]|\.\.\./;
const DOCUMENTS = /^(README|ARCHITECTURE|CHANGELOG|LICENSE)/;

/**
 * Checks the documents of the project at `root`.
 *
 * @param {string} root
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkDocs(root) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const program = readProgram(root);
  /** @type {import("./sources.mjs").CheckResult} */
  const result = { looked: 0, what: "references in documents", complaints: [] };
  const top = ["README.md", "ARCHITECTURE.md"].filter((file) => existsSync(join(root, file)));
  const below = ["src", "examples", "bench", "docs", "tools"].flatMap((folder) =>
    filesBelow(root, folder, ".md"),
  );
  for (const file of [...top, ...below]) {
    for (const { line, text } of codeIn(readFileSync(join(root, file), "utf8"))) {
      for (const wrong of judge(text)) {
        result.looked++;
        if (wrong !== undefined) result.complaints.push({ file, line, message: wrong });
      }
    }

    /**
     * One entry per reference in a piece of code: what is wrong with it, or undefined.
     *
     * @param {string} text
     * @returns {(string | undefined)[]}
     */
    function judge(text) {
      /** @type {(string | undefined)[]} */
      const found = [];
      for (const [, script] of text.matchAll(/\bnpm run ([\w:-]+)/g)) {
        found.push(
          manifest.scripts?.[script ?? ""] === undefined
            ? `there is no script "${script}" in package.json`
            : undefined,
        );
      }
      for (const [, script] of text.matchAll(/\bnpm (start|test)\b/g)) {
        found.push(
          manifest.scripts?.[script ?? ""] === undefined
            ? `there is no script "${script}" in package.json`
            : undefined,
        );
      }
      const command = /^\s*(?:\$ )?(?:npx )?interleaf ([a-z][\w-]*)(.*)$/.exec(text);
      if (command !== null) {
        const [, name = "", rest = ""] = command;
        found.push(program.commands.has(name) ? undefined : `there is no command "interleaf ${name}"`);
        for (const [option] of rest.matchAll(/(?<!\S)--[a-z][\w-]*/g)) {
          found.push(
            program.options.has(option) ? undefined : `there is no option ${option} of "interleaf ${name}"`,
          );
        }
      }
      for (const [, subpath] of text.matchAll(/["'`]interleaf\/([\w-]+)["'`]|^interleaf\/([\w-]+)$/g)) {
        const wanted = `./${subpath ?? text.slice("interleaf/".length)}`;
        found.push(
          manifest.exports?.[wanted] === undefined ? `package.json exports no "${wanted}"` : undefined,
        );
      }
      for (const word of text.split(/[\s"'`(),;=]+/)) {
        // `FILE.ts#EXPORT` names an export of a file.
        const path = word
          .replace(/(:\d+)+$/, "")
          .replace(/[.:]$/, "")
          .replace(/(\.ts)#\w+$/, "$1");
        if (TOP_FOLDERS.test(path)) found.push(missing(root, path));
        else if (/^\.{1,2}\/[\w./-]+$/.test(path) && text === word && !path.startsWith("./dist")) {
          found.push(missing(root, posix.join(posix.dirname(file), path)));
        }
      }
      return found;
    }
  }
  return result;
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string | undefined}
 */
function missing(root, path) {
  const parts = path.split("/");
  const stop = parts.findIndex((part) => PLACEHOLDER.test(part) && !DOCUMENTS.test(part));
  const fixed = stop < 0 ? path : parts.slice(0, stop).join("/");
  return existsSync(join(root, fixed)) ? undefined : `there is no ${fixed}`;
}

/**
 * Code spans, the lines of code blocks, and the targets of links inside the project.
 *
 * @param {string} markdown
 * @returns {{ line: number, text: string }[]}
 */
function codeIn(markdown) {
  /** @type {{ line: number, text: string }[]} */
  const found = [];
  let inBlock = false;
  markdown.split("\n").forEach((text, index) => {
    const line = index + 1;
    if (/^\s*(```|~~~)/.test(text)) {
      inBlock = !inBlock;
      return;
    }
    if (inBlock) {
      found.push({ line, text: text.replace(/\s#.*$/, "") });
      return;
    }
    for (const [, span] of text.matchAll(/`([^`]+)`/g)) found.push({ line, text: span ?? "" });
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (target !== undefined && !/^[a-z]+:/.test(target))
        found.push({ line, text: target.startsWith(".") ? target : `./${target}` });
    }
  });
  return found;
}

/**
 * The commands and long options that the program's sources declare.
 *
 * @param {string} root
 * @returns {{ commands: Set<string>, options: Set<string> }}
 */
function readProgram(root) {
  const commands = new Set();
  const options = new Set(["--help", "--version"]);
  for (const file of filesBelow(root, "src/cli", ".ts")) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, name] of text.matchAll(/\.command\(\s*["'`]([a-z][\w-]*)/g)) commands.add(name);
    for (const [, declared] of text.matchAll(/["'`]((?:-\w, )?--[a-z][^"'`]*)["'`]/g)) {
      for (const [option] of (declared ?? "").matchAll(/--[a-z][\w-]*/g)) options.add(option);
    }
  }
  return { commands, options };
}
