// What users get: packs the built package, looks inside, installs it into an empty project and uses every subpath.
//
//   npm pack --> tarball --> no stale or private file? --> publint, attw
//                   |
//                   '--> npm install in an empty folder --> import each subpath in Node
//                                                       --> compile against its types: nodenext and bundler, two compilers
//                                                       --> run the program
//
// Needs a build. Prints what it did; exit code 1 with the reason if something is wrong.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./house.mjs";

/** Above this, somebody packed something by accident. */
const MOST_MEGABYTES = 8;

/** Subpaths for Node only: their types need @types/node; all others must do without. */
const NODE_ONLY = ["./real"];

/** Files a reader of the package expects at its top. */
const EXPECTED = ["package.json", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"];

const work = mkdtempSync(join(tmpdir(), "interleaf-pack-"));
try {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const tarball = pack(manifest);
  run("publint", ["node_modules/publint/src/cli.js", "run", tarball, "--strict"]);
  run("attw", ["node_modules/@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only"]);
  use(manifest, tarball);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * Packs, judges the list of files, and returns the tarball's path.
 *
 * @param {{ exports: Record<string, string | Record<string, string>>, bin: Record<string, string> }} manifest
 * @returns {string}
 */
function pack(manifest) {
  const [packed] = JSON.parse(npm(["pack", "--json", "--pack-destination", work], ROOT));
  /** @type {string[]} */
  const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
  const wanted = [...EXPECTED, ...Object.values(manifest.bin)];
  for (const target of Object.values(manifest.exports)) {
    wanted.push(...(typeof target === "string" ? [target] : Object.values(target)));
  }
  const missing = wanted.map((file) => file.replace(/^\.\//, "")).filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`The package lacks ${missing.join(", ")}. Was it built?`);

  // The compiler never removes what it once wrote: a file without a source is a leftover.
  const stale = files.filter((file) => {
    const built = /^dist\/(.*?)(\.js|\.d\.ts)(\.map)?$/.exec(file);
    return file.startsWith("dist/") && (built === null || !existsSync(join(ROOT, `src/${built[1]}.ts`)));
  });
  if (stale.length > 0)
    throw new Error(`Leftovers of earlier builds: ${stale.join(", ")}. Remove dist and build again.`);
  const private_ = files.filter((file) => /tsbuildinfo|tsconfig|\.test\.|^test\/|^tools\//.test(file));
  if (private_.length > 0)
    throw new Error(`Not for users: ${private_.join(", ")}. Mend "files" in package.json.`);
  const megabytes = packed.unpackedSize / 1e6;
  if (megabytes > MOST_MEGABYTES)
    throw new Error(`${megabytes.toFixed(1)} MB unpacked, expected at most ${MOST_MEGABYTES}.`);
  console.log(`pack: ${files.length} files, ${megabytes.toFixed(2)} MB unpacked`);
  return join(work, packed.filename);
}

/**
 * Installs the tarball into an empty project and uses it there.
 *
 * @param {{ name: string, exports: Record<string, unknown>, bin: Record<string, string> }} manifest
 * @param {string} tarball
 */
function use(manifest, tarball) {
  const project = join(work, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), `{ "name": "empty", "private": true, "type": "module" }`);
  npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", tarball], project);

  const subpaths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
  const specifiers = subpaths.map((path) => `${manifest.name}${path.slice(1)}`);
  if (specifiers.length === 0) throw new Error("package.json exports nothing");
  const lines = specifiers.map((specifier, n) => `import * as m${n} from "${specifier}";`);
  const uses = specifiers.map((specifier, n) => `  "${specifier}": Object.keys(m${n}).length,`);
  writeFileSync(
    join(project, "use.mjs"),
    [...lines, "const counts = {", ...uses, "};", "console.log(JSON.stringify(counts));"].join("\n"),
  );
  const counts = JSON.parse(node(["use.mjs"], project));
  for (const [specifier, count] of Object.entries(counts)) {
    if (count === 0) throw new Error(`import * from "${specifier}" brings nothing`);
  }
  console.log(`import: ${specifiers.join(", ")}`);

  /** @param {(path: string) => boolean} which */
  const program = (which) => {
    const chosen = subpaths.flatMap((path, n) => (which(path) ? [n] : []));
    const uses = chosen.map((n) => `  m${n},`);
    return [...chosen.map((n) => lines[n]), "export const all: readonly object[] = [", ...uses, "];"].join(
      "\n",
    );
  };
  writeFileSync(
    join(project, "use.ts"),
    program((path) => !NODE_ONLY.includes(path)),
  );
  writeFileSync(
    join(project, "use-node.ts"),
    program((path) => NODE_ONLY.includes(path)),
  );
  const nodeTypes = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
  // A misspelt subpath must not compile, or the line above proves nothing.
  writeFileSync(
    join(project, "misuse.ts"),
    `import * as gone from "${manifest.name}/gone";\nexport const g: object = gone;\n`,
  );
  const compilers = { "TypeScript 7": "@typescript/native/bin/tsc", "TypeScript 6": "typescript/bin/tsc6" };
  for (const [compiler, file] of Object.entries(compilers)) {
    for (const [module, resolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ]) {
      const flags = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "false",
        "--target",
        "es2023",
        "--lib",
        "es2023",
      ];
      const tsc = [
        join(ROOT, "node_modules", file),
        ...flags,
        "--module",
        `${module}`,
        "--moduleResolution",
        `${resolution}`,
      ];
      node([...tsc, "use.ts"], project);
      node([...tsc, ...nodeTypes, "use-node.ts"], project);
      if (spawnSync(process.execPath, [...tsc, "misuse.ts"], { cwd: project }).status === 0) {
        throw new Error(`${compiler}, ${resolution}: a subpath that does not exist compiles`);
      }
      console.log(`types: ${compiler}, ${resolution}`);
    }
  }

  for (const name of Object.keys(manifest.bin)) {
    const version = node([join("node_modules", ".bin", name), "--version"], project).trim();
    console.log(`run: ${name} --version says ${version}`);
  }
}

/**
 * Runs a checker on this terminal; its exit code decides.
 *
 * @param {string} name
 * @param {string[]} args
 */
function run(name, args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`${name} found the problems above.`);
}

/**
 * @param {string[]} args
 * @param {string} folder
 * @returns {string} what it printed
 */
function node(args, folder) {
  return output(spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" }), args.join(" "));
}

/**
 * @param {string[]} args
 * @param {string} folder
 * @returns {string} what it printed
 */
function npm(args, folder) {
  const result = spawnSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  return output(result, `npm ${args.join(" ")}`);
}

/**
 * @param {import("node:child_process").SpawnSyncReturns<string>} result
 * @param {string} what
 * @returns {string}
 */
function output(result, what) {
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${what} failed:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
