/**
 * What can be wrong with an access: the row it reaches is dead or never was one, or nothing orders it against another.
 *
 *   A                 B
 *   v = t.value
 *                     free(t)          nothing orders the two: some schedule frees first
 *
 * Whether something is wrong is seen on the way (`execution.ts`, `race.ts`); here is what is said about it, and who else
 * had a part in it.
 */
import type { Detectors } from "./detectors.ts";
import type { FindingFacts, Place } from "./finding.ts";
import { FREE, KIND_NAMES, RCU_READ_LOCK, RCU_READ_UNLOCK } from "./kind.ts";
import type { Log } from "./log.ts";
import type { Memory } from "./memory.ts";
import { ProtocolError } from "./protocol.ts";
import type { RacePartner, Races } from "./race.ts";
import type { Rows } from "./rows.ts";
import { ALIVE, DEAD, type Row } from "./slab.ts";

/** What access findings need from the execution they belong to. */
export interface AccessHost {
  readonly taskNames: readonly string[];
  /** Task whose code runs now, -1 in sequential code. */
  readonly current: number;
  readonly pendingKind: Int32Array;
  /** Function its code stands in. */
  readonly site: string;
  readonly raceDetection: boolean;
  readonly detectors: Detectors;
  /** Newest log entry of this run. */
  readonly entry: number;
  /** Is that entry beyond the replayed prefix? */
  readonly isNew: boolean;
  nameOf(word: number): string;
  find(code: string, facts: FindingFacts): never;
  violation(code: string, facts: FindingFacts): void;
  note(code: string, facts: FindingFacts): void;
}

/** Findings about accesses and lifetimes, of one machine. */
export class AccessFindings {
  /** Where each stand-in was put in its place, this run. */
  readonly #placed: Map<number, Place> = new Map();
  /** Races already reported in this run. */
  readonly #racesReported: Set<string> = new Set();
  readonly #memory: Memory;
  readonly #log: Log;
  readonly #rows: Rows;
  readonly #races: Races;
  readonly #host: AccessHost;

  constructor(memory: Memory, log: Log, rows: Rows, races: Races, host: AccessHost) {
    this.#memory = memory;
    this.#log = log;
    this.#rows = rows;
    this.#races = races;
    this.#host = host;
  }

  /** A new run begins. */
  reset(): void {
    if (this.#placed.size > 0) this.#placed.clear();
    if (this.#racesReported.size > 0) this.#racesReported.clear();
  }

  freeRow(life: number, value: number, holder: number): void {
    if (this.#rows.recycling && value === ALIVE) {
      this.#rows.recycle(this.#rows.at(life)!);
      return;
    }
    const name = this.#host.nameOf(life);
    const row = this.#rows.at(life)!;
    if (row.slab.permanent) throw new ProtocolError(`${name} is permanent: it cannot be freed`);
    if (value !== ALIVE) {
      this.#host.violation("double-free", {
        message: `${name} is freed twice`,
        objects: [name],
        ...this.#freedBy(life),
      });
      return;
    }
    for (const word of this.#rows.words(row, (spec) => spec.type === "lock")) {
      if (this.#memory.nums[word] !== 0)
        this.#host.violation("lock-misuse", {
          message: `${name} is freed while ${this.#host.nameOf(word)} is held`,
          objects: [this.#host.nameOf(word)],
        });
    }
    this.#memory.setNum(life, DEAD);
    if (holder > 0 && this.#host.raceDetection && this.#host.isNew) {
      const partner = this.#races.unorderedBeforeFree(life, this.#host.entry);
      if (partner) this.#reportUnorderedFree(name, partner);
    }
  }

