/**
 * The machine: shared memory, tasks, the table of pending steps, and one execution of them.
 *
 * A task is a generator. Every access to a lock, an atomic or a flag is one *announced step* followed by plain code:
 *
 *     if (k.lock(account.lock, "withdraw")) yield;
 *     account.balance -= 10;                        // plain code: runs alone until the next announcement
 *     if (k.unlock(account.lock, "withdraw")) yield;
 *
 * An announcement overwrites the task's row in the table. With all other tasks suspended at theirs, the driver picks
 * the next task among the enabled ones. A step *executes* directly before its plain code: inside the announcing call
 * when the same task goes on (the call returns false and nothing is suspended), in the run loop when another does.
 * There its class and outcome are fixed, the values before it are logged, and the effect on locks and counters is
 * applied. Reads and writes of atomics are the plain code.
 *
 * Outside an exploration (set-up, libraries) the same source runs sequentially: announcements apply their effect and
 * return false; a step that would wait throws `WouldWait`.
 */
import type { Finding, FindingFacts, Place } from "./finding.ts";
import {
  ADD,
  AWAIT,
  CAS,
  CHOICE,
  classAt,
  type Condition,
  DEC_AND_TEST,
  DOWNGRADE,
  enabledAt,
  FREE,
  INC_NOT_ZERO,
  isKillable,
  KIND_NAMES,
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
  MAX_OBJECTS,
  NONE,
  outcomeAt,
  R,
  READ,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  RMW,
  SIGNAL,
  SPAWN,
  STORE_RELEASE,
  TRYLOCK,
  UNLOCK,
  WRITE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import { Log } from "./log.ts";
import { Memory } from "./memory.ts";
import { type RacePartner, Races } from "./race.ts";
import { ALIVE, type Atomic, DEAD, type Lock, POISON, type Row, type Slab } from "./slab.ts";

declare const announced: unique symbol;
/**
 * What an announcement returns: true when the task must let others run. It may stand only as
 * `if (k.step(...)) yield;`: a repository check holds that form.
 */
export type Suspend = boolean & { readonly [announced]?: true };
/** A path: a function of several steps. Called with `yield*`. */
export type Path<T = void> = Generator<void, T, void>;

const YES = true as unknown as Suspend;
const NO = false as unknown as Suspend;

/** A task to run. */
export interface TaskSpec {
  /** Short name for reports, unique among the tasks of a program. */
  readonly name: string;
  readonly run: () => Path<unknown>;
  /** A service that may wait for ever at the end without being stuck. */
  readonly daemon?: boolean;
}

/** Who decides. Asked only beyond the part of a run that is replayed. */
export interface Driver {
  /** The enabled task that takes the next step, or -1 to end the run here. `enabled` is a bit mask, never 0. */
  pick(machine: Machine, enabled: number): number;
  /** Outcome 0 .. count-1 of a choice. 0 is the ordinary outcome. */
  choose(machine: Machine, site: string, count: number): number;
}

/** How a run ended. */
export type RunEnd =
  /** Every task but daemons came to its end. */
  | "done"
  /** Some task waits for ever. */
  | "blocked"
  /** The driver ended it. */
  | "stopped"
  /** More steps than the machine's limit. */
  | "limit";

/** A program that was announced sequentially would have to wait. */
export class WouldWait extends Error {}
/** A fatal finding in sequential code (set-up, tear-down): it is the last of `machine.findings`. */
export class SequentialFinding extends Error {}
/** The program under test breaks the protocol. */
export class ProtocolError extends Error {}
/** The same prefix did not do the same again: something outside the machine leaks in. */
export class HiddenNondeterminism extends Error {
  /** Log entry at which the runs differ. */
  readonly entry: number;
  constructor(message: string, entry: number) {
    super(message);
    this.entry = entry;
  }
}

/** Runs a path to its end in sequential code. A step that would wait throws `WouldWait`. */
export function sequentially<T>(path: Path<T>): T {
  const step = path.next();
  if (!step.done) throw new ProtocolError("a path yielded in sequential code: only `if (k.step(...)) yield;` may yield");
  return step.value;
}

/** Ends a task after a fatal finding. Private: path code has no try. */
const FATAL = new Error("interleaf: a task was ended by a fatal finding (internal; never seen by users)");

/** Most tasks a machine can have: sets of tasks are bit masks. */
export const MAX_TASKS = 31;

const NO_SITE = "";
/** Room for the rows of one creator in a serial number. */
const ROWS_PER_CREATOR = 2 ** 24;

/** Shared state, tasks and one execution at a time. One machine serves a whole exploration. */
export class Machine {
  readonly memory: Memory = new Memory();
  readonly log: Log = new Log();
  readonly races: Races = new Races(this.log);

  /** Steps one run may take before it ends with "limit". */
  stepLimit = 1_000_000;
  /** Detect data races and unordered frees. */
  raceDetection = true;
  /** Keep notes: on when a trace is told, off while exploring. */
  telling = false;
  /** Where no driver runs: outcome of choices in sequential code. */
  sequentialChoice: (site: string, count: number) => number = () => 0;

  // ---- the table of pending steps: one row per task, readable by explorers
  readonly pendingKind: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly pendingOperand: Float64Array = new Float64Array(MAX_TASKS + 1);
  readonly pendingCount: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Objects of row t: `[t * MAX_OBJECTS ...]`, life objects not included. */
  readonly pendingObject: Int32Array = new Int32Array((MAX_TASKS + 1) * MAX_OBJECTS);
  readonly pendingSite: string[] = new Array<string>(MAX_TASKS + 1).fill(NO_SITE);
  readonly pendingCondition: (Condition | null)[] = new Array<Condition | null>(MAX_TASKS + 1).fill(null);

  // ---- tasks
  /** Tasks of this run, those spawned so far included. */
  tasks = 0;
  /** Task whose code runs now, -1 outside an execution. */
  current = -1;
  readonly taskNames: string[] = [];
  /** Bit masks: came to its end; ended by a fatal finding; daemon. */
  ended = 0;
  killed = 0;
  daemons = 0;
  readonly #generators: (Path<unknown> | null)[] = [];
  /** Word of each task's signal flag and of its birth mark. */
  readonly signalWord: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly birthWord: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Steps taken by each task in this run. */
  readonly #steps: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Locks held: word * 2 + (1 for write); index 0 is sequential code, t + 1 is task t. */
  readonly #held: number[][] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  /** Tasks by (creating task + 1, n-th spawn), so that names do not depend on the schedule. */
  readonly #spawnIndex: number[][] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  readonly #spawned: Int32Array = new Int32Array(MAX_TASKS + 1);
  #taskCount = 0;

  // ---- results, valid until the task's next announcement
  /** Outcome of the step just executed: trylock got it, CAS swapped, counter reached zero. */
  result = 1;

  // ---- one run
  findings: Finding[] = [];
  /** Events that the program named and that happened in some run so far: see `witness`. Never reset. */
  readonly witnessed: Set<string> = new Set();
  notes: { entry: number; text: string }[] = [];
  #exploring = false;
  #starting = false;
  #owesYield = false;
  #announcedNow = false;
  #next = -1;
  #keep = -1;
  #position = 0;
  #stepsTaken = 0;
  #end: RunEnd = "done";
  #driver: Driver | null = null;
  #spawnSpec: TaskSpec | null = null;

  // ---- names
  readonly #slabs: Map<Slab<Row>, SlabRows> = new Map();
  readonly #rows: Map<number, Row> = new Map();
  readonly #creators: Map<number, string> = new Map();
  readonly #sites: Map<string, number> = new Map();
  readonly #siteNames: string[] = [];
  readonly #conditions: Map<string, number> = new Map();
  /** Conditions of awaits by number (the operand of an await's log entry). */
  readonly conditions: Condition[] = [];
  /** Words of reference counters. */
  readonly #counters: Set<number> = new Set();
  #live: number[] = [];
  #liveAtMark = 0;
  readonly #poison: Map<string, { row: Row; code: string; text: string }> = new Map();
  readonly #poisonAt: Map<number, { code: string; text: string }> = new Map();

  /** True while tasks are being explored, false in set-up and sequential use. */
  get exploring(): boolean {
    return this.#exploring;
  }

  /** Condition of a task's last killable step: a signal cut the wait short. */
  get interrupted(): boolean {
    return this.result === 0;
  }

  // =====================================================================================================
  // Announcements. Each overwrites the task's row and asks who goes next.

  /** Announces an access of `kind` to one object. The general form; the named ones below read better. */
  step(kind: number, object: Lock | Atomic, operand = 0, site: string = NO_SITE): Suspend {
    return this.#announce(kind, object.word, operand, site);
  }
  /** Atomic read (READ_ONCE and kin): orders nothing. */
  read(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(READ, cell.word, 0, site);
  }
  /** Atomic write (WRITE_ONCE, set_bit): orders nothing. */
  write(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(WRITE, cell.word, 0, site);
  }
  /** Atomic read-modify-write whose old value is looked at; fully ordered. */
  rmw(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(RMW, cell.word, 0, site);
  }
  /** Adds without looking (atomic_inc, atomic_add). The machine applies it. Two of them commute. */
  add(cell: Atomic, amount: number, site: string = NO_SITE): Suspend {
    return this.#announce(ADD, cell.word, amount, site);
  }
  /** Compare and swap: `result` is 1 when the value was `expected`; the plain code then writes. */
  cas(cell: Atomic, expected: number, site: string = NO_SITE): Suspend {
    return this.#announce(CAS, cell.word, expected, site);
  }
  /** Load that takes over what a matching store released. */
  loadAcquire(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(LOAD_ACQUIRE, cell.word, 0, site);
  }
  /** Store that hands over everything done before it. */
  storeRelease(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(STORE_RELEASE, cell.word, 0, site);
  }
  /** Drops a reference: `result` is 1 when it was the last. The machine applies it. */
  decAndTest(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(DEC_AND_TEST, cell.word, 0, site);
  }
  /** Takes a reference unless there is none left: `result` is 1 when it did. The machine applies it. */
  incNotZero(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.#announce(INC_NOT_ZERO, cell.word, 0, site);
  }
  lock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(LOCK, lock.word, 0, site);
  }
  /** As `lock`; a pending signal cuts the wait short: then `interrupted`. */
  lockKillable(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announceKillable(LOCK_KILLABLE, lock, site);
  }
  /** `result` is 1 when it was free and is now held. */
  tryLock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(TRYLOCK, lock.word, 0, site);
  }
  unlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(UNLOCK, lock.word, 0, site);
  }
  readLock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(READ_LOCK, lock.word, 0, site);
  }
  readLockKillable(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announceKillable(READ_LOCK_KILLABLE, lock, site);
  }
  readTryLock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(READ_TRYLOCK, lock.word, 0, site);
  }
  readUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(READ_UNLOCK, lock.word, 0, site);
  }
  writeLock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(WRITE_LOCK, lock.word, 0, site);
  }
  writeLockKillable(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announceKillable(WRITE_LOCK_KILLABLE, lock, site);
  }
  writeTryLock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(WRITE_TRYLOCK, lock.word, 0, site);
  }
  writeUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(WRITE_UNLOCK, lock.word, 0, site);
  }
  /** The writer becomes a reader without letting anybody in between. */
  downgrade(lock: Lock, site: string = NO_SITE): Suspend {
    return this.#announce(DOWNGRADE, lock.word, 0, site);
  }

  /** Waits until `condition` holds for the values of the cells (a wait queue: wait_event). Never spin: wait. */
  await(condition: Condition, cells: readonly Atomic[], site: string = NO_SITE): Suspend {
    if (!this.#exploring) {
      if (!condition.holds(...cells.map((c) => this.memory.nums[c.word]))) {
        throw new WouldWait(`waiting for "${condition.name}" in sequential code: nobody else can make it true`);
      }
      return NO;
    }
    const t = this.#enter();
    this.pendingKind[t] = AWAIT;
    this.pendingOperand[t] = this.#conditionNumber(condition);
    this.pendingCondition[t] = condition;
    if (cells.length < 1 || cells.length > MAX_OBJECTS - 2) {
      throw new ProtocolError(`await takes 1 to ${MAX_OBJECTS - 2} cells, not ${cells.length}`);
    }
    this.pendingCount[t] = cells.length;
    for (let i = 0; i < cells.length; i++) this.pendingObject[t * MAX_OBJECTS + i] = cells[i].word;
    this.pendingSite[t] = site;
    return this.#advance(t);
  }

  /** Gives a row back to its slab: conflicts with every access to it. */
  free(row: Row, site: string = NO_SITE): Suspend {
    return this.#announce(FREE, row.at, 0, site);
  }

  /** Sends a task of this run a fatal signal. @param task its number, see `taskNumber` */
  signal(task: number, site: string = NO_SITE): Suspend {
    if (!this.#exploring) return NO;
    return this.#announce(SIGNAL, this.signalWord[task], 0, site);
  }

  /** Looks whether a fatal signal is pending for the running task: `result` is 1 when it is. */
  signalPending(site: string = NO_SITE): Suspend {
    if (!this.#exploring) {
      this.result = 0;
      return NO;
    }
    return this.#announce(READ, this.signalWord[this.current], 0, site);
  }

  /** Starts another task. Everything done so far happened before its first step. */
  spawn(spec: TaskSpec, site: string = NO_SITE): Suspend {
    if (!this.#exploring) {
      throw new ProtocolError(`spawn("${spec.name}") outside an exploration: sequential code calls the path with yield*`);
    }
    const parent = this.current;
    const child = this.#taskFor(parent, this.#spawned[parent + 1], spec.name);
    return this.#announce(SPAWN, this.birthWord[child], child, site, spec);
  }

  /**
   * Picks one of `count` outcomes (0 = the ordinary one). Not a step: returns at once, never suspends, conflicts
   * with nothing. The explorer tries every outcome its budget allows.
   */
  choose(site: string, count: number): number {
    if (!this.#exploring) return this.sequentialChoice(site, count);
    const t = this.current;
    if (this.#position < this.#keep) {
      const i = this.#position++;
      const log = this.log;
      if (log.kind[i] !== CHOICE || log.task[i] !== t || log.operand[i] !== this.siteNumber(site)) {
        this.#nondeterminism(i, `a choice "${site}" of ${this.taskNames[t]}`);
      }
      log.lastEntry[t] = i;
      return log.outcome[i];
    }
    const outcome = this.#driver!.choose(this, site, count);
    if (!(outcome >= 0 && outcome < count)) throw new ProtocolError(`outcome ${outcome} of choice "${site}" is not 0..${count - 1}`);
    this.log.append(t, CHOICE, this.siteNumber(site), outcome, this.#steps[t], site);
    this.#position++;
    return outcome;
  }

  /** A failure that may happen here: true = it does. @param site names the place, part of the trace */
  fails(site: string): boolean {
    return this.choose(site, 2) === 1;
  }

  #announce(kind: number, word: number, operand: number, site: string, spec: TaskSpec | null = null): Suspend {
    if (!this.#exploring) return this.#direct(kind, word, operand, site);
    const t = this.#enter();
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = operand;
    this.pendingCount[t] = 1;
    this.pendingObject[t * MAX_OBJECTS] = word;
    this.pendingSite[t] = site;
    if (spec !== null) this.#spawnSpec = spec;
    return this.#advance(t);
  }

  #announceKillable(kind: number, lock: Lock, site: string): Suspend {
    if (!this.#exploring) return this.#direct(kind, lock.word, 0, site);
    const t = this.#enter();
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = 0;
    this.pendingCount[t] = 2;
    this.pendingObject[t * MAX_OBJECTS] = lock.word;
    this.pendingObject[t * MAX_OBJECTS + 1] = this.signalWord[t];
    this.pendingSite[t] = site;
    return this.#advance(t);
  }

  #enter(): number {
    if (this.#owesYield) {
      throw new ProtocolError(
        `${this.taskNames[this.current]} went on after an announcement that returned true (at ${this.pendingSite[this.current] || KIND_NAMES[this.pendingKind[this.current]]}): write \`if (k.step(...)) yield;\` and call paths with \`yield*\``,
      );
    }
    if (this.current < 0) throw new ProtocolError("a step was announced outside any task");
    this.#announcedNow = true;
    return this.current;
  }

  #advance(t: number): Suspend {
    if (this.#starting) {
      this.#owesYield = true;
      return YES;
    }
    const next = this.#decide();
    if (next === t) {
      this.#execute(t);
      return NO;
    }
    this.#next = next;
    this.#owesYield = true;
    return YES;
  }

  // =====================================================================================================
  // Deciding and executing

  #decide(): number {
    const i = this.#position;
    if (i < this.#keep) return this.log.task[i];
    if (this.#stepsTaken >= this.stepLimit) {
      this.#end = "limit";
      return -1;
    }
    const enabled = this.enabledMask();
    if (enabled === 0) {
      this.#end = "done";
      return -1;
    }
    const next = this.#driver!.pick(this, enabled);
    if (next < 0) {
      this.#end = "stopped";
      return -1;
    }
    if ((enabled & (1 << next)) === 0) throw new ProtocolError(`the explorer picked task ${next}, which is not enabled`);
    return next;
  }

  /** Tasks whose pending step could execute now, as a bit mask. */
  enabledMask(): number {
    let mask = 0;
    for (let t = 0; t < this.tasks; t++) if (this.isEnabled(t)) mask |= 1 << t;
    return mask;
  }

  /** Could the pending step of task t execute now? */
  isEnabled(t: number): boolean {
    const kind = this.pendingKind[t];
    const nums = this.memory.nums;
    const at = t * MAX_OBJECTS;
    switch (kind) {
      case NONE:
        return false;
      case LOCK:
      case WRITE_LOCK:
        return nums[this.pendingObject[at]] === 0;
      case READ_LOCK:
        return nums[this.pendingObject[at]] >= 0;
      case READ_LOCK_KILLABLE:
        return nums[this.pendingObject[at]] >= 0 || nums[this.pendingObject[at + 1]] !== 0;
      case WRITE_LOCK_KILLABLE:
      case LOCK_KILLABLE:
        return nums[this.pendingObject[at]] === 0 || nums[this.pendingObject[at + 1]] !== 0;
      case AWAIT: {
        const values: number[] = [];
        for (let i = 0; i < this.pendingCount[t]; i++) values.push(nums[this.pendingObject[at + i]]);
        return enabledAt(AWAIT, this.pendingCondition[t], values, 0, values.length);
      }
      default:
        return true;
    }
  }

  /** Class the pending step of task t would have on its i-th own object now. */
  pendingClass(t: number, i: number): number {
    const kind = this.pendingKind[t];
    if (i > 0) return R;
    return classAt(kind, this.pendingOperand[t], this.memory.nums[this.pendingObject[t * MAX_OBJECTS]]);
  }

  #execute(t: number): void {
    const log = this.log;
    const nums = this.memory.nums;
    const i = this.#position++;
    const kind = this.pendingKind[t];
    const operand = this.pendingOperand[t];
    const word = this.pendingObject[t * MAX_OBJECTS];
    const value = nums[word];
    const nth = ++this.#steps[t];
    this.#stepsTaken++;
    let outcome: number;
    if (i < this.#keep) {
      if (
        log.task[i] !== t ||
        log.kind[i] !== kind ||
        log.operand[i] !== operand ||
        log.object[log.firstAccess[i]] !== word ||
        log.before[log.firstAccess[i]] !== value
      ) {
        this.#nondeterminism(i, this.describePending(t));
      }
      outcome = log.outcome[i];
      log.lastEntry[t] = i;
    } else {
      outcome = kind === READ ? value : outcomeAt(kind, operand, value);
      this.#append(t, i, kind, operand, outcome, nth, value, word);
    }
    this.result = kind === READ ? value : outcome;
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== ALIVE) this.#badAccess(life, word, true);
    if (kind >= ADD) this.#effect(kind, operand, outcome, word, value, t + 1);
  }

  #append(t: number, i: number, kind: number, operand: number, outcome: number, nth: number, value: number, word: number): void {
    const log = this.log;
    const { nums, lifeOf } = this.memory;
    log.append(t, kind, operand, outcome, nth, this.pendingSite[t]);
    const count = this.pendingCount[t];
    log.access(word, classAt(kind, operand, value), value);
    for (let j = 1; j < count; j++) {
      const object = this.pendingObject[t * MAX_OBJECTS + j];
      log.access(object, R, nums[object]);
    }
    if (kind !== FREE) {
      const life = lifeOf[word];
      if (life >= 0) log.access(life, R, nums[life]);
      for (let j = 1; j < count; j++) {
        const other = lifeOf[this.pendingObject[t * MAX_OBJECTS + j]];
        if (other >= 0 && other !== life) log.access(other, R, nums[other]);
      }
    }
    if (nth === 1 && this.birthWord[t] > 0) {
      const birth = this.birthWord[t];
      if (nums[birth] !== 0) log.access(birth, R, nums[birth]);
    }
    if (this.raceDetection) this.races.stepped(i);
  }

  /** What a step does to locks and counters; writes of atomics are the plain code. `holder` indexes `#held`. */
  #effect(kind: number, operand: number, outcome: number, word: number, value: number, holder: number): void {
    const memory = this.memory;
    switch (kind) {
      case ADD:
        if (operand > 0 && value === 0 && this.#counters.has(word)) {
          this.find("refcount-misuse", {
            message: `${this.nameOf(word)} is taken although it has reached zero`,
            objects: [this.nameOf(word)],
          });
        }
        memory.setNum(word, value + operand);
        return;
      case DEC_AND_TEST:
        if (value <= 0) {
          this.find("refcount-misuse", {
            message: `${this.nameOf(word)} is dropped although it is ${value} already`,
            objects: [this.nameOf(word)],
          });
        }
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
          this.#held[holder].push(word * 2 + 1);
        }
        return;
      case UNLOCK:
        this.#release(word, true, holder);
        memory.setNum(word, 0);
        return;
      case READ_LOCK:
      case READ_TRYLOCK:
      case READ_LOCK_KILLABLE:
        if (outcome === 1) {
          memory.setNum(word, value + 1);
          this.#held[holder].push(word * 2);
        }
        return;
      case READ_UNLOCK:
        this.#release(word, false, holder);
        memory.setNum(word, value - 1);
        return;
      case WRITE_LOCK:
      case WRITE_TRYLOCK:
      case WRITE_LOCK_KILLABLE:
        if (outcome === 1) {
          memory.setNum(word, -(holder + 1));
          this.#held[holder].push(word * 2 + 1);
        }
        return;
      case WRITE_UNLOCK:
        this.#release(word, true, holder);
        memory.setNum(word, 0);
        return;
      case DOWNGRADE:
        this.#release(word, true, holder);
        memory.setNum(word, 1);
        this.#held[holder].push(word * 2);
        return;
      case FREE:
        this.#freeRow(word, value, holder);
        return;
      case SIGNAL:
        memory.setNum(word, 1);
        return;
      case SPAWN:
        memory.setNum(word, 1);
        this.#bear(operand);
        return;
      default:
        return;
    }
  }

  #release(word: number, write: boolean, holder: number): void {
    const held = this.#held[holder];
    const at = held.lastIndexOf(word * 2 + (write ? 1 : 0));
    if (at < 0) {
      this.find("lock-misuse", {
        message: `${this.nameOf(word)} is ${write ? "" : "read-"}unlocked by a task that does not hold it`,
        objects: [this.nameOf(word)],
      });
    }
    held.splice(at, 1);
  }

  #freeRow(life: number, value: number, holder: number): void {
    const name = this.nameOf(life);
    if (value !== ALIVE) {
      const code = value === POISON ? "bad-pointer" : "double-free";
      this.find(code, { message: `${name} is freed ${value === POISON ? "but is not an object" : "twice"}`, objects: [name] });
    }
    const row = this.#rows.get(life)!;
    for (let w = life + 1; w < life + row.slab.words; w++) {
      if (this.memory.nums[w] !== 0 && this.#lockFields(row.slab).has(w - life)) {
        this.find("lock-misuse", { message: `${name} is freed while ${this.nameOf(w)} is held`, objects: [name, this.nameOf(w)] });
      }
    }
    this.memory.setNum(life, DEAD);
    if (holder > 0 && this.raceDetection && this.#position > this.#keep) {
      const partner = this.races.unorderedBeforeFree(life, this.#position - 1);
      if (partner) {
        this.note("use-after-free", {
          message: `${name} is freed although nothing orders the free after its use by ${this.taskNames[partner.task]}`,
          objects: [name],
          other: this.#place(partner),
        });
      }
    }
  }

  readonly #lockOffsets: Map<Slab<Row>, ReadonlySet<number>> = new Map();
  #lockFields(slab: Slab<Row>): ReadonlySet<number> {
    let offsets = this.#lockOffsets.get(slab);
    if (!offsets) {
      offsets = new Set(slab.fields.filter((f) => f.spec.type === "lock").map((f) => f.offset));
      this.#lockOffsets.set(slab, offsets);
    }
    return offsets;
  }

  #direct(kind: number, word: number, operand: number, site: string): Suspend {
    const nums = this.memory.nums;
    const value = nums[word];
    if (isKillable(kind) ? outcomeAt(kind, operand, value) === 0 : !enabledAt(kind, null, nums, word, 1)) {
      throw new WouldWait(`${site ? `${site}: ` : ""}${KIND_NAMES[kind]} of ${this.nameOf(word)} would wait, and sequential code has nobody to wait for`);
    }
    const outcome = kind === READ ? value : outcomeAt(kind, operand, value);
    this.result = outcome;
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== ALIVE) this.#badAccess(life, word, true);
    if (kind >= ADD) this.#effect(kind, operand, outcome, word, value, 0);
    return NO;
  }

  // =====================================================================================================
  // Running

  /** Everything set up so far is the state each run starts from. */
  mark(): void {
    this.memory.mark();
    this.#liveAtMark = this.#live.length;
    for (const rows of this.#slabs.values()) rows.mark();
  }

  /** Brings back the marked state. `run` does it at its start. */
  reset(): void {
    this.memory.reset();
    this.#live.length = this.#liveAtMark;
    for (const rows of this.#slabs.values()) rows.reset();
    for (const held of this.#held) held.length = 0;
    this.findings = [];
    this.notes = [];
  }

  /**
   * Runs the tasks once from the marked state.
   * @param keep how many entries of the log to replay before the driver decides; -1 also forgets what tasks did
   *   before their first step (the first run of an exploration)
   */
  run(specs: readonly TaskSpec[], driver: Driver, keep: number): RunEnd {
    if (this.#exploring) throw new ProtocolError("a machine runs one execution at a time");
    if (specs.length > MAX_TASKS) throw new ProtocolError(`${specs.length} tasks, but a machine can have at most ${MAX_TASKS}`);
    this.reset();
    this.log.cut(Math.max(keep, 0));
    this.races.cut(keep);
    this.#driver = driver;
    this.#keep = keep;
    this.#position = 0;
    this.#stepsTaken = 0;
    this.#end = "done";
    this.tasks = 0;
    this.ended = 0;
    this.killed = 0;
    this.daemons = 0;
    this.#steps.fill(0);
    this.#spawned.fill(0);
    this.log.lastEntry.fill(-1);
    this.#exploring = true;
    try {
      // All have their words before any starts: the first may already name the last (a signal to it).
      specs.forEach((spec, n) => this.#taskFor(-1, n, spec.name));
      for (const spec of specs) {
        const task = this.#taskFor(-1, this.#spawned[0], spec.name);
        this.#start(task, spec, -1);
      }
      this.#loop();
    } finally {
      this.#exploring = false;
      this.#starting = false;
      this.#owesYield = false;
      this.current = -1;
    }
    if (this.#end === "done") this.#judgeEnd();
    this.log.length = this.#position;
    return this.#end;
  }

  #taskFor(creator: number, n: number, name: string): number {
    const index = this.#spawnIndex[creator + 1];
    let task = index[n];
    if (task === undefined) {
      task = this.#taskCount;
      if (task >= MAX_TASKS) throw new ProtocolError(`more than ${MAX_TASKS} tasks: does the program spawn without end?`);
      this.#taskCount++;
      index[n] = task;
      const word = this.memory.place(2);
      this.signalWord[task] = word;
      this.birthWord[task] = word + 1;
      this.#creators.set(word, `${name}.signal`);
      this.#creators.set(word + 1, `${name}.birth`);
      this.log.reserveObjects(this.memory.size);
      this.races.reserve(this.#taskCount, this.memory.size);
    }
    this.taskNames[task] = name;
    return task;
  }

  #start(task: number, spec: TaskSpec, born: number): void {
    const creator = this.current;
    for (let t = 0; t < this.tasks; t++) {
      if (t !== task && this.taskNames[t] === spec.name) {
        throw new ProtocolError(`two tasks are named "${spec.name}": names tell tasks apart in traces, give each its own`);
      }
    }
    this.#spawned[creator + 1]++;
    if (task >= this.tasks) this.tasks = task + 1;
    this.pendingKind[task] = NONE;
    if (spec.daemon) this.daemons |= 1 << task;
    this.races.born(task, born);
    const generator = spec.run();
    if (typeof generator !== "object" || generator === null || typeof generator.next !== "function") {
      const what = (generator as unknown) instanceof Promise ? "a promise (is it an async function?)" : typeof generator;
      throw new ProtocolError(`task "${spec.name}" must be a generator function, but calling it gave ${what}`);
    }
    this.#generators[task] = generator;
    const wasStarting = this.#starting;
    this.#starting = true;
    this.current = task;
    this.#resume(task);
    this.current = creator;
    this.#starting = wasStarting;
  }

  /** Runs a task's code up to its next announcement or its end. */
  #resume(task: number): void {
    this.#announcedNow = false;
    this.#owesYield = false;
    try {
      const result = this.#generators[task]!.next();
      if (result.done) {
        if (this.#owesYield) {
          throw new ProtocolError(`${this.taskNames[task]} returned after an announcement that returned true: write \`if (k.step(...)) yield;\``);
        }
        this.#finish(task);
      } else if (!this.#owesYield) {
        throw new ProtocolError(
          `${this.taskNames[task]} yielded without having announced a step${result.value !== undefined ? " (a yield takes no value)" : ""}: write \`if (k.step(...)) yield;\``,
        );
      }
    } catch (error) {
      if (error !== FATAL) throw error;
      this.pendingKind[task] = NONE;
      this.killed |= 1 << task;
      this.#generators[task] = null;
      this.#next = -2;
    }
    this.#owesYield = false;
  }

  #loop(): void {
    let t = this.#decide();
    while (t >= 0) {
      this.current = t;
      this.#next = -2;
      try {
        this.#execute(t);
      } catch (error) {
        if (error !== FATAL) throw error;
        this.pendingKind[t] = NONE;
        this.killed |= 1 << t;
        this.#generators[t] = null;
        t = this.#decide();
        continue;
      }
      this.#resume(t);
      t = this.#next === -2 ? this.#decide() : this.#next;
    }
  }

  #finish(task: number): void {
    this.pendingKind[task] = NONE;
    this.ended |= 1 << task;
    this.#generators[task] = null;
    this.#next = -2;
    const held = this.#held[task + 1];
    if (held.length > 0) {
      const names = held.map((h) => this.nameOf(h >> 1));
      this.note("lock-leak", { message: `${this.taskNames[task]} ends while holding ${names.join(", ")}`, objects: names });
    }
  }

  #bear(child: number): void {
    const spec = this.#spawnSpec;
    if (!spec) throw new ProtocolError("spawn lost its task");
    const position = this.#position - 1;
    const owes = this.#owesYield;
    const announcedNow = this.#announcedNow;
    const next = this.#next;
    this.#start(child, spec, position);
    this.#owesYield = owes;
    this.#announcedNow = announcedNow;
    this.#next = next;
  }

  #judgeEnd(): void {
    let waiting = 0;
    for (let t = 0; t < this.tasks; t++) {
      if (this.pendingKind[t] !== NONE && (this.daemons & (1 << t)) === 0) waiting |= 1 << t;
    }
    if (waiting === 0) return;
    this.#end = "blocked";
    if (this.killed !== 0) return; // a task ended by a finding cannot release what others wait for
    const lines: string[] = [];
    const objects: string[] = [];
    let onLock = false;
    for (let t = 0; t < this.tasks; t++) {
      if ((waiting & (1 << t)) === 0) continue;
      const word = this.pendingObject[t * MAX_OBJECTS];
      const holders = this.#holders(word);
      if (holders.length > 0) onLock = true;
      objects.push(this.nameOf(word));
      lines.push(`${this.describePending(t)}${holders.length > 0 ? `, held by ${holders.join(", ")}` : ""}`);
    }
    this.note(onLock ? "deadlock" : "lost-wakeup", { message: `for ever waiting: ${lines.join("; ")}`, objects });
  }

  #holders(word: number): string[] {
    const names: string[] = [];
    for (let t = 0; t < this.tasks; t++) {
      if (this.#held[t + 1].some((h) => h >> 1 === word)) names.push(this.taskNames[t]);
    }
    return names;
  }

  /** Rows allocated and not freed, permanent ones left out. */
  alive(): Row[] {
    return this.#live.filter((at) => this.memory.nums[at] === ALIVE).map((at) => this.#rows.get(at)!);
  }

  // =====================================================================================================
  // Rows and plain accesses

  /** Allocates a row, all fields 0, null or free. Not a step: nobody else knows it yet. */
  alloc<T extends Row>(slab: Slab<T>): T {
    const owner = slab as unknown as Slab<Row>;
    let rows = this.#slabs.get(owner);
    if (!rows) {
      rows = new SlabRows();
      if (this.#exploring) rows.mark();
      this.#slabs.set(owner, rows);
    }
    const creator = this.current + 1;
    const at = rows.next(creator, () => this.#placeRow(owner, creator, rows.counts[creator]));
    this.memory.setNum(at, ALIVE);
    if (!slab.permanent) this.#live.push(at);
    return this.#rows.get(at) as T;
  }

  #placeRow(slab: Slab<Row>, creator: number, n: number): number {
    const at = this.memory.place(slab.words);
    if (!slab.permanent) this.memory.lifeOf.fill(at, at + 1, at + slab.words);
    this.log.reserveObjects(this.memory.size);
    this.races.reserve(this.#taskCount, this.memory.size);
    this.#rows.set(at, slab.handle(this, at, creator * ROWS_PER_CREATOR + n));
    for (const { spec, offset } of slab.fields) if (spec.counts) this.#counters.add(at + offset);
    this.#creators.set(at, `${slab.name}#${creator === 0 ? "" : `${this.taskNames[creator - 1]}.`}${n + 1}`);
    return at;
  }

  /** A further word for an entry of the sparse table at `word`; it lives and dies with the same row. */
  placeEntry(word: number, key: number): number {
    const at = this.memory.place(1);
    this.#creators.set(at, `${this.stableName(word)}[${key}]`);
    this.memory.lifeOf[at] = this.memory.lifeOf[word];
    this.log.reserveObjects(this.memory.size);
    this.races.reserve(this.#taskCount, this.memory.size);
    return at;
  }

  /** Names a row for reports ("child", "[heap]"). */
  label(row: Row, text: string): void {
    this.memory.setRef(row.at + 1, text);
  }

  /**
   * Something that is not an object but stands where one is expected (a reserved tree entry, an error pointer).
   * Passing it around is fine; touching a field is a finding with `code`.
   */
  poison<T extends Row>(slab: Slab<T>, code: string, text: string): T {
    const key = `${slab.name}|${code}|${text}`;
    let entry = this.#poison.get(key);
    if (!entry) {
      const owner = slab as unknown as Slab<Row>;
      const at = this.memory.place(slab.words);
      this.memory.lifeOf.fill(at, at, at + slab.words);
      this.memory.nums[at] = POISON; // never changes: not journalled
      this.log.reserveObjects(this.memory.size);
      this.races.reserve(this.#taskCount, this.memory.size);
      entry = { row: owner.handle(this, at, -1), code, text };
      this.#poison.set(key, entry);
      this.#rows.set(at, entry.row);
      this.#poisonAt.set(at, { code, text });
      this.#creators.set(at, text);
    }
    return entry.row as T;
  }

  /** The row of a slab with this serial number: what a table entry or a packed word refers to. */
  rowOf<T extends Row>(slab: Slab<T>, serial: number): T {
    const creator = Math.floor(serial / ROWS_PER_CREATOR);
    const at = this.#slabs.get(slab as unknown as Slab<Row>)?.at(creator, serial % ROWS_PER_CREATOR);
    if (at === undefined) throw new ProtocolError(`no ${slab.name} has the serial number ${serial}`);
    return this.#rows.get(at) as T;
  }

  /** Every row of a slab allocated so far in this run, set-up included, freed ones too. */
  rowsOf<T extends Row>(slab: Slab<T>): T[] {
    const placed = this.#slabs.get(slab as unknown as Slab<Row>)?.placed() ?? [];
    return placed.map((at) => this.#rows.get(at) as T);
  }

  /** The row whose life mark is word `at`. */
  rowAt(at: number): Row | undefined {
    return this.#rows.get(at);
  }

  readNum(word: number): number {
    if (this.#exploring) this.#plain(word, false);
    return this.memory.nums[word];
  }
  writeNum(word: number, value: number): void {
    if (this.#exploring) this.#plain(word, true);
    this.memory.setNum(word, value);
  }
  readRef(word: number): unknown {
    if (this.#exploring) this.#plain(word, false);
    return this.memory.refs[word];
  }
  writeRef(word: number, value: unknown): void {
    if (this.#exploring) this.#plain(word, true);
    this.memory.setRef(word, value);
  }
  readAtomic(word: number): number {
    if (this.#exploring) this.#mustBeAnnounced(word, false);
    return this.memory.nums[word];
  }
  writeAtomic(word: number, value: number): void {
    if (this.#exploring) this.#mustBeAnnounced(word, true);
    this.memory.setNum(word, value);
  }

  /** First value of an atomic in a row nobody else knows yet (atomic_set before publishing). Not a step. */
  init(cell: Atomic, value: number): void {
    if (this.#exploring) this.#plain(cell.word, true);
    this.memory.setNum(cell.word, value);
  }

  /** A plain access to a word that guards something outside the words (a tree): checks it as a field access. */
  touch(word: number, write: boolean): void {
    if (this.#exploring) this.#plain(word, write);
  }

  /** The row of a word is used, without a particular field: it must be alive, and a free must be ordered after it. */
  touchRow(word: number): void {
    const life = this.memory.lifeOf[word];
    if (!this.#exploring || life < 0) return;
    if (this.memory.nums[life] !== ALIVE) this.#badAccess(life, word, false);
    if (this.raceDetection && this.#position > this.#keep && this.current >= 0) {
      this.races.touch(life, this.current, this.#steps[this.current], this.#position - 1, false);
    }
  }

  #plain(word: number, write: boolean): void {
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== ALIVE) this.#badAccess(life, word, false);
    if (!this.raceDetection || this.#position <= this.#keep) return;
    const t = this.current;
    if (t < 0) return;
    const entry = this.#position - 1;
    const nth = this.#steps[t];
    const partner = this.races.touch(word, t, nth, entry, write);
    if (partner) {
      const name = this.nameOf(word);
      const row = this.#rows.get(life >= 0 ? life : word);
      const guard = row ? row.slab.guardAt(word - row.at) : "";
      this.note("data-race", {
        message: `${name} is ${write ? "written" : "read"} by ${this.taskNames[t]} and ${partner.write ? "written" : "read"} by ${this.taskNames[partner.task]} with nothing to order them${guard ? ` (its guard is ${guard})` : ""}`,
        objects: [name],
        other: this.#place(partner),
      });
    }
    if (life >= 0) this.races.touch(life, t, nth, entry, false);
  }

  #mustBeAnnounced(word: number, write: boolean): void {
    const t = this.current;
    if (this.#starting || t < 0 || this.#steps[t] === 0) {
      throw new ProtocolError(`${this.nameOf(word)} is touched before the task announced a step`);
    }
    const at = t * MAX_OBJECTS;
    let named = false;
    for (let i = 0; i < this.pendingCount[t]; i++) if (this.pendingObject[at + i] === word) named = true;
    const kind = this.pendingKind[t];
    const mayWrite =
      kind === WRITE || kind === RMW || kind === STORE_RELEASE || (kind === CAS && this.result === 1);
    if (!named || (write && !mayWrite)) {
      throw new ProtocolError(
        `${this.taskNames[t]} ${write ? "writes" : "reads"} ${this.nameOf(word)} behind a step that announced ${this.describePending(t)}: announce the access itself`,
      );
    }
  }

  #badAccess(life: number, word: number, step: boolean): never {
    const name = this.nameOf(word);
    const poison = this.#poisonAt.get(life);
    const how = step ? `by ${this.#pendingDescription()}` : "";
    if (poison) {
      return this.find(poison.code, {
        message: `${name} is used ${how ? `${how} ` : ""}but is no object: ${poison.text}`,
        objects: [name],
      });
    }
    const freed = this.log.lastAccess[life] >= 0 ? this.log.entry[this.log.lastAccess[life]] : -1;
    return this.find("use-after-free", {
      message: `${name} is used ${how ? `${how} ` : ""}after it was freed`,
      objects: [name],
      ...(freed >= 0 && this.log.kind[freed] === FREE ? { other: this.#placeOf(freed) } : {}),
    });
  }

  // =====================================================================================================
  // Findings

  /** Reports a violation and ends the running task. In sequential code it throws. */
  find(code: string, facts: FindingFacts): never {
    this.#report(code, facts, true);
    if (!this.#exploring) throw new SequentialFinding(`${code}: ${facts.message}`);
    throw FATAL;
  }

  /** Reports a violation; the task goes on. */
  note(code: string, facts: FindingFacts): void {
    this.#report(code, facts, false);
  }

  /** A stated invariant: a finding when it does not hold. */
  assert(condition: boolean, message: string, objects: readonly string[] = []): void {
    if (!condition) this.find("assertion", { message, objects });
  }

  /** The running task holds the lock, in write mode when asked. */
  holds(lock: Lock, write = false): boolean {
    const held = this.#held[this.current + 1];
    return held.includes(lock.word * 2 + 1) || (!write && held.includes(lock.word * 2));
  }

  /** A stated precondition: the running task holds the lock. A finding when it does not. */
  assertHeld(lock: Lock, write = false): void {
    if (!this.holds(lock, write)) {
      const name = this.nameOf(lock.word);
      this.find("lock-misuse", { message: `${name} must be held${write ? " for writing" : ""} here`, objects: [name] });
    }
  }

  /** A look that the program does not take part in (for witnesses and reports): nothing is checked or recorded. */
  aside<T>(look: () => T): T {
    const exploring = this.#exploring;
    this.#exploring = false;
    const seen = look();
    this.#exploring = exploring;
    return seen;
  }

  /** The plain code from here on belongs to this function: for findings, where a callee announced the last step. */
  at(site: string): void {
    if (this.#exploring && this.current >= 0) this.pendingSite[this.current] = site;
  }

  /** Something happened that an exploration must have seen at least once to mean anything. */
  witness(name: string): void {
    this.witnessed.add(name);
  }

  /** Words for a human, kept with the present entry while a trace is told. */
  say(text: string): void {
    if (this.telling) this.notes.push({ entry: this.#position - 1, text });
  }

  #report(code: string, facts: FindingFacts, fatal: boolean): void {
    const t = this.current;
    this.findings.push({
      code,
      message: facts.message,
      at: {
        task: t >= 0 ? this.taskNames[t] : "",
        site: t >= 0 ? this.pendingSite[t] : "",
        event: this.#position - 1,
      },
      ...(facts.other ? { other: facts.other } : {}),
      objects: facts.objects ?? [],
      fatal,
    });
  }

  #place(partner: RacePartner): Place {
    return {
      task: this.taskNames[partner.task],
      site: partner.entry >= 0 ? (this.log.site[partner.entry] ?? "") : "",
      event: partner.entry,
    };
  }

  #placeOf(entry: number): Place {
    return { task: this.taskNames[this.log.task[entry]], site: this.log.site[entry] ?? "", event: entry };
  }

  /** Where the value of a plain word comes from: the newest write this run. */
  originOf(word: number): Place | undefined {
    const write = this.races.lastWrite(word);
    return write ? this.#place(write) : undefined;
  }

  // =====================================================================================================
  // Names

  /** Name of a word for reports: its row's label or (slab, creator, n), and the field. */
  nameOf(word: number): string {
    const own = this.#creators.get(word);
    const life = this.memory.lifeOf[word];
    let at = life >= 0 ? life : word;
    if (life < 0) while (at > 0 && !this.#rows.has(at) && !this.#creators.has(at)) at--;
    const row = this.#rows.get(at);
    if (!row) return own ?? `word ${word}`;
    const label = this.memory.refs[at + 1];
    const name = typeof label === "string" ? label : (this.#creators.get(at) ?? `word ${at}`);
    const field = row.slab.fieldAt(word - at);
    return field ? `${name}.${field}` : name;
  }

  /** Name of a word without labels: the same for the same object on every machine. */
  stableName(word: number): string {
    const own = this.#creators.get(word);
    if (own !== undefined) return own;
    const life = this.memory.lifeOf[word];
    let at = life >= 0 ? life : word;
    while (at > 0 && !this.#rows.has(at)) at--;
    return `${this.#creators.get(at) ?? "word"}+${word - at}`;
  }

  /** Name of a row, by its label if it has one. */
  rowName(row: Row): string {
    return this.nameOf(row.at);
  }

  /** The pending or just executed step of task t in words. */
  describePending(t: number): string {
    const kind = this.pendingKind[t];
    if (kind === NONE) return `${this.taskNames[t]} (ended)`;
    const site = this.pendingSite[t];
    return `${this.taskNames[t]}: ${KIND_NAMES[kind]} ${this.nameOf(this.pendingObject[t * MAX_OBJECTS])}${site ? ` in ${site}` : ""}`;
  }

  #pendingDescription(): string {
    const t = this.current;
    return t < 0 ? "sequential code" : `a ${KIND_NAMES[this.pendingKind[t]]} step`;
  }

  /** Number of the task with this name. */
  taskNumber(name: string): number {
    return this.taskNames.indexOf(name);
  }

  /** Number of a choice site, stable within an exploration. */
  siteNumber(site: string): number {
    let n = this.#sites.get(site);
    if (n === undefined) {
      n = this.#siteNames.length;
      this.#sites.set(site, n);
      this.#siteNames.push(site);
    }
    return n;
  }

  #conditionNumber(condition: Condition): number {
    let n = this.#conditions.get(condition.name);
    if (n === undefined) {
      n = this.#conditions.size;
      this.#conditions.set(condition.name, n);
    }
    this.conditions[n] = condition;
    return n;
  }

  /** Hash of everything that differs from the marked state. */
  endStateHash(): number {
    return this.memory.hash(
      (word) => this.stableName(word),
      (reference) => this.referenceName(reference),
    );
  }

  /** Text for a reference held in a field, free of anything that depends on the schedule. */
  referenceName(reference: unknown): string {
    if (reference === null || reference === undefined) return "null";
    if (Array.isArray(reference)) return `[${reference.map((r) => this.referenceName(r)).join(",")}]`;
    if (typeof reference === "object" && "at" in reference && typeof reference.at === "number") return this.stableName(reference.at);
    if (typeof reference === "object") {
      return "digest" in reference && typeof reference.digest === "function" ? String(reference.digest()) : "object";
    }
    return String(reference);
  }

  #nondeterminism(entry: number, now: string): never {
    const log = this.log;
    const then = `${this.taskNames[log.task[entry]]}: ${KIND_NAMES[log.kind[entry]]}${log.site[entry] ? ` in ${log.site[entry]}` : ""}`;
    throw new HiddenNondeterminism(
      `the same schedule did something else the second time, at entry ${entry}: first ${then}, now ${now}. ` +
        "A program under test may depend only on the machine: look for Date, Math.random, module state, Map or Set kept across runs",
      entry,
    );
  }
}

/** Where the rows of one slab are: by creating task and number. */
class SlabRows {
  /** Allocations so far in this run, by creator (0 = sequential code, t + 1 = task t). */
  readonly counts: Int32Array = new Int32Array(MAX_TASKS + 2);
  readonly #atMark: Int32Array = new Int32Array(MAX_TASKS + 2);
  readonly #places: number[][] = Array.from({ length: MAX_TASKS + 2 }, () => []);

  next(creator: number, place: () => number): number {
    const n = this.counts[creator];
    const places = this.#places[creator];
    let at = places[n];
    if (at === undefined) {
      at = place();
      places[n] = at;
    }
    this.counts[creator] = n + 1;
    return at;
  }

  placed(): number[] {
    return this.#places.flatMap((places, creator) => places.slice(0, this.counts[creator]));
  }

  at(creator: number, n: number): number | undefined {
    return this.#places[creator]?.[n];
  }

  mark(): void {
    this.#atMark.set(this.counts);
  }

  reset(): void {
    this.counts.set(this.#atMark);
  }
}
