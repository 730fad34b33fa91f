// The forms of a path, checked with types.
//
//   task body            function* f(k): Path { ... }              a path: a generator of announced steps
//   announced step       if (k.lock(m)) yield;                     Suspend is the whole condition, `yield;` the whole branch
//   calling a path       yield* g(k)                               or `k.spawn(g(k))`: handed to somebody who runs it
//   building an access   lockBoth(a): Suspend { return k.lock(a) } a plain function, never a generator per access
//
// A generator call that nobody drives runs nothing, and no compiler or linter says so: `lock(m);` is a legal statement.
// `try` would catch the throw by which a finding ends its task. Both make a checker agree with code that never ran.
//
// What a path call or an announced step is, the types say: a call of type Generator, a call of type Suspend (the
// branded boolean that src/sched exports).

import { join } from "node:path";
import ts from "typescript";
import { complaintAt, filesBelow, floorsPresent, walk } from "./sources.mjs";

/** Floors whose files contain paths. */
const PATH_FLOORS = ["sched", "mm", "scenarios"];

/** The floor that drives paths: it keeps generators in its own fields and catches what ends a task. */
const DRIVER = "src/sched/";

/** @type {ts.CompilerOptions} */
const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * Checks the path forms of every floor that contains paths, or of the given files (paths relative to `root`).
 *
 * Requires that the program can see `Suspend` and compiles: with unresolved types there is nothing to recognise.
 *
 * @param {string} root
 * @param {string[]} [files]
 * @returns {import("./sources.mjs").CheckResult}
 */
export function checkPathForms(root, files) {
  const chosen =
    files ??
    PATH_FLOORS.filter((floor) => floorsPresent(root).includes(floor)).flatMap((floor) =>
      filesBelow(root, `src/${floor}`, ".ts"),
    );
  /** @type {import("./sources.mjs").CheckResult} */
  const result = { looked: 0, what: "modules with paths", complaints: [] };
  if (chosen.length === 0) return result;

  const program = ts.createProgram(
    chosen.map((file) => join(root, file)),
    OPTIONS,
  );
  const brand = findBrand(program);
  if (brand === undefined) {
    const message = "no type Suspend is in sight: import it (or something that uses it) from sched";
    result.complaints.push({ file: /** @type {string} */ (chosen[0]), line: 1, message });
    result.looked = chosen.length;
    return result;
  }
  const kinds = makeKinds(program.getTypeChecker(), brand);
  const uses = new Map();
  for (const file of chosen) {
    const module = program.getSourceFile(join(root, file));
    if (module === undefined) continue;
    result.looked++;
    const [error] = program.getSemanticDiagnostics(module);
    if (error !== undefined) {
      const line = module.getLineAndCharacterOfPosition(error.start ?? 0).line + 1;
      const text = ts.flattenDiagnosticMessageText(error.messageText, " ");
      result.complaints.push({
        file,
        line,
        message: `does not compile, so its forms cannot be seen: ${text}`,
      });
      continue;
    }
    const drives = file.startsWith(DRIVER);
    walk(module, (node) => {
      const message = judge(node, kinds, drives, uses);
      if (message !== undefined) result.complaints.push(complaintAt(node, message, file));
    });
  }
  // A generator for one access is judged last: a one-step body that is only ever spawned is a task, not an access.
  for (const file of chosen) {
    const module = program.getSourceFile(join(root, file));
    if (module === undefined) continue;
    walk(module, (node) => {
      if (isOneStep(node, kinds) && isCalledForItself(node, uses)) {
        const name =
          ts.isFunctionLike(node) && node.name !== undefined ? node.name.getText() : "this generator";
        const cure = `return the announcement from a plain function (\`${name}(...): Suspend\`) and write \`if (${name}(...)) yield;\``;
        result.complaints.push(complaintAt(node, `a generator for a single access: ${cure}`, file));
      }
    });
  }
  result.complaints.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  return result;
}

/**
 * How the two kinds of call are told by their types.
 *
 * @typedef {{
 *   isPath: (node: ts.Node) => boolean,
 *   isSuspend: (node: ts.Node) => boolean,
 *   declaration: (call: ts.CallExpression) => ts.Node | undefined,
 *   symbol: (node: ts.Node) => ts.Symbol | undefined,
 *   announces: (node: ts.FunctionLikeDeclaration) => boolean,
 * }} Kinds
 */

