// Pure floors compute: the same input gives the same output on every machine, in Node, in a worker, in a browser.
//
// The compiler already refuses to name Node and the DOM there (`types: []`, no DOM library). This check adds what the
// language itself offers and a checker cannot have: clocks, randomness, locale, timing of the garbage collector,
// promises, and state that outlives one machine (module-level variables).

import ts from "typescript";
import { FLOORS } from "./floors.mjs";
import { complaintAt, floorsPresent, modulesOf, walk } from "./sources.mjs";

/** Names of the language, of Node and of the DOM that a pure floor does not use, and why. */
const FORBIDDEN = new Map([
  ...each("reads the clock", "Date", "performance", "Temporal"),
  ...each(
    "belongs to Node",
    "process",
    "Buffer",
    "require",
    "module",
    "__dirname",
    "__filename",
    "setImmediate",
  ),
  ...each(
    "belongs to the outside",
    "console",
    "fetch",
    "crypto",
    "structuredClone",
    "navigator",
    "WebAssembly",
  ),
  ...each(
    "belongs to the browser",
    "window",
    "document",
    "self",
    "location",
    "localStorage",
    "postMessage",
    "Worker",
  ),
  ...each("is a timer", "setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask"),
  ...each("is a back door to all of these", "globalThis", "global", "eval", "Function"),
  ...each("runs later, in an order nobody chose", "Promise", "AsyncGenerator", "AsyncIterable"),
  ...each("shows when the garbage collector ran", "WeakRef", "FinalizationRegistry"),
  ...each("depends on the user's locale", "Intl"),
]);

/** Members that give different answers at different times or places, whatever they are called on. */
const FORBIDDEN_MEMBERS = new Map(
  each(
    "depends on the user's locale",
    "toLocaleString",
    "toLocaleUpperCase",
    "toLocaleLowerCase",
    "localeCompare",
  ),
);

const COLLECTIONS = /^(Map|Set|WeakMap|WeakSet|Array|ArrayBuffer|SharedArrayBuffer|\w+Array|DataView)$/;
const READONLY_TYPE = /^(readonly\b|Readonly)/;

/**
 * Checks the pure floors below `root`/src.
 *
 * @param {string} root
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkPure(root) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  let looked = 0;
  for (const floor of floorsPresent(root)) {
    if (!FLOORS[floor]?.pure) continue;
    for (const module of modulesOf(root, floor)) {
      looked++;
      complaints.push(...impureNames(module), ...moduleState(module));
    }
  }
  return { looked, what: "modules of pure floors", complaints };
}

/**
 * @param {ts.SourceFile} module
 * @returns {import("./sources.mjs").Complaint[]}
 */
function impureNames(module) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  const own = namesDeclaredIn(module);
  walk(module, (node) => {
    if (isMathAsWhole(node)) {
      complaints.push(
        complaintAt(node, "Math is used as a whole: name the function, so that Math.random can be seen"),
      );
    } else if (ts.isIdentifier(node)) {
      const reason = FORBIDDEN.get(node.text);
      if (reason !== undefined && isReference(node) && !own.has(node.text) && !refusesPromise(node)) {
        complaints.push(complaintAt(node, `${node.text} ${reason}: pass in what is needed instead`));
      }
    } else if (ts.isPropertyAccessExpression(node)) {
      const member = node.name.text;
      const reason = FORBIDDEN_MEMBERS.get(member);
      if (reason !== undefined)
        complaints.push(complaintAt(node, `${member} ${reason}: compare and format by hand`));
      else if (member === "random" && node.expression.getText() === "Math") {
        complaints.push(
          complaintAt(node, "Math.random cannot be replayed: take a seeded generator as an argument"),
        );
      }
    } else if (
      ts.isAwaitExpression(node) ||
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
    ) {
      complaints.push(
        complaintAt(node, "await runs later, in an order nobody chose: pure floors are synchronous"),
      );
    } else if (node.kind === ts.SyntaxKind.AsyncKeyword) {
      complaints.push(
        complaintAt(node, "async runs later, in an order nobody chose: pure floors are synchronous"),
      );
    } else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      complaints.push(complaintAt(node, "import.meta tells where the code lies: pure floors do not know"));
    }
  });
  return complaints;
}

