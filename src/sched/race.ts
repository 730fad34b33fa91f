/**
 * Data races and frees that nothing orders.
 *
 * Two plain accesses to the same word race when one of them writes and *synchronisation* does not order them:
 * lock and unlock, release and acquire, counters that report their result, spawn. That order is kept in clocks of
 * its own; the order in which an explorer happened to run two conflicting steps is not synchronisation.
 *
 *   clock of task t = for each task u, the last step of u that happened before t's present step
 *
 * A plain access made behind step k of task u happened before t's present code iff t's clock for u is > k: u must
 * have released something *after* the access. A step's own access is covered from k on.
 *
 * Accesses are kept as lists per word, newest first, and cut back together with the event log.
 */
import {
  AWAIT,
  CAS,
  CHOICE,
  DEC_AND_TEST,
  DOWNGRADE,
  INC_NOT_ZERO,
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  RMW,
  SPAWN,
  STORE_RELEASE,
  TRYLOCK,
  UNLOCK,
  W,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import type { Log } from "./log.ts";

/** A step of this kind hands its task's history on to those who acquire the object after it. */
function releases(kind: number, outcome: number): boolean {
  switch (kind) {
    case UNLOCK:
    case READ_UNLOCK:
    case WRITE_UNLOCK:
    case DOWNGRADE:
    case RMW:
    case STORE_RELEASE:
    case SPAWN:
    case DEC_AND_TEST:
      return true;
    case CAS:
    case INC_NOT_ZERO:
      return outcome === 1;
    default:
      return false;
  }
}

/** 0 = takes nothing over; 1 = from writers only; 2 = from every releaser; 3 = from whoever wrote (a wait). */
function acquires(kind: number, outcome: number): number {
  switch (kind) {
    case LOCK:
    case WRITE_LOCK:
    case RMW:
    case DEC_AND_TEST:
      return 2;
    case CAS:
    case INC_NOT_ZERO:
    case TRYLOCK:
    case WRITE_TRYLOCK:
    case WRITE_LOCK_KILLABLE:
    case LOCK_KILLABLE:
      return outcome === 1 ? 2 : 0;
    case READ_LOCK:
    case LOAD_ACQUIRE:
      return 1;
    case READ_TRYLOCK:
    case READ_LOCK_KILLABLE:
      return outcome === 1 ? 1 : 0;
    case AWAIT:
      return 3;
    default:
      return 0;
  }
}

/** An access that races with the one just made. */
export interface RacePartner {
  readonly task: number;
  readonly write: boolean;
  /** Log entry behind which the access was made, -1 before the task's first step. */
  readonly entry: number;
}

/** Race clocks of one machine. */
export class Races {
  /** Clock after each log entry, `stride` numbers each. */
  #clock: Int32Array = new Int32Array(256 * 8);
  #stride = 8;

  #word: Int32Array = new Int32Array(1024);
  #task: Int32Array = new Int32Array(1024);
  #nth: Int32Array = new Int32Array(1024);
  #write: Uint8Array = new Uint8Array(1024);
  #entry: Int32Array = new Int32Array(1024);
  #previous: Int32Array = new Int32Array(1024);
  #length = 0;
  #last: Int32Array = new Int32Array(1 << 12).fill(-1);
  readonly #log: Log;
  /** Entry whose clock a task starts with (its spawner's step), -1 for tasks there from the start. */
  #birth: Int32Array = new Int32Array(32).fill(-1);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Room for this many tasks and words. */
  reserve(tasks: number, words: number): void {
    if (tasks > this.#stride) {
      const stride = Math.max(tasks, this.#stride * 2);
      const entries = this.#clock.length / this.#stride;
      const clock = new Int32Array(entries * stride);
      for (let i = 0; i < this.#log.length && i < entries; i++) {
        for (let t = 0; t < this.#stride; t++) clock[i * stride + t] = this.#clock[i * this.#stride + t];
      }
      this.#clock = clock;
      this.#stride = stride;
    }
    if (words > this.#last.length) {
      const last = new Int32Array(Math.max(words, this.#last.length * 2)).fill(-1);
      last.set(this.#last);
      this.#last = last;
    }
  }

  /** Cuts back to the first `entries` log entries; -1 drops even what was done before the first step. */
  cut(entries: number): void {
    while (this.#length > 0 && this.#entry[this.#length - 1] >= entries) {
      const i = --this.#length;
      this.#last[this.#word[i]] = this.#previous[i];
    }
    if (entries < 0) {
      while (this.#length > 0) this.#last[this.#word[--this.#length]] = -1;
    }
  }

  /** The task starts with the history of log entry `entry`. */
  born(task: number, entry: number): void {
    this.#birth[task] = entry;
  }

  /** Sets the clock of log entry `i`, a step that was just appended with its accesses. */
  stepped(i: number): void {
    const log = this.#log;
    const stride = this.#stride;
    if ((i + 1) * stride > this.#clock.length) {
      const grown = new Int32Array(this.#clock.length * 2);
      grown.set(this.#clock);
      this.#clock = grown;
    }
    const clock = this.#clock;
    const task = log.task[i];
    const at = i * stride;
    const own = this.#clockEntry(task, log.previous[i]);
    if (own >= 0) clock.copyWithin(at, own * stride, own * stride + stride);
    else clock.fill(0, at, at + stride);
    clock[at + task] = log.nth[i];
    const mode = acquires(log.kind[i], log.outcome[i]);
    if (mode === 0) return;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      for (let p = log.previousAccess[j]; p >= 0; p = log.previousAccess[p]) {
        const e = log.entry[p];
        const writer = log.accessClass[p] === W;
        if (mode === 3 ? writer : releases(log.kind[e], log.outcome[e]) && (mode === 2 || writer)) {
          this.#join(at, e * stride);
        }
        if (writer) break;
      }
    }
  }

  /** Entry that holds the clock of a task whose newest log entry is `entry`. */
  #clockEntry(task: number, entry: number): number {
    const log = this.#log;
    let e = entry;
    while (e >= 0 && log.kind[e] === CHOICE) e = log.previous[e]; // choices carry no clock
    return e >= 0 ? e : this.#birth[task];
  }

  #join(into: number, from: number): void {
    const clock = this.#clock;
    for (let t = 0; t < this.#stride; t++) {
      if (clock[from + t] > clock[into + t]) clock[into + t] = clock[from + t];
    }
  }

  /** A plain access behind log entry `entry`. Returns the newest access it races with, if any. */
  touch(word: number, task: number, nth: number, entry: number, write: boolean): RacePartner | undefined {
    const head = this.#last[word];
    if (head >= 0 && this.#task[head] === task && this.#nth[head] === nth && (!write || this.#write[head] === 1)) {
      return undefined;
    }
    const partner = this.#unordered(task, write, head);
    this.#append(word, task, nth, entry, write);
    return partner;
  }

  #unordered(task: number, write: boolean, head: number): RacePartner | undefined {
    const own = this.#clockEntry(task, this.#log.lastEntry[task]);
    for (let p = head; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      const wrote = this.#write[p] === 1;
      if (other !== task) {
        const ordered = own >= 0 && this.#clock[own * this.#stride + other] > this.#nth[p];
        if (!ordered && (write || wrote)) return { task: other, write: wrote, entry: this.#entry[p] };
      }
      if (wrote) return undefined; // what is older was judged against this write
    }
    return undefined;
  }

  /**
   * A row is freed by log entry `i`: is there an access to it by another task, plain or by a step, that nothing
   * orders before the free? Then some schedule frees first.
   */
  unorderedBeforeFree(life: number, i: number): RacePartner | undefined {
    const log = this.#log;
    const task = log.task[i];
    const clock = i * this.#stride;
    for (let p = this.#last[life]; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      if (other !== task && this.#clock[clock + other] <= this.#nth[p]) {
        return { task: other, write: false, entry: this.#entry[p] };
      }
    }
    for (let j = log.previousAccess[log.firstAccess[i]]; j >= 0; j = log.previousAccess[j]) {
      const e = log.entry[j];
      const other = log.task[e];
      if (other !== task && this.#clock[clock + other] < log.nth[e]) return { task: other, write: false, entry: e };
    }
    return undefined;
  }

  #append(word: number, task: number, nth: number, entry: number, write: boolean): void {
    const i = this.#length++;
    if (i === this.#word.length) {
      const grow = (a: Int32Array): Int32Array => {
        const b = new Int32Array(a.length * 2);
        b.set(a);
        return b;
      };
      this.#word = grow(this.#word);
      this.#task = grow(this.#task);
      this.#nth = grow(this.#nth);
      this.#entry = grow(this.#entry);
      this.#previous = grow(this.#previous);
      const w = new Uint8Array(this.#write.length * 2);
      w.set(this.#write);
      this.#write = w;
    }
    this.#word[i] = word;
    this.#task[i] = task;
    this.#nth[i] = nth;
    this.#write[i] = write ? 1 : 0;
    this.#entry[i] = entry;
    this.#previous[i] = this.#last[word];
    this.#last[word] = i;
  }

  /** Newest plain write to a word, for "where does this value come from": its log entry, or undefined. */
  lastWrite(word: number): RacePartner | undefined {
    for (let p = this.#last[word]; p >= 0; p = this.#previous[p]) {
      if (this.#write[p] === 1) return { task: this.#task[p], write: true, entry: this.#entry[p] };
    }
    return undefined;
  }
}