/**
 * How often each generator declaration is driven by `yield*`, and how often it is handed on.
 *
 * @typedef {Map<ts.Node, { driven: number, handedOn: number }>} Uses
 */

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.__String} brand
 * @returns {Kinds}
 */
function makeKinds(checker, brand) {
  /** @param {ts.Type} type @returns {boolean} */
  const isGenerator = (type) =>
    type.isUnion() ? type.types.some(isGenerator) : /^(Async)?Generator$/.test(type.symbol?.name ?? "");
  /** @param {ts.Type} type */
  const isSuspend = (type) =>
    checker
      .getPropertiesOfType(checker.getNonNullableType(type))
      .some((property) => property.escapedName === brand);
  return {
    isPath: (node) => isGenerator(checker.getTypeAtLocation(node)),
    isSuspend: (node) => isSuspend(checker.getTypeAtLocation(node)),
    announces: (node) => {
      if (node.type !== undefined) return isSuspend(checker.getTypeAtLocation(node.type));
      // A variant's function is declared by the interface it fulfils.
      const declared = contextOf(node, checker)?.getCallSignatures()[0];
      return declared !== undefined && isSuspend(declared.getReturnType());
    },
    declaration: (call) => checker.getResolvedSignature(call)?.declaration,
    symbol: (node) => checker.getSymbolAtLocation(node),
  };
}

/**
 * The type that the surroundings give a function in an object literal.
 *
 * @param {ts.FunctionLikeDeclaration} node
 * @param {ts.TypeChecker} checker
 * @returns {ts.Type | undefined}
 */
function contextOf(node, checker) {
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return checker.getContextualType(node);
  if (!ts.isMethodDeclaration(node) || !ts.isObjectLiteralExpression(node.parent)) return undefined;
  const property = checker.getContextualType(node.parent)?.getProperty(node.name.getText());
  return property && checker.getTypeOfSymbolAtLocation(property, node);
}

/**
 * The brand of announced steps: the property that `Suspend` has and a boolean has not.
 *
 * @param {ts.Program} program
 * @returns {ts.__String | undefined}
 */
function findBrand(program) {
  const checker = program.getTypeChecker();
  for (const module of program.getSourceFiles()) {
    for (const statement of module.statements) {
      if (!ts.isTypeAliasDeclaration(statement) || statement.name.text !== "Suspend") continue;
      const brand = checker
        .getPropertiesOfType(checker.getTypeAtLocation(statement.name))
        .find((property) => property.name !== "valueOf");
      if (brand !== undefined) return brand.escapedName;
    }
  }
  return undefined;
}

/**
 * What is wrong with this node, or undefined.
 *
 * @param {ts.Node} node
 * @param {Kinds} kinds
 * @param {boolean} drives
 * @param {Uses} uses
 * @returns {string | undefined}
 */
function judge(node, kinds, drives, uses) {
  if (ts.isCallExpression(node)) {
    if (kinds.isPath(node)) return judgePathCall(node, kinds, drives, uses);
    if (kinds.isSuspend(node)) return judgeAnnouncement(node, kinds);
    return undefined;
  }
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) {
    noteValue(node, kinds, uses);
    return undefined;
  }
  if (ts.isYieldExpression(node)) return judgeYield(node, kinds);
  if (ts.isTryStatement(node) && (!drives || isInGenerator(node))) {
    return "no try, catch or finally around steps: a finding ends its task by a throw; write the unwinding out";
  }
  if (node.kind === ts.SyntaxKind.AsyncKeyword)
    return "async has no place here: a path is a generator, run by the engine";
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) {
    return "await has no place here: a path is a generator, run by the engine";
  }
  return undefined;
}

/**
 * @param {ts.CallExpression} call
 * @param {Kinds} kinds
 * @param {boolean} drives
 * @param {Uses} uses
 * @returns {string | undefined}
 */
