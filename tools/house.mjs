// What has to be there before anything runs: the installed packages and the built floors.
//
//   package-lock.json --(npm ci, only where node_modules differs)--> node_modules --(tsc -b, incremental)--> dist
//
// Node builtins only: these lines run straight after `git clone`.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The repository's top folder. */
export const ROOT = resolve(import.meta.dirname, "..");

/**
 * Why the installed packages do not fit the lockfile: one phrase, or undefined when they fit.
 *
 * Compares npm's own record of what it installed with what the lockfile asks for. Packages for another platform
 * are optional in the lockfile and may be absent.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function staleInstall(root) {
  const recordFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(recordFile)) return "node_modules is missing";
  const wanted = readPackages(join(root, "package-lock.json"));
  let installed;
  try {
    installed = readPackages(recordFile);
  } catch {
    return "the record in node_modules cannot be read";
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const there = installed[path];
    if (there === undefined) {
      if (entry.optional || entry.devOptional) continue;
      return `${path} is missing`;
    }
    if (there.version !== entry.version || there.integrity !== entry.integrity) {
      return `${path} is ${there.version}, the lockfile says ${entry.version}`;
    }
    if (!existsSync(join(root, path, "package.json"))) return `${path} is missing`;
  }
  for (const path of Object.keys(installed)) {
    if (wanted[path] === undefined) return `${path} is not in the lockfile`;
  }
  return undefined;
}

/**
 * Installs exactly what the lockfile says, if something else or nothing is installed.
 *
 * @param {string} root
 */
export function ensureInstalled(root = ROOT) {
  const reason = staleInstall(root);
  if (reason === undefined) return;
  console.error(`Installing packages (${reason}) ...`);
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm tells its scripts where it lives; running that file keeps npm and this Node together.
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, encoding: "utf8" })
    : spawnSync("npm", args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  if (result.error) throw new Error(`npm could not be started (${result.error.message}). Is it on the PATH?`);
  if (result.status !== 0) {
    throw new Error(
      `${result.stdout}${result.stderr}npm ci failed: see above. Cure that, then run this again.`,
    );
  }
  const still = staleInstall(root);
  if (still !== undefined) throw new Error(`npm ci ran, but ${still}. Remove node_modules and try again.`);
}

/**
 * Compiles what changed since the last build. Returns false, with the compiler's errors on stdout, if it does not compile.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function build(root = ROOT) {
  if (!existsSync(join(root, "dist"))) console.error("Building ...");
  return runTool("@typescript/native", "tsc", ["-b"], root) === 0;
}

/**
 * Runs the program `bin` of an installed package under this very Node, on this terminal. Returns its exit code.
 *
 * @param {string} packageName
 * @param {string} bin
 * @param {string[]} args
 * @param {string} root
 * @returns {number}
 */
export function runTool(packageName, bin, args, root = ROOT) {
  const folder = join(root, "node_modules", packageName);
  const file = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin;
  return runNode([join(folder, typeof file === "string" ? file : file[bin]), ...args], root);
}

/**
 * Runs Node with these arguments on this terminal and returns the exit code; 128 + 2 if a signal ended it.
 *
 * @param {string[]} args
 * @param {string} root
 * @returns {number}
 */
export function runNode(args, root = ROOT) {
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (result.error) throw result.error;
  return result.status ?? 130;
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockEntry
 * @param {string} file
 * @returns {Record<string, LockEntry>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
