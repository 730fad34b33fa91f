/**
 * Mutants made by rule: small changes of one place in a path, each of a kind that is easily made by hand. Only places
 * where tasks can meet are taken: steps, calls of paths, what stands directly behind a step, and decisions on what a
 * step found or on which a step hangs.
 *
 *     pair     a lock is not taken, and not let go of either
 *     step     an announced step that counts or frees is left out
 *     drop     a call of a path, a change of a list or an assignment is left out
 *     swap     two neighbouring statements change places, at least one of them a step or a path, unless that only makes a
 *              critical section longer
 *     negate   a condition that is no step is turned round
 *     skip     an early exit is left out
 *
 * A mutant is named by file, function, kind and number: stable as long as that function stays as it is.
 */
import ts from "typescript";

/**
 * `idle`: cannot matter to other tasks, or to anybody; it has a number all the same, so that the names of the others stay.
 * `places`: where the changed statements begin; a run that comes by none of them is the same with and without the mutant.
 *
 * @typedef {{ id: string, file: string, line: number, kind: string, before: string, text: string, idle: boolean, places: number[] }} AutoMutant
 */

const LOCKS = new Map([
  ["lock", "unlock"],
  ["readLock", "readUnlock"],
  ["writeLock", "writeUnlock"],
]);
/** Steps whose absence is more than an access that nobody announced. */
/** Says what the last step found. */
const FOUND = /\.value\b|k\.(result|interrupted|refused|signalled|fails)\b/;
const COUNTING = new Set(["add", "free", "freeRcu", "downgrade", "incNotZero", "decAndTest", "exchange"]);

/** @param {ts.Statement} statement `if (k.name(...)) yield;` as its call, or undefined */
function stepOf(statement) {
  if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) return undefined;
  const { thenStatement, expression } = statement;
  if (!ts.isExpressionStatement(thenStatement) || !ts.isYieldExpression(thenStatement.expression))
    return undefined;
  return ts.isCallExpression(expression) ? expression : undefined;
}

/** @param {ts.CallExpression} call the name behind `k.`, or "" */
function kernelCall(call) {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression) || expression.expression.getText() !== "k") return "";
  return expression.name.text;
}

/** @param {ts.Node} node */
function hasYield(node) {
  let found = ts.isYieldExpression(node);
  ts.forEachChild(node, (child) => {
    if (!found && !ts.isFunctionLike(child)) found = hasYield(child);
  });
  return found;
}

/** @param {ts.Statement} statement an effect that can be left out */
function isEffect(statement) {
  if (stepOf(statement) !== undefined) return true;
  if (!ts.isExpressionStatement(statement)) return false;
  const { expression } = statement;
  if (ts.isYieldExpression(expression) || ts.isCallExpression(expression)) return !isTalk(statement);
  return ts.isBinaryExpression(expression) && ts.isPropertyAccessExpression(expression.left);
}

/** @param {ts.Node} node says something, changes nothing */
function isTalk(node) {
  return /^k\.(say|witness|note|label|store|assertHeld|mightSleep|mayEnter|enterPseudo|leavePseudo)\b/.test(
    node.getText(),
  );
}

/**
 * A condition on a decision point alone, turned round, is what another kernel does; one on what a scenario follows (who looks without
 * the lock, TLBs) takes steps for nobody, or leaves them out for all. A refusal that is overlooked is an allocation that succeeded: the model takes the memory from elsewhere. A plain field
 * that is not set is no matter between tasks, unless it is one by which they find each other or keep each other out.
 *
 * @param {string} kind
 * @param {string} before
 */
function isIdle(kind, before) {
  if (
    kind === "negate" &&
    /^!?[(]?(k\.designs\.|munmapTree\.|aroundMmput$|gateHere$|kept$|isLockless\(k\)$|k\.tlbs\.length)/.test(
      before,
    )
  )
    return true;
  if (kind === "skip") return before.startsWith("if (k.refused(") || before.startsWith("if (!isLockless(k))");
  if (kind !== "drop" || before.startsWith("yield")) return false;
  const assigned = /^[\w.!]+\.(\w+) =/.exec(before);
  return assigned !== null && !/^(value|mm|attached|lockSeq|anonVma|oomMm|onMmlist)$/.test(assigned[1] ?? "");
}

/** @param {ts.Node} node stands in a plain function that announces a step */
function buildsStep(node) {
  const owner = ts.findAncestor(node, ts.isFunctionDeclaration);
  return owner?.type?.getText() === "Suspend";
}

/** Steps that let go of a lock, and those that wait for one. */
const RELEASES = new Set(LOCKS.values());

/**
 * Exchanged, the two would only make a critical section longer: what stood behind the release or before the taking of a
 * lock happens under it. That excludes more than before and nothing less, so it is no mistake that anybody could notice, unless
 * as a cycle of locks.
 *
 * @param {ts.Statement} statement
 * @param {ts.Statement} next
 */
function lengthens(statement, next) {
  const [first, second] = [stepOf(statement), stepOf(next)];
  if (first !== undefined && RELEASES.has(kernelCall(first))) {
    return second === undefined || !LOCKS.has(kernelCall(second));
  }
  if (second === undefined || !LOCKS.has(kernelCall(second))) return false;
  return first === undefined || !LOCKS.has(kernelCall(first));
}

/** @param {ts.Statement} statement */
function leaves(statement) {
  const inner =
    ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0] : statement;
  return (
    inner !== undefined &&
    (ts.isReturnStatement(inner) || ts.isContinueStatement(inner) || ts.isBreakStatement(inner))
  );
}