function judgePathCall(call, kinds, drives, uses) {
  const name = call.expression.getText();
  const { child, parent } = position(call);
  const declaration = kinds.declaration(call);
  if (ts.isYieldExpression(parent)) {
    if (parent.asteriskToken !== undefined) {
      count(uses, declaration, "driven");
      return undefined;
    }
    return undefined; // `yield f()` is reported as a yield with an operand
  }
  count(uses, declaration, "handedOn");
  if (isHandedOn(child, parent)) return undefined;
  const keeps = ts.isVariableDeclaration(parent) || (isAssignment(parent) && parent.right === child);
  if (keeps && drives && !isInGenerator(call)) return undefined;
  if (isReturned(child, parent)) {
    return isGeneratorFunction(enclosingFunction(call))
      ? `returns the path ${name}(...) without running it: write \`return yield* ${name}(...)\``
      : undefined;
  }
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) {
    return `${name}(...) makes a path and runs nothing: write \`yield* ${name}(...)\``;
  }
  if (keeps) {
    return `keeps the path ${name}(...) instead of its result: write \`= yield* ${name}(...)\`, or hand it straight on`;
  }
  return `uses the path ${name}(...) as a value: write \`yield* ${name}(...)\``;
}

/**
 * @param {ts.CallExpression} call
 * @param {Kinds} kinds
 * @returns {string | undefined}
 */
function judgeAnnouncement(call, kinds) {
  const name = call.expression.getText();
  const { child, parent } = position(call);
  if (ts.isIfStatement(parent) && parent.expression === child) {
    return isAnnouncement(parent, kinds)
      ? undefined
      : `the branch of an announced step is \`yield;\` and nothing else: write \`if (${name}(...)) yield;\`, then plain code`;
  }
  if (isReturned(child, parent)) {
    const around = enclosingFunction(call);
    if (around !== undefined && !isGeneratorFunction(around) && kinds.announces(around)) return undefined;
    return `only a plain function declared \`: Suspend\` may return ${name}(...): declare it, or write \`if (${name}(...)) yield;\``;
  }
  if (ts.isExpressionStatement(parent)) {
    return `announces ${name}(...) and does not wait for its turn: write \`if (${name}(...)) yield;\``;
  }
  return `${name}(...) must be the whole condition: write \`if (${name}(...)) yield;\` as a statement of its own`;
}

/**
 * @param {ts.YieldExpression} node
 * @param {Kinds} kinds
 * @returns {string | undefined}
 */
function judgeYield(node, kinds) {
  if (node.asteriskToken !== undefined) {
    if (node.expression !== undefined && kinds.isPath(node.expression)) return undefined;
    return "yield* takes a path: this is something else, and would suspend without an announced step";
  }
  if (node.expression !== undefined) {
    return kinds.isPath(node.expression)
      ? `yields the path instead of running it: write \`yield* ${node.expression.getText()}\``
      : "yield takes no value: announce the step, `if (k.step(...)) yield;`";
  }
  const statement = node.parent;
  if (
    ts.isExpressionStatement(statement) &&
    ts.isIfStatement(statement.parent) &&
    isAnnouncement(statement.parent, kinds)
  )
    return undefined;
  return "a bare yield stands only behind an announced step: `if (k.step(...)) yield;`";
}

/**
 * True for `if (<call of type Suspend>) yield;` and nothing else.
 *
 * @param {ts.Node | undefined} node
 * @param {Kinds} kinds
 */
function isAnnouncement(node, kinds) {
  if (node === undefined || !ts.isIfStatement(node) || node.elseStatement !== undefined) return false;
  const condition = skipParentheses(node.expression);
  const branch = node.thenStatement;
  return (
    ts.isCallExpression(condition) &&
    kinds.isSuspend(condition) &&
    ts.isExpressionStatement(branch) &&
    ts.isYieldExpression(branch.expression) &&
    branch.expression.asteriskToken === undefined &&
    branch.expression.expression === undefined
  );
}

/**
 * @param {ts.Expression} expression
 * @returns {ts.Expression}
 */
function skipParentheses(expression) {
  return ts.isParenthesizedExpression(expression) ? skipParentheses(expression.expression) : expression;
}

/**
 * Where an expression stands, looking through parentheses, assertions and the branches of `?:` and `??`.
 *
 * @param {ts.Expression} expression
 * @returns {{ child: ts.Node, parent: ts.Node }}
 */
