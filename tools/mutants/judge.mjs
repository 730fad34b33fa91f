/**
 * What stands against a cell: scenario on kernel, or a program of system calls.
 *
 *     fork-fails@7.1              must hold
 *     exit-vs-reaper@4.14!        must fail: a mutant is noticed there when nothing is found any more
 *     munmap-vs-fault@7.1+        one more of each role
 *     fork-fails@5.15,faults=2    another budget of faults, and the witnesses that are seen without a mutant, no fewer and no more
 *     ...,failures=any            another failure model; POINT=VARIANT replaces a variant
 *     calls@6.10                  no scenario: a program of calls, answered as by the model without a mutant
 */
import { answers } from "./same-calls.mjs";

/** Executions per cell: more than the largest unmutated cell has. */
const EXECUTIONS = 20_000;
/** Executions between two looks at what was found. */
const SLICE = 100;
/** A run longer than this goes in circles: the longest of an unmutated scenario has some 200 steps. */
const STEPS = 2000;

/**
 * The modules of one copy of the model, by floor.
 * @typedef {{ check: any, mm: any, scenarios: any }} Copy
 * @typedef {{ cell: string, code: string, site: string, message: string }} Broken
 * @typedef {{ broken: Broken | null, steps: number }} Judged `steps`: what it cost; calls of a program count as one each
 */

/** Witnesses that are seen without a mutant, by cell. @type {Map<string, string>} */
const SEEN = new Map();

/**
 * @param {Copy} copy
 * @param {Copy} original without a mutant: for its answers to calls, and what is seen in it
 * @param {string} cell
 * @param {() => void} sign called now and then: a sign of life
 * @returns {Judged}
 */
export function judge(copy, original, cell, sign) {
  const [id, where] = /** @type {[string, string]} */ (cell.split("@"));
  if (id === "calls") return compareCalls(copy.mm, original.mm, cell, where, sign);
  const more = where.split(",").slice(1);
  const replacing = more.filter((pair) => !/^(faults|failures)=/.test(pair));
  const failing = more.find((pair) => pair.startsWith("failures="));
  const asked = more.find((pair) => pair.startsWith("faults="));
  const kernel = /** @type {string} */ (where.split(",")[0]).replace(/[!+]/g, "");
  const mustFail = where.includes("!");
  const scenario = copy.scenarios.scenarioById(id);
  let exploration;
  try {
    exploration = copy.check.explore(
      scenario.program({
        designs: copy.mm.designsFor(kernel, replacing),
        failures: failing?.slice("failures=".length) ?? scenario.failures,
        larger: where.includes("+"),
      }),
      {
        faults: asked === undefined ? scenario.faults : Number(asked.slice("faults=".length)),
        executions: EXECUTIONS,
        stepsPerExecution: STEPS,
      },
    );
  } catch (error) {
    return { broken: asBroken(cell, error), steps: 0 }; // it cannot even be set up
  }
  let crash;
  for (let goesOn = true; ; ) {
    try {
      goesOn = exploration.slice(SLICE);
    } catch (error) {
      crash = asBroken(cell, error);
      goesOn = false;
    }
    sign();
    const { verdict, findings, reason, steps, witnesses } = exploration.result();
    const finding = findings[0]?.finding;
    if (finding !== undefined) {
      const found = { cell, code: finding.code, site: finding.at.site, message: finding.message };
      return { broken: mustFail ? null : found, steps };
    }
    if (crash !== undefined) return { broken: crash, steps };
    if (goesOn) continue;
    if (mustFail) {
      const message = "what is wrong here is not found";
      return { broken: { cell, code: "not found", site: "", message }, steps };
    }
    if (asked !== undefined && (verdict === "holds" || verdict === "vacuous")) {
      const seen = JSON.stringify(witnesses);
      if (copy === original) SEEN.set(cell, seen);
      else if (!SEEN.has(cell)) judge(original, original, cell, sign);
      if (SEEN.get(cell) === seen) return { broken: null, steps };
      return { broken: { cell, code: "other witnesses", site: "", message: seen }, steps };
    }
    if (verdict === "holds") return { broken: null, steps };
    return { broken: { cell, code: verdict, site: "", message: reason ?? "" }, steps };
  }
}

/**
 * @param {string} cell
 * @param {unknown} error
 * @returns {Broken}
 */
export function asBroken(cell, error) {
  const { name, message } = /** @type {Error} */ (error);
  return { cell, code: name, site: "", message: message.split("\n")[0] ?? "" };
}

/**
 * @param {Copy["mm"]} mutated
 * @param {Copy["mm"]} original
 * @param {string} cell
 * @param {string} kernel
 * @param {() => void} sign
 * @returns {Judged}
 */
function compareCalls(mutated, original, cell, kernel, sign) {
  let steps = 0;
  for (let seed = 1; seed <= 2; seed++) {
    const expected = answers(original, kernel, seed);
    const played = answers(mutated, kernel, seed);
    for (const right of expected) {
      let given;
      try {
        given = played.next().value;
      } catch (error) {
        return { broken: asBroken(cell, error), steps };
      }
      steps++;
      if (given !== right)
        return { broken: { cell, code: "another answer", site: "", message: String(given) }, steps };
    }
    sign();
  }
  return { broken: null, steps };
}
