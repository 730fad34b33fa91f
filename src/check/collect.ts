/**
 * Findings of an exploration: grouped, counted, each with its smallest known execution.
 *
 * Two findings are the same when code, functions and fields agree; which row of a slab, which task and which path led
 * there does not matter. Each execution that shows a finding is a candidate for its story: smaller ones replace
 * larger ones, and each story is confirmed by one replay on another machine, which must give the identical finding.
 */
import { type Finding, HiddenNondeterminism, type Machine } from "../sched/index.ts";
import { Execution } from "./execution.ts";
import { asItRan, type Linearisation, linearise, neededFor } from "./minimise.ts";
import { withoutInstance } from "./naming.ts";
import { Order } from "./order.ts";
import type { Program } from "./program.ts";
import { ReplayDriver, record, sameFinding } from "./replay.ts";
import type { Found, Proof } from "./result.ts";

/** Executions per finding whose story is worked out; beyond, only those with fewer steps than the best. */
const STORIES = 400;

/** What makes findings the same: code, function, fields, the other function. */
export function groupOf(finding: Finding): string {
  const fields = [...new Set(finding.objects.map(withoutInstance))].sort();
  const sites = [finding.at.site, finding.other?.site ?? ""];
  if (finding.code === "data-race") sites.sort(); // which side is met second is chance
  return [finding.code, sites[0], fields.join(","), sites[1]].join("|");
}

/** One finding and what is known of it: plain data. */
export interface Group {
  readonly key: string;
  count: number;
  tried: number;
  best: Story;
  /** Some execution might be told with fewer switches, and was not looked at closely enough to rule it out. */
  unproven?: boolean;
  /** With a bounded search: the bound at which it was first seen. */
  readonly preemptions?: number;
}

/** A finding with its smallest known execution. */
export type Story = Omit<Found, "proof" | "preemptions">;

/** What a search has proved so far. */
export interface Proven {
  /** Largest fault budget that was exhausted, -1 for none. */
  readonly faults: number;
  /** Nothing within it was left out. */
  readonly everything: boolean;
  /** Every story of at most so many switches was seen. */
  readonly switches: number;
}

/** What goes into each trace besides the run. */
export interface About {
  readonly model: string;
  readonly program: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Detectors that are off. */
  readonly off: readonly string[];
}

/** The findings of one exploration. */
export class Findings {
  readonly #groups: Map<string, Group> = new Map();
  readonly #program: Program<unknown, Machine>;
  readonly #about: About;
  readonly #raceDetection: boolean;
  #scratch: Execution<unknown, Machine> | undefined;

