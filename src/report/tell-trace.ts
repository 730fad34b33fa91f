/**
 * Tells a trace by replaying it with notes switched on, looking before each step.
 *
 *     before a step:  what changed since the last look belongs to the step before
 *     at the end:     names, because only now everything has its label
 */
import { type Divergence, type Program, replay, type Trace } from "../check/index.ts";
import { type Finding, KIND_NAMES, kinds, type Machine, type WordChange } from "../sched/index.ts";
import type { Told, ToldChange, ToldChoice, ToldFinding, ToldStep } from "./told.ts";
import { wordsOf } from "./words.ts";

/** A told trace, and whether it still is the run that was recorded. */
export interface Telling {
  readonly told: Told;
  /** The finding the trace promises, as it was found again. */
  readonly finding?: Finding;
  /** Where the program did something else than the trace says. */
  readonly divergence?: Divergence;
}

/** A step as seen right after its plain code. */
interface Seen {
  /** Its entry in the log. */
  readonly entry: number;
  readonly changes: readonly WordChange[];
  /** Value of its object. */
  readonly after: number;
}

/** Looks at a machine before each of its steps and after the last. */
class Watch {
  readonly machine: Machine;
  readonly seen: Seen[] = [];
  #checkpoint = -1;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.telling = true;
  }

  look(): void {
    const { log, memory } = this.machine;
    const entry = stepAt(this.machine, log.length - 1);
    if (this.#checkpoint >= 0 && entry >= 0 && this.seen.at(-1)?.entry !== entry) {
      const word = log.object[log.firstAccess[entry]!]!;
      this.seen.push({ entry, changes: memory.changesSince(this.#checkpoint), after: memory.nums[word]! });
    }
    this.#checkpoint = memory.checkpoint();
  }
}

/** The step that a log entry belongs to: itself, or for a choice the step before it. -1 if there is none. */
function stepAt(machine: Machine, entry: number): number {
  let at = Math.min(entry, machine.log.length - 1);
  while (at >= 0 && machine.log.kind[at] === kinds.CHOICE) at--;
  return at;
}

/**
 * Replays the trace on a fresh machine and says what each step did.
 *
 * Requires the program that the trace was made from; another one shows as a divergence, never as an error.
 */
export function tellTrace<S, M extends Machine>(program: Program<S, M>, trace: Trace): Telling {
  let watch: Watch | undefined;
  let tornDown = false;
  const watched: Program<S, M> = {
    name: program.name,
    ...(program.machine ? { machine: () => program.machine!() } : {}),
    tasks: (machine, state) => program.tasks(machine, state),
    ...(program.leaks === undefined ? {} : { leaks: program.leaks }),
    setup: (machine) => {
      watch = new Watch(machine);
      return program.setup(machine);
    },
    // The tear-down is no part of the story: the last look is before it.
    after: (machine, state) => {
      watch?.look();
      tornDown = true;
      machine.telling = false;
      program.after?.(machine, state);
    },
  };
  const replayed = replay(watched, trace, { onStep: () => watch?.look() });
  if (watch === undefined) throw new Error("the program was not set up: replay() must call setup()");
  if (!tornDown) watch.look();
  const { machine, seen } = watch;
  const told: Told = {
    tasks: machine.taskNames.slice(0, machine.tasks),
    steps: seen.map((step, i) => stepOf(machine, step, i)),
    findings: findingsOf(machine, seen, replayed.findings, replayed.finding),
    end: replayed.end,
  };
  return {
    told,
    ...(replayed.finding ? { finding: replayed.finding } : {}),
    ...(replayed.divergence ? { divergence: replayed.divergence } : {}),
  };
}

function stepOf(machine: Machine, seen: Seen, index: number): ToldStep {
  const { log } = machine;
  const { entry } = seen;
  const kind = log.kind[entry]!;
  const access = log.firstAccess[entry]!;
  const object = machine.nameOf(log.object[access]!);
  const choices: ToldChoice[] = [];
  let last = entry;
  while (last + 1 < log.length && log.kind[last + 1] === kinds.CHOICE) {
    last++;
    choices.push({ site: log.site[last] ?? "", outcome: log.outcome[last]! });
  }
  return {
    number: index + 1,
    task: log.task[entry]!,
    kind: KIND_NAMES[kind] ?? String(kind),
    site: log.site[entry] ?? "",
    object,
    outcome: log.outcome[entry]!,
    does: wordsOf({
      kind,
      object,
      operand: log.operand[entry]!,
      outcome: log.outcome[entry]!,
      before: log.before[access]!,
      after: seen.after,
      condition: kind === kinds.AWAIT ? (machine.conditions[log.operand[entry]!]?.name ?? "") : "",
    }),
    choices,
    notes: machine.notes.filter((note) => note.entry >= entry && note.entry <= last).map((note) => note.text),
    changes: seen.changes.map((change) => changeOf(machine, change)),
  };
}

function changeOf(machine: Machine, change: WordChange): ToldChange {
  return {
    name: machine.nameOf(change.word),
    before: valueText(machine, change.before),
    after: valueText(machine, change.after),
  };
}

function valueText(machine: Machine, value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => valueText(machine, item)).join(", ")}]`;
  if (typeof value === "object" && "at" in value && typeof value.at === "number") {
    return machine.nameOf(value.at);
  }
  return machine.referenceName(value);
}

/** The findings of the run, the promised one first. */
function findingsOf(
  machine: Machine,
  seen: readonly Seen[],
  findings: readonly Finding[],
  promised: Finding | undefined,
): ToldFinding[] {
  const ordered = promised ? [promised, ...findings.filter((finding) => finding !== promised)] : findings;
  const numberAt = (event: number): number => seen.findIndex((s) => s.entry === stepAt(machine, event)) + 1;
  return ordered.map((finding) => {
    // Sequential code has no task: what it finds, it finds behind the last step.
    const step = finding.at.task === "" ? 0 : numberAt(finding.at.event);
    const otherStep = finding.other === undefined ? 0 : numberAt(finding.other.event);
    return { finding, ...(step > 0 ? { step } : {}), ...(otherStep > 0 ? { otherStep } : {}) };
  });
}
