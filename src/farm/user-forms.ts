/**
 * The forms of a path, checked in a user's file without a compiler: a scenario or a design that is about to run.
 *
 *     text --(jiti, which loads the file anyway)--> syntax tree --> complaints with line and cure
 *
 * The repository's own floors are checked with types (`npm run check`). Here there are none: an installed package has no
 * compiler. So paths and steps are known by name: those the file declares itself, and those whose declaration in the
 * library says `: Path<...>` or `: Suspend`. A name that also means something plain (`add`: a step of the machine, a method
 * of Set) counts only on a receiver that is used as a machine elsewhere in the file.
 *
 * What slips through (a path under another name, `const f = g; f();`) is left to the machine, which refuses a task that
 * yields without an announced step or goes on without yielding.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createJiti, type JitiOptions } from "jiti";

/** One broken form: what is wrong on that line, and what to write instead. */
export interface FormComplaint {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Names with a meaning: functions that are paths, functions that announce a step, and which of them are also plain. */
export interface Vocabulary {
  readonly paths: ReadonlySet<string>;
  readonly steps: ReadonlySet<string>;
  readonly ambiguous: ReadonlySet<string>;
}

/**
 * Reads the names off the library's declarations: the texts of its .d.ts or .ts files.
 *
 * Requires texts that spell out return types, as declaration files do.
 */
export function readVocabulary(texts: readonly string[]): Vocabulary {
  const paths = new Set<string>();
  const steps = new Set<string>();
  const plain = new Set<string>();
  for (const prototype of [Map, Set, Array, String, Number, Object, Function, Promise].map(
    (c) => c.prototype,
  )) {
    for (const name of Object.getOwnPropertyNames(prototype)) plain.add(name);
  }
  // name<...>(...): Type   and   name: (...) => Type   with parameters of at most two levels of parentheses
  const signature =
    /([\w$]+)\??(?:<[^()]*?>)?(?::\s*(?:<[^()]*?>)?)?\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*(?::|=>)\s*([\w$]+)/g;
  for (const text of texts) {
    for (const [, name = "", , type] of text
      .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
      .matchAll(signature)) {
      if (type === "Path" || type === "Generator") paths.add(name);
      else if (type === "Suspend") steps.add(name);
      else plain.add(name);
    }
  }
  return { paths, steps, ambiguous: new Set([...paths, ...steps].filter((name) => plain.has(name))) };
}

/** Floors whose declarations contain paths and steps. */
const PATH_FLOORS = ["sched", "mm", "scenarios"];

/**
 * The vocabulary of the running copy of the library. `folder` holds its floors: `dist` of an installed package, where
 * declarations lie beside the code, or `src`.
 */
export function readLibraryVocabulary(folder: string): Vocabulary {
  const texts: string[] = [];
  for (const floor of PATH_FLOORS) {
    const entries = readdirSync(join(folder, floor), { withFileTypes: true, recursive: true });
    for (const entry of entries) {
      if (entry.isFile() && entry.name.endsWith(".ts"))
        texts.push(readFileSync(join(entry.parentPath, entry.name), "utf8"));
    }
  }
  return readVocabulary(texts);
}

/**
 * Checks a file and the files it imports by relative path. Returns the complaints in the order of the files, then lines.
 *
 * A file that cannot be read or parsed is a complaint as well.
 */
export function checkUserFile(file: string, vocabulary: Vocabulary): FormComplaint[] {
  const complaints: FormComplaint[] = [];
  const waiting = [resolve(file)];
  const seen = new Set(waiting);
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    if (!existsSync(at)) {
      const imported = at === resolve(file) ? "" : `; ${file} or a file of its own imports it`;
      complaints.push({ file: at, line: 1, message: `there is no such file${imported}` });
      continue;
    }
    const { complaints: found, imports } = checkUserText(at, readFileSync(at, "utf8"), vocabulary);
    complaints.push(...found);
    for (const specifier of imports) {
      const target = resolve(dirname(at), specifier);
      if (!seen.has(target) && /\.[cm]?[jt]s$/.test(target)) {
        seen.add(target);
        waiting.push(target);
      }
    }
  }
  return complaints;
}