  constructor(program: Program<unknown, Machine>, about: About, raceDetection: boolean) {
    this.#program = program;
    this.#about = about;
    this.#raceDetection = raceDetection;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Takes in what one execution showed; its run is the newest of `machine`. */
  add(
    findings: readonly Finding[],
    machine: Machine,
    order: Order,
    faults: number,
    preemptions?: number,
  ): void {
    const here = new Set<string>();
    for (const finding of findings) {
      const key = groupOf(finding);
      if (here.has(key)) continue;
      here.add(key);
      const group = this.#groups.get(key);
      if (!group) {
        const best = this.#story(finding, machine, order);
        const bound = preemptions === undefined ? {} : { preemptions };
        this.#groups.set(key, {
          key,
          count: 1,
          tried: 1,
          best,
          ...(best.exact ? {} : { unproven: true }),
          ...bound,
        });
        continue;
      }
      group.count++;
      if (group.best.faults < faults) continue;
      this.#improve(group, finding, machine, order);
    }
  }

  #improve(group: Group, finding: Finding, machine: Machine, order: Order): void {
    const { best } = group;
    const needed = neededFor(finding, machine, order);
    const steps = needed.progress.reduce((sum, n) => sum + n, 0);
    const least = needed.progress.filter((n) => n > 0).length - 1;
    if (least > best.switches || (least === best.switches && steps >= best.steps)) return;
    if (group.tried >= STORIES && steps >= best.steps) {
      if (least < best.switches) group.unproven = true;
      return;
    }
    group.tried++;
    const line = linearise(needed, machine, order);
    if (!line.exact) group.unproven = true;
    if (line.switches > best.switches) return;
    if (line.switches === best.switches && line.tasks.length + line.choices.length >= best.steps) return;
    const found = this.#confirmed(finding, line, machine);
    if (found) group.best = found;
    else if (line.switches < best.switches) group.unproven = true;
  }

  #story(finding: Finding, machine: Machine, order: Order): Story {
    const short = linearise(neededFor(finding, machine, order), machine, order);
    const found = this.#confirmed(finding, short, machine);
    if (found) return found;
    // What the finding needs is more than the order says (a data race on the way): the whole run, then as it was.
    const whole = linearise(neededFor(undefined, machine, order), machine, order);
    const again =
      this.#confirmed(finding, { ...whole, exact: false }, machine) ??
      this.#confirmed(finding, asItRan(finding, machine), machine);
    if (again) return again;
    throw new HiddenNondeterminism(
      `${this.#program.name}: the finding "${finding.code}: ${finding.message}" did not come again when its schedule was replayed on a fresh machine. The program depends on something outside the machine: look for Date, Math.random, module state`,
      0,
    );
  }

  /** Replays a linearisation; the finding as it was found again, or undefined. */
  #confirmed(finding: Finding, line: Linearisation, machine: Machine): Story | undefined {
    if (!this.#scratch) {
      this.#scratch = new Execution(this.#program);
      this.#scratch.machine.raceDetection = this.#raceDetection;
      for (const code of this.#about.off) this.#scratch.machine.detect(code, false);
    }
    const scratch = this.#scratch;
    const names = machine.taskNames.slice(0, machine.tasks);
    const schedule = line.tasks.map((t): [number, number] => [t, 1]);
    const driver = new ReplayDriver(names, schedule, line.choices);
    const run = scratch.run(driver, -1);
    if (driver.divergence) return undefined;
    const again = run.findings.find((f) => sameFinding(f, finding));
    if (!again) return undefined;
    const order = new Order(scratch.machine);
    order.update(0);
    const trace = record(scratch, run, order, this.#about, again);
    return {
      finding: again,
      count: 1,
      steps: line.tasks.length + line.choices.length,
      switches: line.switches,
      faults: line.faults,
      exact: line.exact,
      trace,
    };
  }

  /** Everything, to be taken up elsewhere. */
  groups(): readonly Group[] {
    return [...this.#groups.values()].map((group) => ({ ...group }));
  }

  /** Takes in groups from elsewhere: counts add up, the smaller story stays. */
  merge(groups: readonly Group[]): void {
    for (const group of groups) {
      const own = this.#groups.get(group.key);
      if (!own) {
        this.#groups.set(group.key, { ...group });
        continue;
      }
      own.count += group.count;
      own.tried += group.tried;
      if (group.unproven) own.unproven = true;
      if (compareStories(group.best, own.best) < 0) own.best = group.best;
    }
  }

  /** All findings, smallest stories first. */
  list(proven: Proven): readonly Found[] {
    const found = [...this.#groups.values()].map(
      (group): Found => ({
        ...group.best,
        count: group.count,
        proof: proofOf(group, proven),
        ...(group.preemptions === undefined ? {} : { preemptions: group.preemptions }),
      }),
    );
    return found.sort((a, b) => compareStories(a, b) || (groupOf(a.finding) < groupOf(b.finding) ? -1 : 1));
  }
}

function proofOf({ best, unproven }: Group, proven: Proven): Proof {
  return {
    faults: best.faults === 0 || (proven.everything && proven.faults >= best.faults - 1),
    switches: !unproven && best.exact && proven.faults >= best.faults && best.switches - 1 <= proven.switches,
  };
}

/** Fewest faults, then fewest switches, then fewest steps, then the order of their text. */
function compareStories(a: Story, b: Story): number {
  return (
    a.faults - b.faults ||
    a.switches - b.switches ||
    a.steps - b.steps ||
    compareTexts(JSON.stringify(a.trace.steps), JSON.stringify(b.trace.steps))
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