  #reportUnorderedFree(name: string, partner: RacePartner): void {
    const user = this.#host.taskNames[partner.task];
    const facts = { objects: [name], other: this.#place(partner) };
    if (this.#insideSection(partner)) {
      this.#host.note("rcu-misuse", {
        message: `${name} is freed without a grace period although ${user} used it inside a read section that nothing orders before the free`,
        ...facts,
      });
    } else {
      this.#host.note("use-after-free", {
        message: `${name} is freed although nothing orders the free after its use by ${user}`,
        ...facts,
      });
    }
  }

  /** Was the access made between an RCU read lock and its unlock? */
  #insideSection(partner: RacePartner): boolean {
    const log = this.#log;
    let closed = 0;
    for (let e = partner.entry; e >= 0; e = log.previous[e]) {
      if (log.task[e] !== partner.task) return false; // done before its first step
      if (log.kind[e] === RCU_READ_UNLOCK) closed++;
      else if (log.kind[e] === RCU_READ_LOCK && closed-- === 0) return true;
    }
    return false;
  }

  /** Once per field and pair of tasks: a loop would say it a thousand times. */
  race(word: number, write: boolean, partner: RacePartner): void {
    const key = `${word} ${this.#host.current} ${partner.task}`;
    if (this.#racesReported.has(key)) return;
    this.#racesReported.add(key);
    const name = this.#host.nameOf(word);
    const guard = this.#rows.fieldOf(word)?.guard;
    this.#host.note("data-race", {
      message: `${name} is ${write ? "written" : "read"} by ${this.#host.taskNames[this.#host.current]} and ${partner.write ? "written" : "read"} by ${this.#host.taskNames[partner.task]} with nothing to order them${guard ? ` (its guard is ${guard})` : ""}`,
      objects: [name],
      other: this.#place(partner),
    });
  }

  /** A step on an atomic that another task set up without a step: what orders the two? */
  checkInit(word: number, i: number): void {
    const partner = this.#host.detectors.dataRace ? this.#races.unorderedInit(word, i) : undefined;
    if (!partner) return;
    const name = this.#host.nameOf(word);
    this.#host.note("data-race", {
      message: `${this.#host.taskNames[this.#host.current]} reaches ${name}, whose first value ${this.#host.taskNames[partner.task]} set with nothing to order the two`,
      objects: [name],
      other: this.#place(partner),
    });
  }

  dead(life: number, word: number, step: boolean): void {
    const name = this.#host.nameOf(word);
    const poison = this.#rows.poisonAt(life);
    const how = step
      ? this.#host.current < 0
        ? " by sequential code"
        : ` by a ${KIND_NAMES[this.#host.pendingKind[this.#host.current]]} step`
      : "";
    if (poison) {
      this.#host.find(poison.code, {
        message: `${name} is used${how}, but that is no object: ${poison.text}`,
        objects: [name],
        ...this.#putBy(life),
      });
    }
    this.#host.violation("use-after-free", {
      message: `${name} is used${how} after it was freed`,
      objects: [name],
      ...this.#freedBy(life),
    });
  }

  /** The running task puts a stand-in (see `Machine.poison`) where an object is expected: findings name the place. */
  placed(standIn: Row): void {
    const task = this.#host.current >= 0 ? this.#host.taskNames[this.#host.current] : "";
    const site = this.#host.current >= 0 ? this.#host.site : "";
    this.#placed.set(standIn.at, { task, site, event: this.#host.entry });
  }

  /** Who put the stand-in where it was found, if it was in this run. */
  #putBy(life: number): { readonly other?: Place } {
    const other = this.#placed.get(life);
    return other === undefined || other.event < 0 ? {} : { other };
  }

  /** Who freed the row, if it was in this run. */
  #freedBy(life: number): { readonly other?: Place } {
    const log = this.#log;
    for (let j = log.lastAccess[life]; j >= 0; j = log.previousAccess[j]) {
      const entry = log.entry[j];
      if (log.kind[entry] === FREE && entry < this.#host.entry) return { other: this.#placeOf(entry) };
    }
    return {};
  }

  #place(partner: RacePartner): Place {
    return {
      task: this.#host.taskNames[partner.task],
      site: partner.entry >= 0 ? (this.#log.site[partner.entry] ?? "") : "",
      event: partner.entry,
    };
  }

  #placeOf(entry: number): Place {
    return {
      task: this.#host.taskNames[this.#log.task[entry]],
      site: this.#log.site[entry] ?? "",
      event: entry,
    };
  }

  /** Where the value of a plain word comes from: the newest write this run. */
  originOf(word: number): Place | undefined {
    const write = this.#races.lastWrite(word);
    return write ? this.#place(write) : undefined;
  }
}
