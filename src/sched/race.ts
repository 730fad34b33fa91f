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
  A,
  AWAIT,
  CAS,
  CHOICE,
  COMPLETE,
  DEC_AND_TEST,
  DOWNGRADE,
  EXCHANGE,
  FETCH_AND_NOT,
  FETCH_OR,
  INC_NOT_ZERO,
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
  RCU_CALL,
  RCU_DEREFERENCE,
  RCU_GRACE_START,
  RCU_READ_LOCK,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  RMW,
  SEQ_READ_BEGIN,
  SEQ_WRITE_END,
  SPAWN,
  STORE_RELEASE,
  TIMER_FIRE,
  TRYLOCK,
  UNLOCK,
  W,
  WAIT_FOR_COMPLETION,
  WAKE,
  WORK_TAKE,
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
    case EXCHANGE:
    case FETCH_OR:
    case FETCH_AND_NOT:
    case SEQ_WRITE_END:
    case COMPLETE:
    case WAKE:
    case RCU_GRACE_START:
    case RCU_CALL:
      return true;
    case CAS:
    case INC_NOT_ZERO:
      return outcome === 1;
    default:
      return false;
  }
}

/** What a step takes over: nothing; */
const NOTHING = 0;
/** the history of the last writer, if it released it; */
const LAST_WRITER = 1;
/** of every releaser since the last writer, that one included; */
const RELEASERS = 2;
/** of whoever changed the value (a wait: the waking side orders, whatever kind of step it took); */
const CHANGERS = 3;
/** of every writer there ever was (RCU: a section sees what was done before any grace period in front of it). */
const ALL_WRITERS = 4;

function acquires(kind: number, outcome: number): number {
  switch (kind) {
    case LOCK:
    case WRITE_LOCK:
    case RMW:
    case DEC_AND_TEST:
    case EXCHANGE:
    case FETCH_OR:
    case FETCH_AND_NOT:
    case WAIT_FOR_COMPLETION:
    case TIMER_FIRE:
    case WORK_TAKE:
      return RELEASERS;
    case CAS:
    case INC_NOT_ZERO:
    case TRYLOCK:
    case WRITE_TRYLOCK:
    case WRITE_LOCK_KILLABLE:
    case LOCK_KILLABLE:
      return outcome === 1 ? RELEASERS : NOTHING;
    case READ_LOCK:
    case LOAD_ACQUIRE:
    case SEQ_READ_BEGIN:
    case RCU_DEREFERENCE:
      return LAST_WRITER;
    case READ_TRYLOCK:
    case READ_LOCK_KILLABLE:
      return outcome === 1 ? LAST_WRITER : NOTHING;
    case AWAIT:
      return CHANGERS;
    case RCU_READ_LOCK:
      return ALL_WRITERS;
    default:
      return NOTHING;
  }
}

/** An access that races with the one just made. */
export interface RacePartner {
  readonly task: number;
  readonly write: boolean;
  /** Log entry behind which the access was made, -1 before the task's first step. */
  readonly entry: number;
}

/** What a plain access does. */
const READ = 0;
const WRITE = 1;
/** First value of an atomic. */
const INIT = 2;

/** Race clocks of one machine. */
export class Races {
  /** Clock after each log entry, `stride` numbers each. */
  #clock: Int32Array = new Int32Array(256 * 4);
  #stride = 4;

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

