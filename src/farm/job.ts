/**
 * A job: one scenario under one choice of designs and budgets, as plain data that any worker can do.
 *
 *     Job --(subjectOf: names become objects)--> Subject --(explore or replay)--> result
 *      |
 *      '--(parametersOf)--> texts in a trace --(jobOfTrace)--> the same Job
 */
import type { ExploreOptions, Trace } from "../check/index.ts";
import {
  describeDesigns,
  designsFor,
  FAILURE_MODELS,
  type FailureModel,
  type Image,
  isDesignProblem,
  PRESETS,
} from "../mm/index.ts";
import { SCENARIOS, type Scenario, type ScenarioInput, scenarioById } from "../scenarios/index.ts";
import type { UserDesigns } from "./user-designs.ts";
import type { UserScenario } from "./user-scenario.ts";

/** What to do, in names. */
export interface Job {
  /** An id of the gallery, or a user's file: `FILE.ts`, `FILE.ts#EXPORT`. */
  readonly scenario: string;
  readonly kernel: string;
  /** `POINT=VARIANT` pairs that replace the kernel's own. */
  readonly replacements: readonly string[];
  /** A user's file with designs. */
  readonly designFile?: string;
  /** Left out: the model the scenario is told under. */
  readonly failures?: FailureModel;
  readonly image?: Image;
  readonly pages?: number;
  /** Left out: what the scenario needs. */
  readonly faults?: number;
  readonly all?: boolean;
  readonly timeMs?: number;
  /** "dpor" when left out. */
  readonly explorer?: NonNullable<ExploreOptions["explorer"]>;
  /** For the samplers: seed, and for pct the number of ordering decisions. */
  readonly seed?: number;
  readonly depth?: number;
  /** Most executions altogether. */
  readonly executions?: number;
  /** Collect what was gone through, to say what never happened. */
  readonly coverage?: boolean;
  /** The bound of the bounded search; with dpor: judge only what some order reaches with so many preemptions. */
  readonly preemptions?: number;
}

/** A job with its names looked up. */
export interface Subject {
  readonly scenario: Scenario;
  readonly input: ScenarioInput;
  readonly faults: number;
  /** Variant at each decision point, and those that are not the kernel's own. */
  readonly designs: Readonly<Record<string, string>>;
  readonly replaced: Readonly<Record<string, string>>;
  /** Why the scenario says nothing about these designs. */
  readonly notApplicable?: string;
}

/** The user asked for something that is not there or cannot be: the message names it and the cure. */
export class InputProblem extends Error {
  override readonly name: string = "InputProblem";
}

/** Looks a job's names up. Throws an `InputProblem` for those that do not exist or do not go together. */
export function subjectOf(job: Job, user?: UserDesigns, mine?: UserScenario): Subject {
  const scenario = mine?.scenario ?? scenarioById(job.scenario);
  if (scenario === undefined) {
    const known = SCENARIOS.map((s) => s.id).join(", ");
    throw new InputProblem(
      `there is no scenario "${job.scenario}"; there are ${known} (see: list scenarios)`,
    );
  }
  const designs = designsFor(job.kernel, job.replacements, user?.variants ?? []);
  if (isDesignProblem(designs)) throw new InputProblem(`${designs.problem} (see: list designs)`);
  const failures = job.failures ?? scenario.failures;
  if (!FAILURE_MODELS.includes(failures)) {
    throw new InputProblem(`there is no failure model "${failures}"; there are ${FAILURE_MODELS.join(", ")}`);
  }
  if (job.image !== undefined && scenario.takesImage !== true) {
    const able = SCENARIOS.filter((s) => s.takesImage).map((s) => s.id);
    throw new InputProblem(`${scenario.id} cannot be laid out from an image; these can: ${able.join(", ")}`);
  }
  const names = describeDesigns(designs);
  const own = describeDesigns(PRESETS[job.kernel]!);
  const notApplicable = scenario.notApplicable?.(designs);
  return {
    scenario,
    input: {
      designs,
      failures,
      ...(job.image === undefined ? {} : { image: job.image }),
      ...(job.pages === undefined ? {} : { pages: job.pages }),
    },
    faults: job.faults ?? scenario.faults,
    designs: names,
    replaced: Object.fromEntries(Object.entries(names).filter(([point, name]) => own[point] !== name)),
    ...(notApplicable === undefined ? {} : { notApplicable }),
  };
}

/** What a trace keeps of its job: all of it but the budgets, so that it can be replayed with nothing else at hand. */
export function parametersOf(
  job: Job,
  subject: Subject,
  user?: UserDesigns,
  own?: UserScenario,
): Record<string, string> {
  return {
    ...(own === undefined ? {} : { scenario: job.scenario, scenarioHash: own.hash }),
    kernel: job.kernel,
    with: job.replacements.join(" "),
    designs: Object.entries(subject.designs)
      .map(([point, name]) => `${point}=${name}`)
      .join(" "),
    failures: subject.input.failures,
    ...(user === undefined ? {} : { design: user.file, designHash: user.hash }),
    ...(job.image === undefined ? {} : { image: JSON.stringify(job.image) }),
    ...(job.pages === undefined ? {} : { pages: String(job.pages) }),
  };
}

/** The job that a trace was made by. Throws an `InputProblem` when the trace does not say. */
export function jobOfTrace(trace: Trace): Job {
  const { parameters } = trace;
  const { kernel, failures, image, pages, design } = parameters;
  if (kernel === undefined || failures === undefined) {
    throw new InputProblem("the trace does not say which kernel and failure model it was made with");
  }
  return {
    scenario: parameters["scenario"] ?? trace.program,
    kernel,
    replacements: (parameters["with"] ?? "").split(" ").filter((pair) => pair !== ""),
    failures: failures as FailureModel,
    ...(design === undefined ? {} : { designFile: design }),
    ...(image === undefined ? {} : { image: imageOf(image) }),
    ...(pages === undefined ? {} : { pages: Number(pages) }),
  };
}

function imageOf(text: string): Image {
  let image: unknown;
  try {
    image = JSON.parse(text);
  } catch {
    throw new InputProblem("the image inside the trace is no JSON");
  }
  const areas = typeof image === "object" && image !== null && "areas" in image ? image.areas : undefined;
  if (!Array.isArray(areas) || !areas.every(isArea) || !("source" in (image as object))) {
    throw new InputProblem(
      "the image inside the trace is not one: areas with pages, rights and names are expected",
    );
  }
  return image as Image;
}

function isArea(area: unknown): boolean {
  if (typeof area !== "object" || area === null) return false;
  const record = area as Record<string, unknown>;
  const has = (type: string, names: readonly string[]): boolean =>
    names.every((n) => typeof record[n] === type);
  return (
    has("number", ["startPage", "endPage", "offsetPages"]) &&
    has("boolean", ["read", "write", "exec", "shared"]) &&
    has("string", ["device", "inode", "name"]) &&
    Number(record["startPage"]) < Number(record["endPage"])
  );
}
