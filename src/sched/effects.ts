/**
 * What steps do to the words they name: locks are taken and given back, counters counted, places taken and closed.
 *
 * Only these effects are the machine's; what is written behind `write`, `rmw`, `cas` and `storeRelease` is plain code.
 * An effect is the same in a replayed step as in a new one. A rule that is broken (unlock without holding, a count
 * below zero) is a finding of its detector; with the detector off the effect takes place all the same.
 */
import type { AccessFindings } from "./access-findings.ts";
import type { FindingFacts } from "./finding.ts";
import type { Holds } from "./holds.ts";
import {
  ADD,
  COMPLETE,
  DEC_AND_TEST,
  DOWNGRADE,
  ENQUEUE_READ,
  ENQUEUE_WRITE,
  EXCHANGE,
  EXIT,
  FETCH_AND_NOT,
  FETCH_OR,
  FREE,
  INC_NOT_ZERO,
  LEAVE_QUEUE,
  LOCK,
  LOCK_KILLABLE,
  RCU_CALL,
  RCU_GRACE_START,
  RCU_READ_LOCK,
  RCU_READ_UNLOCK,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  SEQ_WRITE_BEGIN,
  SEQ_WRITE_END,
  SIGNAL,
  SPAWN,
  STORE,
  TIMER_ARM,
  TIMER_FIRE,
  TIMER_RUNNING,
  TRYLOCK,
  UNLOCK,
  WAIT_FOR_COMPLETION,
  WAKE,
  WORK_RUNNING,
  WORK_TAKE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import type { Memory } from "./memory.ts";
import type { Places } from "./places.ts";
import { MAX_TASKS, type Path } from "./protocol.ts";
import { COUNTER, FAIR, RCU, RWSEM } from "./roles.ts";
import type { Rows } from "./rows.ts";

/** What effects need from the execution they belong to. */
export interface EffectsHost {
  readonly tasks: number;
  nameOf(word: number): string;
  holderName(holder: number): string;
  violation(code: string, facts: FindingFacts): void;
  bear(child: number, holder: number): void;
}

/** A deferred callback: what to do, once the read sections that have begun are over. */
export interface Callback {
  readonly name: string;
  readonly run: () => Path<unknown>;
}

/** A callback in the queue of an RCU domain. */
export class QueuedCallback {
  readonly callback: Callback;
  /** Sections that had begun. */
  readonly sections: readonly number[];
  constructor(callback: Callback, sections: readonly number[]) {
    this.callback = callback;
    this.sections = sections;
  }
  digest(): string {
    return this.callback.name;
  }
}

/** A place in a fair queue. */
interface QueuedPlace {
  readonly at: number;
  readonly write: boolean;
}

/** Effects of the steps of one machine. */
export class Effects {
  /** What a pending step carries that is no number: the task to spawn, the callback to queue. By holder. */
  readonly payload: unknown[] = new Array<unknown>(MAX_TASKS + 1).fill(null);
  /** What a grace period just started, or a place just taken, has to wait for. By holder. */
  readonly obstacles: (readonly number[])[] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  readonly #memory: Memory;
  readonly #rows: Rows;
  readonly #held: Holds;
  readonly #places: Places;
  readonly #access: AccessFindings;
  readonly #host: EffectsHost;

  constructor(
    memory: Memory,
    rows: Rows,
    held: Holds,
    places: Places,
    access: AccessFindings,
    host: EffectsHost,
  ) {
    this.#memory = memory;
    this.#rows = rows;
    this.#held = held;
    this.#places = places;
    this.#access = access;
    this.#host = host;
  }

  /** What a step does to locks and counters; other writes of atomics are the plain code. */
  apply(kind: number, operand: number, outcome: number, word: number, value: number, holder: number): void {
    const memory = this.#memory;
    switch (kind) {
      case ADD:
        if (this.#rows.role[word] === COUNTER) this.#checkCounter(word, value, operand);
        memory.setNum(word, value + operand);
        return;
      case DEC_AND_TEST:
        this.#checkCounter(word, value, -1);
        memory.setNum(word, value - 1);
        return;
      case INC_NOT_ZERO:
        if (outcome === 1) memory.setNum(word, value + 1);
        return;
      case LOCK:
      case TRYLOCK:
      case LOCK_KILLABLE:
        if (outcome === 1) {
          memory.setNum(word, holder + 1);
          this.#held.take(holder, word, true, this.#rows.role[word], operand);
        }
        return;
      case UNLOCK:
      case WRITE_UNLOCK:
        this.#release(word, true, holder);
        memory.setNum(word, 0);
        return;
      case READ_LOCK:
      case READ_TRYLOCK:
      case READ_LOCK_KILLABLE:
        if (outcome === 1) {
          memory.setNum(word, value + 1);
          this.#held.take(holder, word, false, RWSEM, operand);
        }
        return;
      case READ_UNLOCK:
        if (this.#release(word, false, holder)) memory.setNum(word, value - 1);
        return;
      case WRITE_LOCK:
      case WRITE_TRYLOCK:
      case WRITE_LOCK_KILLABLE:
        if (outcome === 1) {
          memory.setNum(word, -(holder + 1));
          this.#held.take(holder, word, true, RWSEM, operand);
        }
        return;
      case DOWNGRADE:
        this.#release(word, true, holder);
        memory.setNum(word, 1);
        this.#held.take(holder, word, false, RWSEM, 0);
        return;
      case STORE:
      case EXCHANGE:
        memory.setNum(word, operand);
        return;
      case FETCH_OR:
        memory.setNum(word, value | operand);
        return;
      case FETCH_AND_NOT:
        memory.setNum(word, value & ~operand);
        return;
      case FREE:
        this.#access.freeRow(word, value, holder);
        return;
      case SIGNAL:
      case EXIT:
        memory.setNum(word, 1);
        return;
      case SPAWN:
        memory.setNum(word, 1);
        this.#host.bear(operand, holder);
        return;
      case SEQ_WRITE_BEGIN:
        if (value % 2 !== 0) this.#misuse(`${this.#host.nameOf(word)} is entered by a second writer`, word);
        memory.setNum(word, value + 1);
        return;
      case SEQ_WRITE_END:
        if (value % 2 === 0)
          this.#misuse(`${this.#host.nameOf(word)} is left although no writer is inside`, word);
        memory.setNum(word, value + 1);
        return;
      case COMPLETE:
      case WAKE:
        memory.setNum(word, value + 1);
        return;
      case WAIT_FOR_COMPLETION:
        memory.setNum(word, value - 1);
        return;
      case TIMER_ARM:
        memory.setNum(word, operand * 2 + (value % 2));
        return;
      case TIMER_FIRE:
        memory.setNum(word, TIMER_RUNNING);
        return;
      case WORK_TAKE:
        memory.setNum(word, WORK_RUNNING);
        return;
      case RCU_READ_LOCK:
        if (!this.#held.has(holder, word, false))
          this.#places.take(word, holder, this.#host.holderName(holder), "section");
        this.#held.take(holder, word, false, RCU, 0);
        return;
      case RCU_READ_UNLOCK:
        this.#held.drop(holder, this.#places.ownerOf(word), false, RCU);
        if (operand === 1) memory.setNum(word, 1);
        return;
      case RCU_GRACE_START:
        this.obstacles[holder] = this.#sectionsBegun(word, holder);
        return;
      case RCU_CALL:
        this.#queueCallback(word, value, holder);
        return;
      case ENQUEUE_READ:
      case ENQUEUE_WRITE:
        this.#enqueue(word, kind === ENQUEUE_WRITE, operand, holder);
        return;
      case LEAVE_QUEUE: {
        const lock = this.#places.ownerOf(word);
        if (!this.#held.drop(holder, lock, true, FAIR)) this.#held.drop(holder, lock, false, FAIR);
        memory.setNum(word, 1);
        return;
      }
      default:
        return;
    }
  }

  #checkCounter(word: number, value: number, change: number): void {
    if (change > 0 && value === 0) {
      this.#complain(
        "refcount-misuse",
        `${this.#host.nameOf(word)} is taken although it has reached zero`,
        word,
      );
    } else if (value + change < 0) {
      this.#complain(
        "refcount-misuse",
        `${this.#host.nameOf(word)} is dropped although it is ${value} already`,
        word,
      );
    }
  }

  #complain(code: string, message: string, word: number): void {
    this.#host.violation(code, { message, objects: [this.#host.nameOf(word)] });
  }

  #misuse(message: string, word: number): void {
    this.#complain("lock-misuse", message, word);
  }

  #release(word: number, write: boolean, holder: number): boolean {
    if (this.#held.drop(holder, word, write, this.#rows.role[word])) return true;
    this.#misuse(
      `${this.#host.nameOf(word)} is ${write ? "" : "read-"}unlocked by a task that does not hold it`,
      word,
    );
    return false;
  }

  /** Sections of others that have begun in this run, one per task: its newest. Earlier ones are over by then. */
  #sectionsBegun(domain: number, holder: number): readonly number[] {
    if (this.#held.has(holder, domain, false)) {
      this.#complain(
        "rcu-misuse",
        `${this.#host.holderName(holder)} waits for a grace period of ${this.#host.nameOf(domain)} inside its own read section`,
        domain,
      );
    }
    return this.#sections(domain, holder);
  }

  #sections(domain: number, holder: number): readonly number[] {
    const sections: number[] = [];
    for (let h = 0; h <= this.#host.tasks; h++) {
      const section = this.#places.last(domain, h);
      if (h !== holder && section >= 0) sections.push(section);
    }
    return sections;
  }

  #queueCallback(domain: number, value: number, holder: number): void {
    const queue = (this.#memory.refs[domain] as readonly QueuedCallback[] | undefined) ?? [];
    const own = this.#held.has(holder, domain, false) ? [this.#places.last(domain, holder)] : [];
    const queued = new QueuedCallback(this.payload[holder] as Callback, [
      ...this.#sections(domain, holder),
      ...own,
    ]);
    this.#memory.setRef(domain, Object.freeze([...queue, queued]));
    this.#memory.setNum(domain, value + 1);
  }

  /** Takes a place in the queue of a fair lock: the queue is its last writer and the readers behind it. */
  #enqueue(lock: number, write: boolean, subclass: number, holder: number): void {
    const queue = (this.#memory.refs[lock] as readonly QueuedPlace[] | undefined) ?? [];
    const place = this.#places.take(lock, holder, this.#host.holderName(holder), "turn");
    this.obstacles[holder] = queue.filter((p) => write || p.write).map((p) => p.at);
    this.#memory.setRef(
      lock,
      Object.freeze(write ? [{ at: place, write }] : [...queue, { at: place, write }]),
    );
    this.#held.take(holder, lock, write, FAIR, subclass);
  }
}
