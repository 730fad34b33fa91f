/**
 * Runs the tree's tests for Stryker in one process: everything is bundled once, and a mutant costs no more than the tests
 * that meet it, up to the first that fails. A start of vitest for each of 3,000 mutants would cost half a second each.
 *
 *   once         rolldown: the test files + src/maple, as Stryker has rewritten them   →  one module
 *                its import of "vitest" is what stands below: describe, it, beforeEach, and vitest's own expect
 *   dry run      every test, in order; Stryker's counters say which mutants each of them meets
 *   a mutant     the tests that meet it, until one fails; first those that found much in little time lately
 *
 * A mutant that is met while modules load, or tests are collected, is "static": for it the module is loaded again. An
 * endless loop ends when a mutant has been met 100 times as often as in the dry run, or when a test takes 2 seconds and 10
 * times what it took without a mutant; then another test must fail, or take as long, because a clock alone proves little.
 * The tree keeps no state outside of its objects, so that a mutant can leave nothing behind for the next one.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { rolldown } from "rolldown";

/** Reads the sources, which are not what they were in a mutation run. */
const NOT_RUN = ["survivors.test.ts"];
const TESTS = "test/maple";
const SHIM = "\0vitest";

/** Stryker's numbers for what came of a test; the last is ours. */
const SUCCESS = 0;
const FAILED = 1;
const ENDED = 3;

/** What a test file gets instead of vitest; the tests it registers stand in `tests`. */
function collector(expect) {
  const tests = [];
  const scopes = [];
  let file = "";
  const describe = (name, body) => {
    scopes.push({ name, before: [] });
    body();
    scopes.pop();
  };
  const it = (name, body) => {
    const names = scopes.map((scope) => scope.name).filter((part) => part !== "");
    tests.push({
      file,
      name: [...names, name].join(" "),
      run() {
        for (const scope of around) for (const hook of scope.before) hook();
        body();
      },
    });
    const around = [...scopes];
  };
  const nothing = () => {};
  describe.skipIf = (skip) => (skip ? nothing : describe);
  it.skipIf = (skip) => (skip ? nothing : it);
  return {
    tests,
    /** Called at the start of each test file. */
    begin(path) {
      file = path;
      scopes.splice(0, scopes.length, { name: "", before: [] });
    },
    vitest: { describe, it, expect, beforeEach: (hook) => scopes.at(-1).before.push(hook) },
  };
}

/** Vitest's assertions, which work without vitest. */
async function assertions() {
  const ofVitest = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
  const kit = await import(pathToFileURL(ofVitest.resolve("@vitest/expect")).href);
  for (const plugin of [kit.JestExtend, kit.JestChaiExpect, kit.JestAsymmetricMatchers]) kit.chai.use(plugin);
  const expect = (value, message) => kit.chai.expect(value, message);
  return Object.assign(expect, kit.chai.expect, globalThis[kit.ASYMMETRIC_MATCHERS_OBJECT]);
}