/** As `checkUserFile` for one text; also tells the relative imports, as written. */
export function checkUserText(
  file: string,
  text: string,
  vocabulary: Vocabulary,
): { complaints: FormComplaint[]; imports: string[] } {
  let result: { complaints: FormComplaint[]; imports: string[] } | undefined;
  // `pre` sees the tree as parsed; afterwards the loader's own plugins rewrite it.
  const plugin = {
    name: "interleaf-forms",
    visitor: {},
    pre(parsed: { ast: { program: Node } }) {
      result = new Inspection(file, parsed.ast.program, vocabulary).run();
    },
  };
  const options: JitiOptions = { fsCache: false, moduleCache: false };
  const code = createJiti(import.meta.url, options).transform({
    source: text,
    filename: file,
    ts: true,
    babel: { plugins: [() => plugin] },
  });
  if (result !== undefined) return result;
  const [, line = "1"] = /"line":(\d+)/.exec(code) ?? [];
  const [, message = "cannot be parsed"] = /"message":"((?:[^"\\]|\\.)*)"/.exec(code) ?? [];
  return {
    complaints: [{ file, line: Number(line), message: `is not TypeScript: ${message.trim()}` }],
    imports: [],
  };
}

/** A node of the syntax tree: ESTree with Babel's names. */
interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } } | null;
  readonly [key: string]: unknown;
}

/** One file: collects the names it declares, then judges every node. */
class Inspection {
  readonly #file: string;
  readonly #program: Node;
  readonly #vocabulary: Vocabulary;
  readonly #parents: Map<Node, Node> = new Map();
  readonly #nodes: Node[] = [];
  readonly #ownPaths: Set<string> = new Set();
  readonly #ownSteps: Set<string> = new Set();
  readonly #ownPlain: Set<string> = new Set();
  /** Receivers that are a machine: `k` by convention, and those on which an unmistakable step is called. */
  readonly #machines: Set<string> = new Set(["k"]);
  /** Names of called generators: driven by `yield*`, or handed on. */
  readonly #driven: Set<string> = new Set();
  readonly #handedOn: Set<string> = new Set();
  readonly #complaints: FormComplaint[] = [];

  constructor(file: string, program: Node, vocabulary: Vocabulary) {
    this.#file = file;
    this.#program = program;
    this.#vocabulary = vocabulary;
  }