/**
 * `x instanceof Promise` is how a promise is turned away.
 *
 * @param {ts.Identifier} node
 */
function refusesPromise(node) {
  const parent = node.parent;
  return (
    node.text === "Promise" &&
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword
  );
}

/**
 * True for `Math` anywhere but before a dot: `const { random } = Math`, `Math["random"]`.
 *
 * @param {ts.Node} node
 */
function isMathAsWhole(node) {
  if (!ts.isIdentifier(node) || node.text !== "Math") return false;
  return !(ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node);
}

/**
 * Variables that live as long as the module: two machines in one process would share them.
 *
 * @param {ts.SourceFile} module
 * @returns {import("./sources.mjs").Complaint[]}
 */
function moduleState(module) {
  /** @type {import("./sources.mjs").Complaint[]} */
  const complaints = [];
  /** @param {ts.Node} node @param {ts.Expression | undefined} value @param {ts.TypeNode | undefined} type */
  const judge = (node, value, type) => {
    if (value === undefined || (type !== undefined && READONLY_TYPE.test(type.getText()))) return;
    if (isEmptyContainer(value)) {
      complaints.push(
        complaintAt(
          node,
          "a container at module level is shared by all machines: move it into one, or type it Readonly...",
        ),
      );
    }
  };
  for (const statement of module.statements) {
    if (ts.isVariableStatement(statement)) {
      if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0 && !isAmbient(statement)) {
        complaints.push(
          complaintAt(statement, "a variable at module level outlives its machine: move it into an object"),
        );
      }
      for (const declared of statement.declarationList.declarations)
        judge(declared, declared.initializer, declared.type);
    }
  }
  walk(module, (node) => {
    if (!ts.isPropertyDeclaration(node)) return;
    const modifiers = (node.modifiers ?? []).map((modifier) => modifier.kind);
    if (!modifiers.includes(ts.SyntaxKind.StaticKeyword)) return;
    if (!modifiers.includes(ts.SyntaxKind.ReadonlyKeyword)) {
      complaints.push(
        complaintAt(node, "a static field outlives its machine: make it readonly or move it into an object"),
      );
    } else judge(node, node.initializer, node.type);
  });
  return complaints;
}

/** @param {ts.VariableStatement} statement */
function isAmbient(statement) {
  return (statement.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword);
}

/**
 * An expression that makes something to be filled: `new Map()`, `[]`, `{}`. A filled literal is a table.
 *
 * @param {ts.Expression} value
 * @returns {boolean}
 */
function isEmptyContainer(value) {
  // `new Array(4).fill(0)`: still made to be written.
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) {
    return ts.isNewExpression(value.expression.expression) && isEmptyContainer(value.expression.expression);
  }
  if (ts.isNewExpression(value))
    return ts.isIdentifier(value.expression) && COLLECTIONS.test(value.expression.text);
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0;
  return false;
}

/**
 * Names a module declares itself: a parameter called `process` is not Node's.
 *
 * @param {ts.SourceFile} module
 * @returns {Set<string>}
 */
function namesDeclaredIn(module) {
  const names = new Set();
  walk(module, (node) => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isBindingElement(node) ||
      ts.isImportSpecifier(node) ||
      ts.isClassDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isInterfaceDeclaration(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name) && !isAmbientDeclaration(node))
      names.add(node.name.text);
  });
  return names;
}

/**
 * `declare const process: ...` is a back door, not a name of the module's own.
 *
 * @param {ts.Node} node
 */
function isAmbientDeclaration(node) {
  for (let at = node; at !== undefined; at = at.parent) {
    if (
      ts.canHaveModifiers(at) &&
      ts.getModifiers(at)?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)
    )
      return true;
  }
  return false;
}

/**
 * True where an identifier stands for a variable or a type, not for the name of a member or a property.
 *
 * @param {ts.Identifier} node
 */
function isReference(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return (ts.isPropertyAccessExpression(parent) ? parent.expression : parent.left) === node;
  }
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  const isName = "name" in parent && parent.name === node;
  return !isName || ts.isShorthandPropertyAssignment(parent) || ts.isVariableDeclaration(parent);
}

/**
 * @param {string} reason
 * @param {string[]} names
 * @returns {[string, string][]}
 */
function each(reason, ...names) {
  return names.map((name) => [name, reason]);
}