function position(expression) {
  /** @type {ts.Node} */
  let child = expression;
  let parent = child.parent;
  while (
    ts.isParenthesizedExpression(parent) ||
    ts.isAsExpression(parent) ||
    ts.isSatisfiesExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    (ts.isConditionalExpression(parent) && parent.condition !== child) ||
    (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
  ) {
    child = parent;
    parent = parent.parent;
  }
  return { child, parent };
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.AssignmentExpression<ts.AssignmentOperatorToken>}
 */
function isAssignment(node) {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

/**
 * True for an argument of a call, or a member of a literal that itself is an argument or returned.
 *
 * @param {ts.Node} child
 * @param {ts.Node} parent
 * @returns {boolean}
 */
function isHandedOn(child, parent) {
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    return parent.arguments?.some((argument) => argument === child) ?? false;
  }
  const literal = ts.isPropertyAssignment(parent) && parent.initializer === child ? parent.parent : parent;
  if (!ts.isObjectLiteralExpression(literal) && !ts.isArrayLiteralExpression(literal)) return false;
  const outside = position(literal);
  return isHandedOn(outside.child, outside.parent) || isReturned(outside.child, outside.parent);
}

/**
 * @param {ts.Node} child
 * @param {ts.Node} parent
 */
function isReturned(child, parent) {
  return ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === child);
}

/**
 * @param {ts.Node} node
 * @returns {ts.FunctionLikeDeclaration | undefined}
 */
function enclosingFunction(node) {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionLike(at)) return /** @type {ts.FunctionLikeDeclaration} */ (at);
  }
  return undefined;
}

/** @param {ts.Node | undefined} node */
function isGeneratorFunction(node) {
  return node !== undefined && "asteriskToken" in node && node.asteriskToken !== undefined;
}

/** @param {ts.Node} node */
function isInGenerator(node) {
  for (let at = enclosingFunction(node); at !== undefined; at = enclosingFunction(at)) {
    if (isGeneratorFunction(at)) return true;
  }
  return false;
}

/**
 * True for a generator whose whole body is one announced step and at most a return.
 *
 * @param {ts.Node} node
 * @param {Kinds} kinds
 */
function isOneStep(node, kinds) {
  if (!isGeneratorFunction(node) || !ts.isFunctionLike(node) || !("body" in node)) return false;
  const body = node.body;
  if (body === undefined || !ts.isBlock(body)) return false;
  const [first, second, third] = body.statements;
  if (third !== undefined || !isAnnouncement(first, kinds)) return false;
  return second === undefined || ts.isReturnStatement(second);
}

/**
 * True for a generator that paths drive with `yield*`, or that nobody uses: never for a task's body, which is handed
 * on, nor for the variant of an interface, which is called through it.
 *
 * @param {ts.Node} node
 * @param {Uses} uses
 */
function isCalledForItself(node, uses) {
  const use = uses.get(node);
  if (use !== undefined && use.driven > 0) return true;
  const stands =
    ts.isFunctionDeclaration(node) ||
    (ts.isMethodDeclaration(node) && ts.isClassLike(node.parent)) ||
    ts.isVariableDeclaration(node.parent);
  return stands && (use === undefined || use.handedOn === 0);
}

/**
 * Notes a generator function that is passed on as a function: `spawn(body)`.
 *
 * @param {ts.Identifier | ts.PropertyAccessExpression} node
 * @param {Kinds} kinds
 * @param {Uses} uses
 */
function noteValue(node, kinds, uses) {
  const parent = node.parent;
  if (ts.isCallExpression(parent) && parent.expression === node) return;
  const handed =
    (ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === node)) ||
    ts.isArrayLiteralExpression(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
    ts.isShorthandPropertyAssignment(parent);
  if (!handed) return;
  const declaration = kinds.symbol(node)?.valueDeclaration;
  if (isGeneratorFunction(declaration)) count(uses, declaration, "handedOn");
}

/**
 * @param {Uses} uses
 * @param {ts.Node | undefined} declaration
 * @param {"driven" | "handedOn"} how
 */
function count(uses, declaration, how) {
  if (declaration === undefined) return;
  const use = uses.get(declaration) ?? { driven: 0, handedOn: 0 };
  use[how]++;
  uses.set(declaration, use);
}