/**
 * All mutants of one file.
 * @param {string} file below src/
 * @param {string} text
 * @returns {AutoMutant[]}
 */
export function mutantsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  /** @type {AutoMutant[]} */
  const mutants = [];
  /** @type {Map<string, number>} */
  const counts = new Map();

  /**
   * @param {string} scope
   * @param {string} kind
   * @param {ts.Node} at
   * @param {(readonly [number, number, string])[]} edits
   * @param {readonly ts.Statement[]} statements those that are changed
   */
  const add = (scope, kind, at, edits, statements) => {
    const key = `${file} ${scope} ${kind}`;
    let changed = text;
    for (const [from, to, replacement] of [...edits].sort((a, b) => b[0] - a[0])) {
      changed = changed.slice(0, from) + replacement + changed.slice(to);
    }
    if (changed === text) return; // two statements that are the same change places
    const n = (counts.get(key) ?? 0) + 1;
    counts.set(key, n);
    const line = source.getLineAndCharacterOfPosition(at.getStart()).line + 1;
    const before = at.getText().split("\n")[0] ?? "";
    const idle = isIdle(kind, before);
    const places = statements.map((statement) => statement.getStart());
    mutants.push({ id: `${key} ${n}`, file, line, kind, before, text: changed, idle, places });
  };
  /** @param {ts.Node} node @returns {readonly [number, number, string]} */
  const without = (node) => [node.getStart(), node.getEnd(), ";"];

  /** @param {ts.Statement} statement @param {ts.Statement | undefined} before @returns can it matter to others? */
  const meets = (statement, before) => {
    if (hasYield(statement) || buildsStep(statement)) return true;
    if (before !== undefined && stepOf(before) !== undefined) return true;
    return ts.isIfStatement(statement) && FOUND.test(statement.expression.getText());
  };

  /** @param {string} scope @param {readonly ts.Statement[]} block */
  const inBlock = (scope, block) => {
    const statements = block.filter((statement) => !isTalk(statement));
    for (const [i, statement] of statements.entries()) {
      const step = stepOf(statement);
      if (!meets(statement, statements[i - 1])) continue;
      if (step !== undefined && COUNTING.has(kernelCall(step)))
        add(scope, "step", statement, [without(statement)], [statement]);
      else if (step === undefined && isEffect(statement))
        add(scope, "drop", statement, [without(statement)], [statement]);
      if (ts.isIfStatement(statement) && step === undefined && !hasYield(statement.expression)) {
        const { expression } = statement;
        const turned = `!(${expression.getText()})`;
        add(scope, "negate", expression, [[expression.getStart(), expression.getEnd(), turned]], [statement]);
        if (leaves(statement.thenStatement) && statement.elseStatement === undefined) {
          add(scope, "skip", statement, [without(statement)], [statement]);
        }
      }
      const next = statements[i + 1];
      if (
        next !== undefined &&
        !lengthens(statement, next) &&
        isEffect(statement) &&
        isEffect(next) &&
        (hasYield(statement) || hasYield(next))
      ) {
        const exchanged = /** @type {const} */ ([
          [statement.getStart(), statement.getEnd(), next.getText()],
          [next.getStart(), next.getEnd(), statement.getText()],
        ]);
        add(scope, "swap", statement, [...exchanged], [statement]);
      }
    }
  };

  /** @param {string} scope @param {ts.Node} body */
  const pairsIn = (scope, body) => {
    /** @type {{ statement: ts.Statement, name: string, lock: string }[]} */
    const steps = [];
    /** @param {ts.Node} node */
    const collect = (node) => {
      if (ts.isIfStatement(node)) {
        const call = stepOf(node);
        const lock = call?.arguments[0]?.getText();
        if (call !== undefined && lock !== undefined)
          steps.push({ statement: node, name: kernelCall(call), lock });
      }
      ts.forEachChild(node, (child) => {
        if (!ts.isFunctionLike(child)) collect(child);
      });
    };
    collect(body);
    for (const { statement, name, lock } of steps) {
      const back = LOCKS.get(name);
      if (back === undefined) continue;
      const first = steps.find((s) => s.name === name && s.lock === lock);
      if (first?.statement !== statement) continue;
      const all = steps.filter((s) => s.lock === lock && (s.name === name || s.name === back));
      if (all.some((s) => s.name === back))
        add(
          scope,
          "pair",
          statement,
          all.map((s) => without(s.statement)),
          all.map((s) => s.statement),
        );
    }
  };

  /** @param {ts.Node} node @param {string} scope */
  const visit = (node, scope) => {
    let inner = scope;
    if (ts.isFunctionLike(node)) {
      inner =
        node.name?.getText() ?? (ts.isPropertyAssignment(node.parent) ? node.parent.name.getText() : scope);
      if ("body" in node && node.body !== undefined) pairsIn(inner, node.body);
    }
    if (ts.isBlock(node) && inner !== "") inBlock(inner, node.statements);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, "");
  return mutants;
}

/**
 * The file with a probe in front of each of these statements: it adds `FILE:PLACE` to the global set `reached`.
 * @param {string} file
 * @param {string} text
 * @param {Iterable<number>} places
 */
export function probed(file, text, places) {
  let changed = text;
  for (const place of [...new Set(places)].sort((a, b) => b - a)) {
    changed = `${changed.slice(0, place)}globalThis.reached?.add("${file}:${place}"); ${changed.slice(place)}`;
  }
  return changed;
}
