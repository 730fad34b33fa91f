/**
 * A user's own scenario: a TypeScript file that exports one, or a program without a kernel in it.
 *
 *     check ./mine.ts            the one scenario or program that the file exports
 *     check ./mine.ts#stack      the export of that name
 *
 * What its functions give is watched, so that a promise, a missing generator or rubbish is refused where it is given.
 */
import type { Program } from "../check/index.ts";
import { FAILURE_MODELS, type Kernel } from "../mm/index.ts";
import type { Scenario } from "../scenarios/index.ts";
import { InputProblem } from "./job.ts";
import { isPath, type Library, loadUserModule, whatItIs } from "./user-module.ts";

/** A scenario from a file. */
export interface UserScenario {
  /** As the user named it. */
  readonly file: string;
  /** SHA-256 of its content. */
  readonly hash: string;
  readonly scenario: Scenario;
  /** A plain program: kernel, designs and failure models are not its business. */
  readonly kernelFree: boolean;
}

/** The file and the export that the name of a scenario means; undefined for an id of the gallery. */
export function scenarioFileOf(name: string): { readonly file: string; readonly name?: string } | undefined {
  const [, file, wanted] = /^(.+\.[cm]?[jt]s)(?:#(\w+))?$/.exec(name) ?? [];
  if (file === undefined) return undefined;
  return { file, ...(wanted === undefined ? {} : { name: wanted }) };
}

/** Loads a file's scenario. Throws an `InputProblem`. @param reference `FILE.ts` or `FILE.ts#EXPORT` */
export async function loadUserScenario(reference: string, library: Library): Promise<UserScenario> {
  const wanted = scenarioFileOf(reference);
  if (wanted === undefined) throw new InputProblem(`${reference} names no TypeScript file`);
  const { file } = wanted;
  const { module, hash } = await loadUserModule(file, library, "check");
  const exports: readonly (readonly [string, unknown])[] =
    typeof module === "object" && module !== null ? Object.entries(module) : [];
  const able = exports.filter(([, value]) => isScenario(value) || isProgram(value));
  const named = wanted.name === undefined ? able : able.filter(([name]) => name === wanted.name);
  if (named.length === 0) {
    const there = able.map(([name]) => name).join(", ");
    throw new InputProblem(
      wanted.name !== undefined && there !== ""
        ? `${file} has no scenario or program "${wanted.name}"; it has ${there}`
        : `${file} exports no scenario and no program: export an object with id and program(), or one with name, setup() and tasks()`,
    );
  }
  if (named.length > 1) {
    const there = named.map(([name]) => `${file}#${name}`).join(", ");
    throw new InputProblem(`${file} exports several scenarios: name one of ${there}`);
  }
  const [name, value] = named[0]!;
  const kernelFree = isProgram(value);
  const scenario = kernelFree ? scenarioOf(value) : completed(value as Readonly<Record<string, unknown>>);
  const problem = problemOf(scenario);
  if (problem !== undefined) throw new InputProblem(`${file}: the export "${name}" ${problem}`);
  return { file, hash, scenario: watched(scenario, file), kernelFree };
}

function has(value: unknown, functions: readonly string[]): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  return functions.every((name) => typeof record[name] === "function");
}

function isScenario(value: unknown): boolean {
  return has(value, ["program"]);
}

function isProgram(value: unknown): value is Program<unknown, Kernel> {
  return has(value, ["setup", "tasks"]);
}

function scenarioOf(program: Program<unknown, Kernel>): Scenario {
  return {
    id: program.name,
    title: program.name,
    story: "",
    faults: 1,
    failures: "any",
    witnesses: program.witnesses ?? [],
    program: () => program,
    layout: () => "",
  };
}

/** What may be left out of a scenario in a file: all but its id and its program. */
function completed(given: Readonly<Record<string, unknown>>): Scenario {
  const defaults = {
    title: given["id"],
    story: "",
    faults: 1,
    failures: "any",
    witnesses: [],
    layout: () => "as the scenario lays it out",
  };
  return { ...defaults, ...given } as unknown as Scenario;
}

function problemOf(scenario: Scenario): string | undefined {
  const given = scenario as unknown as Readonly<Record<string, unknown>>;
  for (const name of ["id", "title", "story"]) {
    if (typeof given[name] !== "string")
      return `has a wrong "${name === "id" ? 'id" or "name' : name}": it is a text`;
  }
  if (scenario.id === "") return "has no name";
  if (!Number.isSafeInteger(scenario.faults) || scenario.faults < 0)
    return `has a wrong "faults": it is a count`;
  if (!FAILURE_MODELS.includes(scenario.failures))
    return `has a wrong "failures": it is one of ${FAILURE_MODELS.join(", ")}`;
  const { witnesses } = given;
  if (!Array.isArray(witnesses) || !witnesses.every((w) => typeof w === "string"))
    return `has wrong "witnesses": they are a list of texts`;
  return typeof given["layout"] === "function"
    ? undefined
    : `has a wrong "layout": it is a function that gives a text`;
}

/** The scenario with its functions watched. */
function watched(scenario: Scenario, file: string): Scenario {
  const wrong = (what: string, value: unknown, cure: string): never => {
    throw new InputProblem(`${file}: ${what} gave ${whatItIs(value)}; it must ${cure}`);
  };
  return {
    ...scenario,
    program: (input) => {
      const program: unknown = scenario.program(input);
      if (!isProgram(program))
        return wrong("program()", program, "return an object with name, setup() and tasks()");
      return {
        ...program,
        name: typeof program.name === "string" ? program.name : scenario.id,
        ...(program.machine ? { machine: () => program.machine!() } : {}),
        setup: (k) => {
          const state = program.setup(k);
          return whatItIs(state) === "a promise"
            ? wrong("setup()", state, "be plain code, without async")
            : state;
        },
        tasks: (k, state) => {
          const tasks: unknown = program.tasks(k, state);
          if (!Array.isArray(tasks)) return wrong("tasks()", tasks, "return a list of { name, run }");
          return tasks.map((task: unknown) => {
            if (!has(task, ["run"]) || typeof task["name"] !== "string")
              return wrong("tasks()", task, "return a list of { name, run }, run being a generator function");
            const { name, run } = task as { name: string; run: () => unknown };
            return {
              ...task,
              name,
              run: () => {
                const path = run.call(task);
                return isPath(path)
                  ? (path as Generator<void, unknown, void>)
                  : wrong(`run() of "${name}"`, path, "be a generator function (write `*run()`)");
              },
            };
          });
        },
        ...(program.after ? { after: (k: Kernel, state: unknown) => program.after!(k, state) } : {}),
      };
    },
  };
}
