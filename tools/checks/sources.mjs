// What every repository check needs: the source files of a folder, their syntax trees, and one shape of result.
//
// A check returns what it looked at as well as what it found, because a check that looked at nothing passes for
// the wrong reason. `verdict` is the only place that decides whether a check passed.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ts from "typescript";

/**
 * One thing that is wrong, with its place and its cure.
 *
 * @typedef {{ file: string, line: number, message: string }} Complaint
 */

/**
 * What a check looked at (`looked` pieces of `what`) and what is wrong there.
 *
 * @typedef {{ looked: number, what: string, complaints: Complaint[] }} CheckResult
 */

/**
 * Every file below `folder` whose name ends in `suffix`, as paths relative to `root` with forward slashes, sorted.
 *
 * @param {string} root
 * @param {string} folder
 * @param {string} suffix
 * @returns {string[]}
 */
export function filesBelow(root, folder, suffix) {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  /** @type {string[]} */
  const found = [];
  for (const entry of readdirSync(top, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith(suffix)) continue;
    found.push(relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  }
  return found.filter((file) => !file.includes("node_modules/")).sort();
}

/**
 * The TypeScript modules of a floor, with their syntax trees.
 *
 * @param {string} root
 * @param {string} floor
 * @returns {ts.SourceFile[]}
 */
export function modulesOf(root, floor) {
  return filesBelow(root, `src/${floor}`, ".ts").map((file) =>
    ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true),
  );
}

/**
 * The floors that have a folder with modules in it.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function floorsPresent(root) {
  const source = join(root, "src");
  if (!existsSync(source)) return [];
  return readdirSync(source)
    .filter((floor) => filesBelow(root, `src/${floor}`, ".ts").length > 0)
    .sort();
}

/**
 * A complaint about a piece of syntax.
 *
 * @param {ts.Node} node
 * @param {string} message
 * @param {string} file
 * @returns {Complaint}
 */
export function complaintAt(node, message, file = node.getSourceFile().fileName) {
  const source = node.getSourceFile();
  return { file, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, message };
}

/**
 * Calls `visit` for a node and everything below it, parents first.
 *
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} visit
 */
export function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/**
 * The lines to print for a result, and whether it passed. Looking at nothing is a failure.
 *
 * @param {string} name
 * @param {CheckResult} result
 * @returns {{ passed: boolean, lines: string[] }}
 */
export function verdict(name, result) {
  if (result.looked === 0) {
    return {
      passed: false,
      lines: [`${name}: FAILED, it looked at no ${result.what}: a check of nothing proves nothing`],
    };
  }
  const seen = `${result.looked} ${result.what}`;
  if (result.complaints.length === 0) return { passed: true, lines: [`${name}: ok (${seen})`] };
  return {
    passed: false,
    lines: [
      `${name}: FAILED, ${result.complaints.length} in ${seen}`,
      ...result.complaints.map((c) => `  ${c.file}:${c.line}: ${c.message}`),
    ],
  };
}
