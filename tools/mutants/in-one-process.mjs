/**
 * The model in one process, over and over: each copy is all its modules evaluated anew, with some of them replaced. What V8
 * has compiled it keeps, so a copy costs some milliseconds instead of a process and three hundred files.
 *
 *     parent                                   child (this file, forked)
 *     { modules: { "mm/kernel.ts": CODE } }    compiles, once
 *     { replaced: { FILE: CODE }, cells }      a copy; explores the cells until one does not hold
 *     { ..., all: true }                       all of them, and what each came by of the probes
 *
 * The child sends "." now and then: whoever hears nothing for long takes it for caught in a loop without steps, and ends it.
 */
import { fork } from "node:child_process";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { asBroken, judge } from "./judge.mjs";

const HERE = fileURLToPath(import.meta.url);
/** A process that gives no sign of life for so long is caught in a loop without steps. */
const PATIENCE_MS = 60_000;

/** @typedef {import("./judge.mjs").Broken} Broken */
/** @typedef {import("./judge.mjs").Copy} Copy */
/** @typedef {{ cell: string, broken: Broken | null, steps: number, places: string[] }} Reached */
/** @typedef {(exports: object, require: (path: string) => unknown) => void} Body */
/** @typedef {{ replaced: Record<string, string>, cells: string[], all?: boolean }} Question */

/** One child; it is started anew after it had to be ended. */
export class Explorer {
  /** @type {Record<string, string>} */
  #modules;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /** @param {Record<string, string>} modules CommonJS text of all modules, by file below src/ */
  constructor(modules) {
    this.#modules = modules;
  }

  /**
   * What noticed the replaced modules first; null = nothing did. After `limit` milliseconds the code is "time".
   * @param {Record<string, string>} replaced
   * @param {string[]} cells
   * @param {number} limit
   * @returns {Promise<Broken | null>}
   */
  async hunt(replaced, cells, limit) {
    const answer = await this.#ask({ replaced, cells }, limit);
    if (typeof answer !== "string") return /** @type {Broken | null} */ (answer);
    const message = answer === "time" ? "not decided in time" : "a loop without steps";
    return { cell: cells[0] ?? "", code: answer, site: "", message };
  }

  /**
   * What each cell came by.
   * @param {Record<string, string>} replaced
   * @param {string[]} cells
   * @returns {Promise<Reached[]>}
   */
  async reached(replaced, cells) {
    const answer = await this.#ask({ replaced, cells, all: true }, undefined);
    if (typeof answer === "string") throw new Error(`the cells cannot be explored: ${answer}`);
    return /** @type {Reached[]} */ (answer);
  }

  end() {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  /**
   * @param {Question} question
   * @param {number | undefined} limit
   * @returns {Promise<unknown>} the answer, or "time" or "silence"
   */
  #ask(question, limit) {
    const child = this.#child ?? fork(HERE, { serialization: "advanced" });
    if (this.#child === undefined) child.send({ modules: this.#modules });
    this.#child = child;
    return new Promise((resolve, reject) => {
      /** @type {NodeJS.Timeout | undefined} */
      let patience;
      /** @param {string} why */
      const giveUp = (why) => {
        done();
        this.end();
        resolve(why);
      };
      const overall = limit === undefined ? undefined : setTimeout(() => giveUp("time"), limit);
      const listen = () => {
        clearTimeout(patience);
        patience = setTimeout(() => giveUp("silence"), PATIENCE_MS);
      };
      /** @param {any} message */
      const hear = (message) => {
        listen();
        if (message === ".") return;
        done();
        resolve(message.answer);
      };
      /** @param {number | null} code */
      const gone = (code) => {
        done();
        this.#child = undefined;
        reject(new Error(`the process that explores has ended with ${code}`));
      };
      const done = () => {
        clearTimeout(patience);
        clearTimeout(overall);
        child.off("message", hear);
        child.off("exit", gone);
      };
      child.on("message", hear);
      child.on("exit", gone);
      listen();
      child.send(question);
    });
  }
}

/** @param {string} code @param {string} file @returns {Body} */
function compile(code, file) {
  return /** @type {Body} */ (compileFunction(code, ["exports", "require"], { filename: file }));
}

/**
 * V8 keeps objects that get their properties one by one as dictionaries, unless they are somebody's prototype: imports would be
 * looked up by name at each use.
 * @template {object} T
 * @param {T} exports
 * @returns {T}
 */
function quick(exports) {
  Object.create(exports);
  return exports;
}

/**
 * All modules evaluated anew.
 * @param {Map<string, Body>} bodies
 * @param {Record<string, string>} replaced
 * @returns {Copy}
 */
function copyOf(bodies, replaced) {
  /** @type {Map<string, object>} */
  const loaded = new Map();
  /** @param {string} file @returns {any} */
  const load = (file) => {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const text = replaced[file];
    const body = text === undefined ? bodies.get(file) : compile(text, file);
    if (body === undefined) throw new Error(`there is no module ${file}`);
    const exports = {};
    loaded.set(file, exports);
    body(exports, (path) => load(posix.join(posix.dirname(file), path)));
    if (posix.basename(file) !== "index.ts") return quick(exports);
    // What a floor offers comes through getters; nobody imports it before all of it is there.
    const offered = quick({ ...exports });
    loaded.set(file, offered);
    return offered;
  };
  return { check: load("check/index.ts"), mm: load("mm/index.ts"), scenarios: load("scenarios/index.ts") };
}

function serve() {
  /** @type {Map<string, Body>} */
  const bodies = new Map();
  /** @type {Copy | undefined} */
  let original;
  const sign = () => process.send?.(".");
  /** @param {Question} question */
  const answer = ({ replaced, cells, all }) => {
    original ??= copyOf(bodies, {});
    let copy;
    try {
      copy = copyOf(bodies, replaced);
    } catch (error) {
      return asBroken(cells[0] ?? "", error);
    }
    /** @type {Reached[]} */
    const reached = [];
    for (const cell of cells) {
      const by = new Set();
      if (all) Object.assign(globalThis, { reached: by });
      const { broken, steps } = judge(copy, original, cell, sign);
      if (all) reached.push({ cell, broken, steps, places: [...by] });
      else if (broken !== null) return broken;
    }
    return all ? reached : null;
  };
  process.on("message", (/** @type {any} */ message) => {
    if (message.modules === undefined) process.send?.({ answer: answer(message) });
    else
      for (const [file, code] of Object.entries(message.modules))
        bodies.set(file, compile(String(code), file));
  });
}

if (process.argv[1] === HERE) serve();