/** One module of all test files and what they import; returns where it was written. */
async function bundle(root) {
  const files = readdirSync(join(root, TESTS))
    .filter((name) => name.endsWith(".test.ts") && !NOT_RUN.includes(name))
    .map((name) => join(root, TESTS, name));
  const entry = "\0tests";
  const build = await rolldown({
    input: entry,
    platform: "node",
    treeshake: false,
    logLevel: "silent",
    plugins: [
      {
        name: "tests",
        resolveId: (id) => (id === "vitest" ? SHIM : id === entry ? entry : null),
        load(id) {
          if (id === entry) return files.map((file) => `import ${JSON.stringify(file)};`).join("\n");
          if (id === SHIM)
            return "export const { describe, it, expect, beforeEach } = globalThis.__tests__.vitest;";
          return null;
        },
        transform(code, id) {
          const placed = code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href));
          return files.includes(id)
            ? `globalThis.__tests__.begin(${JSON.stringify(id)});\n${placed}`
            : placed;
        },
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  await build.close();
  const directory = join(root, "coverage");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `tests-${process.pid}.mjs`);
  writeFileSync(path, output[0].code);
  return path;
}

class Runner {
  #expect;
  #url = "";
  #loads = 0;
  #tests = [];
  /** By test: milliseconds of its last whole run; mutants it has found, of which old ones count less and less. */
  #times = new Map();
  #found = new Map();
  /** Runs a test, and can end it from outside. */
  #started = new Script("__test__()");
  /** A test that is ended does not put back what it has changed. */
  #globals = Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([, d]) => "value" in d);
  /** Stryker's own object: which mutant is active, what is counted. */
  #ns;

  constructor() {
    globalThis.__stryker__ ??= {};
    this.#ns = globalThis.__stryker__;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env["MAPLE_QUICK"] = "1";
    this.#expect = await assertions();
    const root = resolve(".");
    if (!existsSync(join(root, TESTS))) throw new Error(`no tests in ${join(root, TESTS)}`);
    this.#url = pathToFileURL(await bundle(root)).href;
  }

  /** Loads all tests; a static mutant is active while this happens. */
  async #load() {
    const collected = collector(this.#expect);
    globalThis.__tests__ = collected;
    await import(`${this.#url}?${this.#loads++}`);
    this.#tests = collected.tests.map((test) => ({ ...test, id: `${test.file}#${test.name}` }));
  }

  async dryRun() {
    this.#ns.activeMutant = undefined;
    await this.#load();
    const tests = this.#tests.map((test) => this.#run(test));
    // A test that fails anyway would find every mutant.
    const failed = tests.find((test) => test.status !== SUCCESS);
    if (failed !== undefined)
      throw new Error(`${failed.name} fails without a mutant: ${failed.failureMessage}`);
    return { status: "complete", tests, mutantCoverage: this.#ns.mutantCoverage };
  }

  async mutantRun({ activeMutant, hitLimit, testFilter, mutantActivation }) {
    const ns = this.#ns;
    ns.hitLimit = hitLimit;
    ns.hitCount = hitLimit === undefined ? undefined : 0;
    const isStatic = mutantActivation === "static";
    try {
      if (isStatic || this.#tests.length === 0) {
        ns.activeMutant = isStatic ? activeMutant.id : undefined;
        await this.#load();
      }
      ns.activeMutant = activeMutant.id;
      return this.#hunt(testFilter === undefined ? undefined : new Set(testFilter));
    } catch (error) {
      if (!isStatic) throw error;
      return {
        status: "killed",
        killedBy: [],
        failureMessage: `while loading: ${error.message}`,
        nrOfTests: 0,
      };
    } finally {
      ns.activeMutant = undefined;
      // What a static mutant has loaded is good for it alone.
      if (isStatic) this.#tests = [];
    }
  }

  /** Runs tests until one fails. */
  #hunt(chosen) {
    for (const [id, count] of this.#found) this.#found.set(id, 0.97 * count);
    const promise = ({ id }) => ((this.#found.get(id) ?? 0) + 0.1) / ((this.#times.get(id) ?? 0) + 1);
    const tests = this.#tests
      .filter((test) => chosen === undefined || chosen.has(test.id))
      .sort((a, b) => promise(b) - promise(a));
    const endless = [];
    for (const [k, test] of tests.entries()) {
      const result = this.#run(test);
      const { hitCount, hitLimit } = this.#ns;
      if (hitCount > hitLimit)
        return { status: "timeout", reason: `Hit limit reached (${hitCount}/${hitLimit})` };
      if (result.status === ENDED) {
        endless.push(test.name);
        if (endless.length === 2) break;
      }
      if (result.status === FAILED) {
        const { failureMessage } = result;
        this.#found.set(test.id, (this.#found.get(test.id) ?? 0) + 1);
        return { status: "killed", killedBy: [test.id], failureMessage, nrOfTests: k + 1 };
      }
    }
    if (endless.length > 0) return { status: "timeout", reason: `endless: ${endless.join(", ")}` };
    return { status: "survived", nrOfTests: tests.length };
  }

  #run({ id, name, file, run }) {
    const start = performance.now();
    this.#ns.currentTestId = id;
    let failure;
    globalThis.__test__ = run;
    try {
      this.#started.runInThisContext({ timeout: 2000 + 10 * Math.ceil(this.#times.get(id) ?? 1000) });
    } catch (error) {
      failure = String(error?.message ?? error);
      if (error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") {
        for (const [key, descriptor] of this.#globals) Object.defineProperty(globalThis, key, descriptor);
        return { status: ENDED };
      }
    }
    this.#ns.currentTestId = undefined;
    const timeSpentMs = performance.now() - start;
    if (failure === undefined) this.#times.set(id, timeSpentMs);
    const result = { id, name, fileName: file, timeSpentMs };
    return failure === undefined
      ? { ...result, status: SUCCESS }
      : { ...result, status: FAILED, failureMessage: failure };
  }
}

export const strykerPlugins = [
  { kind: "TestRunner", name: "maple", factory: Object.assign(() => new Runner(), { inject: [] }) },
];