  run(): { complaints: FormComplaint[]; imports: string[] } {
    this.#index(this.#program);
    for (const node of this.#nodes) this.#declare(node);
    for (const node of this.#nodes) this.#findMachine(node);
    for (const node of this.#nodes) this.#judge(node);
    for (const node of this.#nodes) this.#judgeOneStep(node);
    const imports = this.#nodes
      .filter((node) => /^(Import|Export(All|Named))Declaration$/.test(node.type) && isNode(node["source"]))
      .map((node) => String((node["source"] as Node)["value"]))
      .filter((specifier) => specifier.startsWith("."));
    return { complaints: this.#complaints.sort((a, b) => a.line - b.line), imports };
  }

  #index(node: Node): void {
    this.#nodes.push(node);
    for (const [key, value] of Object.entries(node)) {
      if (key === "loc" || key.endsWith("Comments")) continue;
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (!isNode(child)) continue;
        this.#parents.set(child, node);
        this.#index(child);
      }
    }
  }

  // ---- what the file declares

  #declare(node: Node): void {
    // A parameter that is a path: `work: (k: Kernel) => Path`.
    if (node.type === "Identifier" && isPathType(node["typeAnnotation"])) this.#ownPaths.add(nameOf(node)!);
    if (!isFunction(node)) return;
    const name = this.#functionName(node);
    if (name === undefined) return;
    const type = returnTypeName(node);
    if (node["generator"] === true || type === "Path" || type === "Generator") this.#ownPaths.add(name);
    else if (type === "Suspend") this.#ownSteps.add(name);
    else this.#ownPlain.add(name);
  }

  #functionName(node: Node): string | undefined {
    const own = nameOf(node["id"]) ?? nameOf(node["key"]);
    if (own !== undefined) return own;
    const parent = this.#parents.get(node);
    if (parent?.type === "VariableDeclarator") return nameOf(parent["id"]);
    if (parent?.type === "ObjectProperty" || parent?.type === "ClassProperty") return nameOf(parent["key"]);
    return undefined;
  }

  /** A receiver is a machine when an unmistakable step is called on it. */
  #findMachine(node: Node): void {
    if (!isCall(node)) return;
    const { name, receiver } = calleeOf(node);
    if (name === undefined || receiver === undefined || !this.#vocabulary.steps.has(name)) return;
    const parent = this.#parents.get(node);
    const announced = parent?.type === "IfStatement" && isBareYield(parent["consequent"]);
    if (announced || !this.#vocabulary.ambiguous.has(name)) this.#machines.add(receiver);
  }

  #isPath(call: Node): boolean {
    const { name, receiver } = calleeOf(call);
    if (name === undefined) return false;
    if (this.#ownPaths.has(name)) return !this.#ownPlain.has(name);
    return (
      this.#vocabulary.paths.has(name) && !(receiver !== undefined && this.#vocabulary.ambiguous.has(name))
    );
  }

  #isStep(call: Node): boolean {
    const { name, receiver } = calleeOf(call);
    if (name === undefined) return false;
    if (this.#ownSteps.has(name)) return !this.#ownPlain.has(name);
    if (!this.#vocabulary.steps.has(name)) return false;
    if (receiver === undefined) return !this.#ownPlain.has(name);
    return this.#machines.has(receiver) || !this.#vocabulary.ambiguous.has(name);
  }

  // ---- the forms

  #judge(node: Node): void {
    if (isCall(node)) {
      if (this.#isPath(node)) this.#judgePath(node);
      else if (this.#isStep(node)) this.#judgeStep(node);
    } else if (node.type === "Identifier") {
      const parent = this.#parents.get(node);
      const handed =
        parent !== undefined &&
        (isArgument(node, parent) || /^(ObjectProperty|ArrayExpression)$/.test(parent.type));
      if (handed) this.#handedOn.add(String(node["name"]));
    } else if (node.type === "YieldExpression") {
      this.#judgeYield(node);
    } else if (node.type === "TryStatement" && this.#enclosingFunction(node) !== undefined) {
      this.#complain(
        node,
        "no try, catch or finally around steps: a finding ends its task by a throw; write the unwinding out",
      );
    } else if (
      node.type === "AwaitExpression" ||
      (node.type === "ForOfStatement" && node["await"] === true)
    ) {
      this.#complain(node, "await has no place here: a path is a generator, run by the engine");
    } else if (isFunction(node) && node["async"] === true) {
      this.#complain(node, "async has no place here: a path is a generator, run by the engine");
    }
  }

  #judgePath(call: Node): void {
    const { name = "" } = calleeOf(call);
    const { child, parent } = this.#position(call);
    if (parent.type === "YieldExpression") {
      if (parent["delegate"] === true) this.#driven.add(name);
      return; // without the star it is reported as a yield with an operand
    }
    this.#handedOn.add(name);
    if (this.#isHandedOn(child, parent)) return;
    if (isReturned(child, parent)) {
      if (this.#enclosingFunction(call)?.["generator"] !== true) return;
      this.#complain(
        call,
        `returns the path ${name}(...) without running it: write \`return yield* ${name}(...)\``,
      );
    } else if (parent.type === "ExpressionStatement" || parent["operator"] === "void") {
      this.#complain(call, `${name}(...) makes a path and runs nothing: write \`yield* ${name}(...)\``);
    } else if (parent.type === "VariableDeclarator" || parent.type === "AssignmentExpression") {
      this.#complain(
        call,
        `keeps the path ${name}(...) instead of its result: write \`= yield* ${name}(...)\`, or hand it straight on`,
      );
    } else {
      this.#complain(call, `uses the path ${name}(...) as a value: write \`yield* ${name}(...)\``);
    }
  }

  #judgeStep(call: Node): void {
    const { name = "", receiver } = calleeOf(call);
    const shown = receiver === undefined ? name : `${receiver}.${name}`;
    const { child, parent } = this.#position(call);
    if (parent.type === "IfStatement" && parent["test"] === child) {
      if (isAnnouncement(parent)) return;
      this.#complain(
        call,
        `the branch of an announced step is \`yield;\` and nothing else: write \`if (${shown}(...)) yield;\`, then plain code`,
      );
    } else if (isReturned(child, parent)) {
      const around = this.#enclosingFunction(call);
      if (around !== undefined && around["generator"] !== true && this.#announces(around)) return;
      this.#complain(
        call,
        `only a plain function declared \`: Suspend\` may return ${shown}(...): declare it, or write \`if (${shown}(...)) yield;\``,
      );
    } else if (parent.type === "ExpressionStatement") {
      this.#complain(
        call,
        `announces ${shown}(...) and does not wait for its turn: write \`if (${shown}(...)) yield;\``,
      );
    } else {
      this.#complain(
        call,
        `${shown}(...) must be the whole condition: write \`if (${shown}(...)) yield;\` as a statement of its own`,
      );
    }
  }

  /** Declared `: Suspend`, here or by the library's interface that this function of a literal fulfils. */
  #announces(plain: Node): boolean {
    if (isNode(plain["returnType"])) return returnTypeName(plain) === "Suspend";
    const inLiteral = plain.type === "ObjectMethod" || this.#parents.get(plain)?.type === "ObjectProperty";
    return inLiteral && this.#vocabulary.steps.has(this.#functionName(plain) ?? "");
  }

  #judgeYield(node: Node): void {
    const operand = isNode(node["argument"]) ? node["argument"] : undefined;
    if (node["delegate"] === true) {
      if (
        operand !== undefined &&
        /^(ArrayExpression|StringLiteral|ObjectExpression|NewExpression)$/.test(operand.type)
      ) {
        this.#complain(
          node,
          "yield* takes a path: this is something else, and would suspend without an announced step",
        );
      }
      return;
    }
    if (operand !== undefined) {
      const { name = "" } = isCall(operand) ? calleeOf(operand) : {};
      this.#complain(
        node,
        isCall(operand) && this.#isPath(operand)
          ? `yields the path instead of running it: write \`yield* ${name}(...)\``
          : "yield takes no value: announce the step, `if (k.step(...)) yield;`",
      );
      return;
    }
    const condition = this.#parents.get(this.#parents.get(node) ?? node);
    if (condition !== undefined && isAnnouncement(condition)) {
      const test = condition["test"] as Node;
      const { name = "", receiver } = calleeOf(test);
      if (receiver !== undefined || this.#isStep(test) || !this.#ownPlain.has(name)) return;
    }
    this.#complain(node, "a bare yield stands only behind an announced step: `if (k.step(...)) yield;`");
  }

  /** A generator for one access; a one-step body that is only ever handed on is a task. */
  #judgeOneStep(node: Node): void {
    if (!isFunction(node) || node["generator"] !== true || node.type === "ObjectMethod") return;
    const name = this.#functionName(node);
    const parent = this.#parents.get(node);
    if (name === undefined || parent?.type === "ObjectProperty") return;
    const body = node["body"] as Node;
    const statements = body["body"] as Node[];
    const [first, second] = statements;
    if (first === undefined || statements.length > 2 || !isAnnouncement(first)) return;
    if (second !== undefined && second.type !== "ReturnStatement") return;
    // An exported one may be a task of another file.
    const exported = parent?.type.startsWith("Export") === true;
    if (!this.#driven.has(name) && (exported || this.#handedOn.has(name))) return;
    this.#complain(
      node,
      `a generator for a single access: return the announcement from a plain function (\`${name}(...): Suspend\`) and write \`if (${name}(...)) yield;\``,
    );
  }

  // ---- where things stand

  /** Looking through assertions and the branches of `?:` and `??`. */
  #position(node: Node): { child: Node; parent: Node } {
    let child = node;
    let parent = this.#parents.get(child) ?? this.#program;
    while (
      /^TS(As|Satisfies|NonNull)Expression$|^ParenthesizedExpression$/.test(parent.type) ||
      (parent.type === "ConditionalExpression" && parent["test"] !== child) ||
      (parent.type === "LogicalExpression" && parent["operator"] === "??")
    ) {
      child = parent;
      parent = this.#parents.get(child) ?? this.#program;
    }
    return { child, parent };
  }

  #isHandedOn(child: Node, parent: Node): boolean {
    if (isArgument(child, parent)) return true;
    const literal =
      parent.type === "ObjectProperty" && parent["value"] === child
        ? (this.#parents.get(parent) ?? parent)
        : parent;
    if (literal.type !== "ObjectExpression" && literal.type !== "ArrayExpression") return false;
    const outside = this.#position(literal);
    return this.#isHandedOn(outside.child, outside.parent) || isReturned(outside.child, outside.parent);
  }

  #enclosingFunction(node: Node): Node | undefined {
    for (let at = this.#parents.get(node); at !== undefined; at = this.#parents.get(at)) {
      if (isFunction(at)) return at;
    }
    return undefined;
  }

  #complain(node: Node, message: string): void {
    this.#complaints.push({ file: this.#file, line: node.loc?.start.line ?? 1, message });
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function isCall(node: Node): boolean {
  return node.type === "CallExpression" || node.type === "OptionalCallExpression";
}