  /** Room for this many tasks. */
  reserveTasks(tasks: number): void {
    if (tasks <= this.#stride) return;
    const stride = Math.max(tasks, this.#stride * 2);
    const entries = this.#clock.length / this.#stride;
    const clock = new Int32Array(entries * stride);
    for (let i = 0; i < this.#log.length && i < entries; i++) {
      for (let t = 0; t < this.#stride; t++) clock[i * stride + t] = this.#clock[i * this.#stride + t];
    }
    this.#clock = clock;
    this.#stride = stride;
  }

  /** Room for this many words. */
  reserveWords(words: number): void {
    if (words <= this.#last.length) return;
    const last = new Int32Array(Math.max(words, this.#last.length * 2)).fill(-1);
    last.set(this.#last);
    this.#last = last;
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
  stepped(i: number, alone: boolean): void {
    const log = this.#log;
    const stride = this.#stride;
    if ((i + 1) * stride > this.#clock.length) {
      const grown = new Int32Array((i + 1) * stride * 2);
      grown.set(this.#clock);
      this.#clock = grown;
    }
    const clock = this.#clock;
    const task = log.task[i];
    const at = i * stride;
    const own = this.#clockEntry(task, log.previous[i]);
    if (own >= 0) for (let t = 0, from = own * stride; t < stride; t++) clock[at + t] = clock[from + t];
    else for (let t = 0; t < stride; t++) clock[at + t] = 0;
    clock[at + task] = log.nth[i];
    if (alone) return;
    const mode = acquires(log.kind[i], log.outcome[i]);
    if (mode === NOTHING) return;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      for (let p = log.previousAccess[j]; p >= 0; p = log.previousAccess[p]) {
        const e = log.entry[p];
        const kind = log.kind[e];
        const accessClass = log.accessClass[p];
        const writer = accessClass === W;
        const takes =
          mode === CHANGERS
            ? writer || accessClass === A
            : releases(kind, log.outcome[e]) && (mode === RELEASERS || writer);
        if (takes) this.#join(at, e * stride);
        // An increment that found zero is of class w but wrote nothing: what was released before it is still there.
        if (writer && mode !== ALL_WRITERS && !(kind === INC_NOT_ZERO && log.outcome[e] === 0)) break;
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

  /**
   * Was a word of step `i` set up by another task (`Machine.init`) with nothing to order that before this step?
   * Returns the set-up.
   */
  unorderedInit(word: number, i: number): RacePartner | undefined {
    const log = this.#log;
    const task = log.task[i];
    for (let p = this.#last[word]; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      if (
        other !== task &&
        this.#write[p] === INIT &&
        this.#clock[i * this.#stride + other] <= this.#nth[p]
      ) {
        return { task: other, write: true, entry: this.#entry[p] };
      }
    }
    return undefined;
  }

  /** Were there plain accesses to the word? */
  touched(word: number): boolean {
    return this.#last[word] >= 0;
  }

  /** A plain access while there is only one task: nothing can race with it, and what comes later comes after it. */
  touchAlone(word: number, task: number, nth: number, entry: number, write: boolean): void {
    if (write) this.#append(word, task, nth, entry, WRITE);
  }

  /** A plain access behind log entry `entry`. Returns the newest access it races with, if any. */
  touch(word: number, task: number, nth: number, entry: number, write: boolean): RacePartner | undefined {
    const head = this.#last[word];
    if (
      head >= 0 &&
      this.#task[head] === task &&
      this.#nth[head] === nth &&
      (!write || this.#write[head] !== READ)
    ) {
      return undefined;
    }
    const partner = this.#unordered(task, write, head);
    this.#append(word, task, nth, entry, write ? WRITE : READ);
    return partner;
  }

  /** An atomic gets its first value behind log entry `entry`, without a step. */
  init(word: number, task: number, nth: number, entry: number): void {
    this.#append(word, task, nth, entry, INIT);
  }

  #unordered(task: number, write: boolean, head: number): RacePartner | undefined {
    const own = this.#clockEntry(task, this.#log.lastEntry[task]);
    for (let p = head; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      const wrote = this.#write[p] !== READ;
      // What is older than one's own read was judged then, as far as a read is concerned.
      if (other === task && !write) return undefined;
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
      if (other !== task && this.#clock[clock + other] < log.nth[e])
        return { task: other, write: false, entry: e };
    }
    return undefined;
  }

  #append(word: number, task: number, nth: number, entry: number, write: number): void {
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
    this.#write[i] = write;
    this.#entry[i] = entry;
    this.#previous[i] = this.#last[word];
    this.#last[word] = i;
  }

  /** Newest plain write to a word, for "where does this value come from": its log entry, or undefined. */
  lastWrite(word: number): RacePartner | undefined {
    for (let p = this.#last[word]; p >= 0; p = this.#previous[p]) {
      if (this.#write[p] !== READ) return { task: this.#task[p], write: true, entry: this.#entry[p] };
    }
    return undefined;
  }
}
