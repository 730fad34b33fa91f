/**
 * The oracle: every interleaving of a program with every outcome of its choices, and the canonical key of each.
 *
 * It shares nothing with the explorers but the machine and the table of conflicts: clocks are worked out here by
 * comparing all pairs of steps.
 */
import {
  conflicts,
  type Driver,
  type Finding,
  kinds,
  type Machine,
  type RunEnd,
  type TaskSpec,
} from "../../src/sched/index.ts";

const { CHOICE } = kinds;

/**
 * Canonical key of the newest run: for each task, its steps with objects, classes, outcome and vector clock, and the
 * choices between them. Two runs have the same key iff they are the same Mazurkiewicz trace.
 */
export function keyOf(k: Machine, end: RunEnd): string {
  const log = k.log;
  const clocks: number[][] = [];
  const lines: string[][] = Array.from({ length: k.tasks }, () => []);
  for (let i = 0; i < log.length; i++) {
    const t = log.task[i]!;
    if (log.kind[i] === CHOICE) {
      clocks.push([]);
      lines[t]!.push(`choice ${log.site[i]}=${log.outcome[i]}`);
      continue;
    }
    const clock = new Array<number>(k.tasks).fill(0);
    for (let e = 0; e < i; e++) {
      if (log.kind[e] === CHOICE) continue;
      if (log.task[e] === t || dependent(k, e, i)) {
        const other = clocks[e]!;
        for (let u = 0; u < k.tasks; u++) clock[u] = Math.max(clock[u]!, other[u]!);
      }
    }
    clock[t] = log.nth[i]!;
    clocks.push(clock);
    const accesses: string[] = [];
    for (let j = log.firstAccess[i]!; j < log.firstAccess[i + 1]!; j++) {
      accesses.push(`${k.nameOf(log.object[j]!)}:${log.accessClass[j]}`);
    }
    lines[t]!.push(`${log.kind[i]} ${accesses.join(",")} ->${log.outcome[i]} [${clock.join(",")}]`);
  }
  return `${end} killed=${k.killed}\n${lines.map((l, t) => `t${t}: ${l.join("; ")}`).join("\n")}`;
}

function dependent(k: Machine, e: number, i: number): boolean {
  const log = k.log;
  for (let a = log.firstAccess[e]!; a < log.firstAccess[e + 1]!; a++) {
    for (let b = log.firstAccess[i]!; b < log.firstAccess[i + 1]!; b++) {
      if (log.object[a] === log.object[b] && conflicts(log.accessClass[a]!, log.accessClass[b]!)) return true;
    }
  }
  return false;
}

/** A finding without what depends on the order of independent steps. */
export function findingKey(f: Finding): string {
  return `${f.code} ${f.at.task} ${f.at.site} ${[...f.objects].sort().join(",")}`;
}

/** What all interleavings together show. */
export interface Everything {
  readonly keys: ReadonlySet<string>;
  /** Interleavings run. */
  readonly runs: number;
  /** Every finding of every interleaving. */
  readonly findings: ReadonlySet<string>;
}

/** Runs every interleaving, or undefined if there are more than `limit`. */
export function everything(
  k: Machine,
  specs: () => readonly TaskSpec[],
  faults: number,
  limit: number,
): Everything | undefined {
  const keys = new Set<string>();
  const findings = new Set<string>();
  /** Alternatives still to be taken at each entry. */
  const left: number[][] = [];
  let forced = -1;
  const usedBefore: number[] = [0];
  const driver: Driver = {
    pick(machine, enabled) {
      const i = machine.log.length;
      if (i < left.length) {
        left.length = i + 1;
        return forced;
      }
      const options: number[] = [];
      for (let t = 0; t < machine.tasks; t++) if (enabled & (1 << t)) options.push(t);
      const first = options.shift()!;
      left.push(options);
      usedBefore[i + 1] = usedBefore[i]!;
      return first;
    },
    choose(machine, _site, count) {
      const i = machine.log.length;
      let outcome = 0;
      if (i < left.length) {
        left.length = i + 1;
        outcome = forced;
      } else {
        const options: number[] = [];
        if (usedBefore[i]! < faults) for (let o = 1; o < count; o++) options.push(o);
        left.push(options);
      }
      usedBefore[i + 1] = usedBefore[i]! + (outcome === 0 ? 0 : 1);
      return outcome;
    },
  };
  let keep = -1;
  let runs = 0;
  for (;;) {
    const end = k.run(specs(), driver, keep);
    if (++runs > limit) return undefined;
    const key = keyOf(k, end);
    keys.add(key);
    for (const f of k.findings) findings.add(findingKey(f));
    let i = k.log.length - 1;
    while (i >= 0 && left[i]!.length === 0) i--;
    if (i < 0) return { keys, runs, findings };
    forced = left[i]!.shift()!;
    keep = i;
  }
}