function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|ClassMethod|ClassPrivateMethod)$/.test(
    node.type,
  );
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return String(node["name"]);
  return node.type === "PrivateName" ? nameOf(node["id"]) : undefined;
}

/** `f(...)`: its name; `a.b.f(...)`: also the receiver as text, where it is made of plain names. */
function calleeOf(call: Node): { name?: string; receiver?: string } {
  const callee = call["callee"];
  if (!isNode(callee)) return {};
  if (callee.type === "Identifier") return { name: String(callee["name"]) };
  if (!/^(Optional)?MemberExpression$/.test(callee.type) || callee["computed"] === true) return {};
  const name = nameOf(callee["property"]);
  return name === undefined ? {} : { name, receiver: receiverText(callee["object"]) };
}

function receiverText(node: unknown): string {
  if (!isNode(node)) return "?";
  if (node.type === "ThisExpression") return "this";
  if (node.type === "TSNonNullExpression") return receiverText(node["expression"]);
  if (node.type === "MemberExpression")
    return `${receiverText(node["object"])}.${nameOf(node["property"]) ?? "?"}`;
  return nameOf(node) ?? "?";
}

/** Is it `: (...) => Path`? */
function isPathType(annotation: unknown): boolean {
  if (!isNode(annotation)) return false;
  const type = annotation["typeAnnotation"];
  if (!isNode(type) || type.type !== "TSFunctionType") return false;
  const result = typeNameIn(type["returnType"] ?? type["typeAnnotation"]);
  return result === "Path" || result === "Generator";
}

