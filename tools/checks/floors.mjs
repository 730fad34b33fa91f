// Which floor may import which: the table, and the check that holds the sources and the project references to it.
//
//   maple  sched           cli may import everything; lab everything pure. Imports go through each floor's
//     \    /  \            index.ts, never deeper, never upwards or sideways. Inside mm, designs are variants:
//      mm     check        presets.ts is the one module that names them.
//     /  \   /   \
//  import scenarios ...
//
// The compiler proves half of this again: each floor's tsconfig.json references only floors of its row, and an import
// of a floor that cannot be reached over references is a compile error. References are transitive, so `report` could
// still import `maple`, and they say nothing of deep imports: that is this check's half.

import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import ts from "typescript";
import { complaintAt, floorsPresent, modulesOf, walk } from "./sources.mjs";

/**
 * A floor's row: what it may import, and whether it is pure (no Node, no DOM, no clock, no packages).
 *
 * @typedef {{ imports: readonly string[], pure: boolean }} Floor
 */

const PURE_FLOORS = ["maple", "sched", "check", "mm", "scenarios", "import", "report"];

/** @type {Readonly<Record<string, Floor>>} */
export const FLOORS = {
  maple: { pure: true, imports: [] },
  sched: { pure: true, imports: [] },
  check: { pure: true, imports: ["sched"] },
  mm: { pure: true, imports: ["maple", "sched"] },
  scenarios: { pure: true, imports: ["mm", "check", "sched"] },
  import: { pure: true, imports: ["mm"] },
  // report tells steps, so it knows their kinds, and replayed processes; jobs of the farm name designs and images. ARCHITECTURE.md says why.
  report: { pure: true, imports: ["sched", "check", "mm", "scenarios", "import"] },
  real: { pure: false, imports: ["import", "mm"] },
  farm: { pure: false, imports: ["scenarios", "check", "sched", "mm", "import"] },
  lab: { pure: false, imports: PURE_FLOORS },
  cli: { pure: false, imports: [...PURE_FLOORS, "real", "farm", "lab"] },
};

/** Floors that may import Node's modules and npm packages. The lab runs in a browser: packages, but no Node. */
const NODE_FLOORS = ["real", "farm", "cli"];

/**
 * Checks every import of every floor below `root`/src.
 *
 * @param {string} root
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkFloors(root) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  let looked = 0;
  for (const floor of floorsPresent(root)) {
    if (FLOORS[floor] === undefined) {
      complaints.push({
        file: `src/${floor}`,
        line: 1,
        message: "is no floor: add its row to tools/checks/floors.mjs",
      });
      continue;
    }
    for (const module of modulesOf(root, floor)) {
      looked++;
      for (const { node, specifier } of importsOf(module)) {
        const wrong = judge(floor, module.fileName, specifier);
        if (wrong !== undefined) complaints.push(complaintAt(node, wrong));
      }
      for (const reference of [
        ...module.referencedFiles,
        ...module.typeReferenceDirectives,
        ...module.libReferenceDirectives,
      ]) {
        const line = module.getLineAndCharacterOfPosition(reference.pos).line + 1;
        complaints.push({
          file: module.fileName,
          line,
          message: "a triple-slash reference goes around the floors: write an import",
        });
      }
    }
    complaints.push(...checkReferences(root, floor));
  }
  return { looked, what: "modules", complaints };
}

/**
 * Every module specifier a file names, in whatever form. A computed one is reported as undefined.
 *
 * @param {ts.SourceFile} module
 * @returns {{ node: ts.Node, specifier: string | undefined }[]}
 */
function importsOf(module) {
  /** @type {{ node: ts.Node, specifier: string | undefined }[]} */
  const found = [];
  /** @param {ts.Node} node @param {ts.Node | undefined} name */
  const note = (node, name) =>
    found.push({
      node,
      specifier: name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined,
    });
  walk(module, (node) => {
    if (ts.isImportDeclaration(node)) note(node, node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      note(node, node.moduleSpecifier);
    else if (ts.isImportTypeNode(node))
      note(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isExternalModuleReference(node)) note(node, node.expression);
    else if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) note(node, node.name);
    else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const loads =
        callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require");
      if (loads) note(node, node.arguments[0]);
    }
  });
  return found;
}

/**
 * What is wrong with this import, or undefined.
 *
 * @param {string} floor
 * @param {string} file
 * @param {string | undefined} specifier
 * @returns {string | undefined}
 */
function judge(floor, file, specifier) {
  const row = /** @type {Floor} */ (FLOORS[floor]);
  if (specifier === undefined) {
    return row.pure ? `${floor} is pure: it loads no module by a computed name` : undefined;
  }
  if (!specifier.startsWith(".")) return judgePackage(floor, row, specifier);
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const parts = target.split("/");
  if (parts[0] !== "src") return `imports ${target}: sources import only sources`;
  const other = /** @type {string} */ (parts[1]);
  if (other !== floor) {
    if (!row.imports.includes(other)) {
      const allowed = row.imports.length === 0 ? "no other floor" : `only ${row.imports.join(", ")}`;
      return `${floor} may not import ${other}: it imports ${allowed}`;
    }
    if (target !== `src/${other}/index.ts`) {
      return `reaches into ${other}: import ../${other}/index.ts and export there what is missing`;
    }
    return undefined;
  }
  // A variant may build on another of its own decision point.
  const ownPoint = posix.dirname(target) === posix.dirname(file);
  if (target.startsWith("src/mm/designs/") && file !== "src/mm/presets.ts" && !ownPoint) {
    return "only src/mm/presets.ts imports designs: take the decision point's interface instead";
  }
  return undefined;
}

/**
 * @param {string} floor
 * @param {Floor} row
 * @param {string} specifier
 * @returns {string | undefined}
 */
function judgePackage(floor, row, specifier) {
  if (specifier === "interleaf" || specifier.startsWith("interleaf/")) {
    return "imports its own package by name: write ../FLOOR/index.ts, or the program ends up with two copies";
  }
  if (isBuiltin(specifier)) {
    if (NODE_FLOORS.includes(floor)) return undefined;
    return `${floor} may not import ${specifier}: only ${NODE_FLOORS.join(", ")} run in Node alone`;
  }
  if (row.pure) return `${floor} is pure: it may not import the package ${specifier}`;
  return undefined;
}

/**
 * The floor's tsconfig.json must reference exactly its row, and give a pure floor no ambient types.
 *
 * @param {string} root
 * @param {string} floor
 * @returns {import("./sources.mjs").Complaint[]}
 */
function checkReferences(root, floor) {
  const file = `src/${floor}/tsconfig.json`;
  if (!existsSync(join(root, file))) {
    return [
      {
        file,
        line: 1,
        message: "is missing: without project references the compiler does not know the floors",
      },
    ];
  }
  const row = /** @type {Floor} */ (FLOORS[floor]);
  const { config } = ts.parseConfigFileTextToJson(file, readFileSync(join(root, file), "utf8"));
  /** @type {{ path: string }[]} */
  const references = config?.references ?? [];
  const named = references.map((reference) => posix.basename(reference.path));
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  for (const other of named) {
    if (!row.imports.includes(other))
      complaints.push({ file, line: 1, message: `references ${other}, which ${floor} may not import` });
  }
  const types = config?.compilerOptions?.types ?? [];
  const libraries = config?.compilerOptions?.lib;
  if (row.pure && (types.length > 0 || libraries !== undefined)) {
    complaints.push({
      file,
      line: 1,
      message: `gives the pure floor ${floor} ambient types: leave types and lib to tsconfig.base.json`,
    });
  }
  return complaints;
}