function returnTypeName(node: Node): string | undefined {
  return typeNameIn(node["returnType"]);
}

function typeNameIn(annotation: unknown): string | undefined {
  if (!isNode(annotation)) return undefined;
  const type = annotation["typeAnnotation"];
  return isNode(type) && type.type === "TSTypeReference" ? nameOf(type["typeName"]) : undefined;
}

function isArgument(child: Node, parent: Node): boolean {
  return (
    (isCall(parent) || parent.type === "NewExpression") && (parent["arguments"] as Node[]).includes(child)
  );
}

function isReturned(child: Node, parent: Node): boolean {
  return (
    parent.type === "ReturnStatement" ||
    (parent.type === "ArrowFunctionExpression" && parent["body"] === child)
  );
}

function isBareYield(node: unknown): boolean {
  if (!isNode(node) || node.type !== "ExpressionStatement") return false;
  const expression = node["expression"] as Node;
  return (
    expression.type === "YieldExpression" &&
    expression["delegate"] !== true &&
    !isNode(expression["argument"])
  );
}

/** `if (f(...)) yield;` and nothing else. */
function isAnnouncement(node: Node): boolean {
  return (
    node.type === "IfStatement" &&
    isCall(node["test"] as Node) &&
    isBareYield(node["consequent"]) &&
    !isNode(node["alternate"])
  );
}
