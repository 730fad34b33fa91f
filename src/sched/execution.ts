/**
 * One execution: the table of pending steps, who goes next, and what a step does when it runs.
 *
 *     announce          the task's row in the table is overwritten
 *     decide            the driver picks among the enabled tasks (a replayed prefix says itself who is next)
 *     execute           class and outcome are fixed, the values before are logged, effects on locks and counters are
 *                       applied; then the task's plain code runs up to its next announcement
 *
 * A step executes directly before its plain code: inside the announcing call when the same task goes on (the call
 * returns false and nothing is suspended), in the run loop when another does.
 *
 * Invariants: between two announcements one task runs alone; `#position` is the number of log entries of this run;
 * entries below `#keep` are replayed: effects happen, books (log, race clocks, lock orders) stay as they are.
 *
 * The vocabulary of steps (`lock`, `read`, `await` ...) is in `machine.ts`.
 */
import { AccessFindings } from "./access-findings.ts";
import { Asking, REPLAYED } from "./asking.ts";
import { Detectors } from "./detectors.ts";
import { Effects } from "./effects.ts";
import type { Finding, FindingFacts, Place } from "./finding.ts";
import { Holds } from "./holds.ts";
import {
  ADD,
  AWAIT,
  CAS,
  CHOICE,
  COMPLETE,
  type Condition,
  canBlock,
  classAt,
  EXIT,
  enabledAt,
  FREE,
  isKillable,
  KIND_NAMES,
  LOCK,
  LOCK_KILLABLE,
  MAX_OBJECTS,
  NONE,
  outcomeAt,
  R,
  READ,
  READ_ALL,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  RMW,
  STORE_RELEASE,
  TIMER_FIRE,
  WAKE,
  WRITE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
} from "./kind.ts";
import { LockOrder } from "./lock-order.ts";
import { Log } from "./log.ts";
import type { Machine } from "./machine.ts";
import { Memory } from "./memory.ts";
import { caughtItsEnd, departed, noNumber, refuseNonGenerator, wentOn, wrongYield } from "./misuse.ts";
import { Places } from "./places.ts";
import {
  type Driver,
  MAX_TASKS,
  type Path,
  ProtocolError,
  type RunEnd,
  SequentialFinding,
  type Suspend,
  type TaskSpec,
  WouldWait,
} from "./protocol.ts";
import { Races } from "./race.ts";
import { mayName, OWN, ROLE_NAMES } from "./roles.ts";
import { Rows } from "./rows.ts";
import { ALIVE, type Row } from "./slab.ts";
import { KEPT_TRYING, Spinning } from "./spinning.ts";
import { judge, type Waiting } from "./stuck.ts";
import { Tasks } from "./tasks.ts";

export const YES: Suspend = true;
export const NO: Suspend = false;
export const NO_SITE = "";

const NOTHING_WATCHED = 2 ** 30;

/** Ends a task after a fatal finding. Private: path code has no try. */
const FATAL = new Error("interleaf: a task was ended by a fatal finding (internal; never seen by users)");

/** Log entries that a driver added behind no step at all: more choices than steps is a loop without end. */
const MAX_CHOICES_PER_LIMIT = 1;

/** Tasks, table, run loop and effects of steps. Users see it as `Machine`. */
export abstract class Execution {
  readonly memory: Memory = new Memory();
  readonly log: Log = new Log();
  readonly races: Races = new Races(this.log);
  /** One task only so far, in the whole run: whatever comes later comes after it. */
  #alone = false;
  readonly rows: Rows = new Rows(this.memory, this.log, this.races);
  readonly #tasks: Tasks = new Tasks(this.rows, this.races);
  protected readonly places: Places = new Places(this.rows, this.memory);
  protected readonly held: Holds = new Holds();
  protected readonly order: LockOrder = new LockOrder();
  /** Which detectors are on. */
  readonly detectors: Detectors = new Detectors();
  readonly #access: AccessFindings = new AccessFindings(this.memory, this.log, this.rows, this.races, this);
  readonly #effects: Effects = new Effects(
    this.memory,
    this.rows,
    this.held,
    this.places,
    this.#access,
    this,
  );
  protected readonly payload: unknown[] = this.#effects.payload;
  protected readonly obstacles: (readonly number[])[] = this.#effects.obstacles;
  protected readonly asking: Asking = new Asking(this.order, this.rows, this.held, this);
  readonly #spinning: Spinning = new Spinning(this.log);

  /** Steps one run may take before it ends with "limit". */
  stepLimit = 1_000_000;
  /** Keep race clocks: without them neither data races nor unordered frees are found. */
  raceDetection = true;
  /** Rounds in which a task does and sees the same that make it one that goes in circles. */
  spinLimit = 100;
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
  readonly taskNames: string[] = this.#tasks.names;
  /** Bit masks: came to its end; ended by a fatal finding; daemon; may be joined. */
  ended = 0;
  killed = 0;
  daemons = 0;
  protected joinable = 0;
  readonly #generators: (Path<unknown> | null)[] = [];
  /** Word of each task's signal flag, birth mark and end mark. */
  readonly signalWord: Int32Array = this.#tasks.signalWord;
  readonly birthWord: Int32Array = this.#tasks.birthWord;
  protected readonly endWord: Int32Array = this.#tasks.endWord;
  /** Steps taken by each task in this run. */
  readonly #steps: Int32Array = new Int32Array(MAX_TASKS + 1);

  // ---- results, valid until the task's next announcement
  /** Outcome of the step just executed: trylock got it, the compared value was right, counter reached zero, a value. */
  result = 1;
  /** Function in which the plain code behind that step stands. */
  site: string = NO_SITE;

  // ---- one run
  findings: Finding[] = [];
  /** Events that the program named and that happened in some run so far: see `witness`. Never reset. */
  readonly witnessed: Set<string> = new Set();
  notes: { entry: number; text: string }[] = [];
  #exploring = false;
  #starting = false;
  /** The task must yield before it does anything else (or was ended, and must not go on at all). */
  #owesYield = false;
  #next = -1;
  #keep = -1;
  #position = 0;
  #stepsTaken = 0;
  #end: RunEnd = "done";
  #driver: Driver | null = null;
  /** Tasks whose endless waiting was reported when it began. */
  #reportedWaits = 0;
  /** Entries below it that bear a mark are repeated by a glance: those before the last step of the prefix. */
  #quickEnd = 0;
  /** What is done to atomics behind entries beyond it is looked at: `#keep` in a run, nothing in sequential code. */
  #watchFrom = NOTHING_WATCHED;

  // ---- numbers for texts
  readonly #sites: Map<string, number> = new Map();
  readonly #conditions: Map<string, number> = new Map();
  /** Conditions of awaits by number (the operand of an await's log entry). */
  readonly conditions: Condition[] = [];

  /** True while tasks are being explored, false in set-up and sequential use. */
  get exploring(): boolean {
    return this.#exploring;
  }

  // =====================================================================================================
  // Announcing

  /** Announces a step on one object. */
  protected announce(kind: number, word: number, operand: number, site: string): Suspend {
    const i = this.#position;
    // Nearly all steps of an exploration are repeated, and most of them have no effect but their plain code.
    if (i < this.#quickEnd && this.log.repeats(i, this.current, kind, word, this.memory.nums[word])) {
      this.#position = i + 1;
      this.site = site;
      this.result = this.log.outcome[i];
      return NO;
    }
    return this.#announceFully(kind, word, operand, site, 1);
  }

  /**
   * Announces a step on the first `count` objects of the running task's row, of which the caller has filled in all but the
   * first. In one piece on purpose: cut into small functions it would be copied by the compiler into every place that
   * announces, and leave no room there for what runs at each repeated step.
   */
  #announceFully(kind: number, word: number, operand: number, site: string, count: number): Suspend {
    if (!this.#exploring) {
      const value = this.memory.nums[word];
      // Where rows are used again, neither a dead one nor a wrong step is looked for.
      if (!this.rows.recycling) this.#checkDirect(kind, word, site);
      if (kind < ADD) {
        this.result = kind === READ ? value : 1; // nothing to wait for, and the plain code does the rest
        return NO;
      }
      let outcome = 1;
      if (kind === AWAIT || kind === READ_ALL || kind === TIMER_FIRE) {
        if (!this.#enabledByValues(MAX_TASKS, kind)) this.#refuseToWait(kind, word, site);
        outcome = this.#outcome(MAX_TASKS, kind, operand, value);
      } else if (kind !== ADD) {
        outcome = outcomeAt(kind, operand, value);
        const waits = isKillable(kind)
          ? outcome === 0
          : canBlock(kind) && !enabledAt(kind, null, this.memory.nums, word, 1);
        if (waits) this.#refuseToWait(kind, word, site);
      }
      this.result = outcome;
      this.#effects.apply(kind, operand, outcome, word, value, 0);
      return NO;
    }
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    if (t < 0) throw new ProtocolError("a step was announced outside any task");
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = operand;
    this.pendingCount[t] = count;
    this.pendingObject[t * MAX_OBJECTS] = word;
    this.pendingSite[t] = site;
    if (this.#starting) {
      this.#owesYield = true;
      return YES;
    }
    const i = this.#position;
    const next = i < this.#keep ? this.log.task[i] : this.#decide();
    if (next === t) {
      this.#execute(t);
      return NO;
    }
    this.#next = next;
    this.#owesYield = true;
    return YES;
  }

  /** Announces a step on several objects; all but the first are read. */
  protected announceSeveral(
    kind: number,
    words: readonly number[],
    operand: number,
    site: string,
    condition: Condition | null = null,
  ): Suspend {
    if (words.length < 1 || words.length > MAX_OBJECTS - 2) {
      throw new ProtocolError(`a step names 1 to ${MAX_OBJECTS - 2} objects, not ${words.length}`);
    }
    const t = this.#exploring ? this.#enter() : MAX_TASKS;
    for (let i = 0; i < words.length; i++) this.pendingObject[t * MAX_OBJECTS + i] = words[i];
    this.pendingCount[t] = words.length;
    this.pendingCondition[t] = condition;
    const number = condition !== null && this.#exploring ? this.#conditionNumber(condition) : operand;
    return this.#announceFully(kind, words[0], number, site, words.length);
  }

  /** Announces a step on a lock and on the running task's signal flag. */
  protected announceKillable(kind: number, word: number, operand: number, site: string): Suspend {
    if (this.#exploring) {
      const t = this.#enter();
      this.pendingObject[t * MAX_OBJECTS + 1] = this.signalWord[t];
    }
    return this.#announceFully(kind, word, operand, site, 2);
  }

  /** The running task, which may announce. */
  #enter(): number {
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    if (t < 0) throw new ProtocolError("a step was announced outside any task");
    return t;
  }

  #refuseToGoOn(): never {
    const t = this.current;
    const name = this.taskNames[t] ?? "a task";
    if ((this.killed & (1 << t)) !== 0) throw caughtItsEnd(name);
    throw wentOn(name, this.pendingSite[t] || KIND_NAMES[this.pendingKind[t]]);
  }

  // =====================================================================================================
  // Deciding

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
    const next = this.#driver!.pick(this as unknown as Machine, enabled);
    if (next < 0) {
      this.#end = "stopped";
      return -1;
    }
    if ((enabled & (1 << next)) === 0)
      throw new ProtocolError(`the explorer picked task ${next}, which is not enabled`);
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
    if (kind > NONE && kind < LOCK) return true;
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
      case AWAIT:
        if (this.pendingCount[t] === 1) return this.pendingCondition[t]!.holds(nums[this.pendingObject[at]]);
        return this.#enabledByValues(t, kind);
      default:
        return kind < FIRST_LATE_WAIT || !canBlock(kind) || this.#enabledByValues(t, kind);
    }
  }

  #enabledByValues(t: number, kind: number): boolean {
    const values: number[] = [];
    const at = t * MAX_OBJECTS;
    for (let i = 0; i < this.pendingCount[t]; i++) values.push(this.memory.nums[this.pendingObject[at + i]]);
    return enabledAt(kind, this.pendingCondition[t], values, 0, values.length);
  }

  /** Class the pending step of task t would have on its i-th own object now. */
  pendingClass(t: number, i: number): number {
    if (i > 0) return R;
    return classAt(
      this.pendingKind[t],
      this.pendingOperand[t],
      this.memory.nums[this.pendingObject[t * MAX_OBJECTS]],
    );
  }

  // =====================================================================================================
  // Executing

  #execute(t: number): void {
    if (this.#position < this.#keep) {
      this.#repeat(t);
      return;
    }
    const nums = this.memory.nums;
    const i = this.#position++;
    const kind = this.pendingKind[t];
    const operand = this.pendingOperand[t];
    const word = this.pendingObject[t * MAX_OBJECTS];
    const value = nums[word];
    const nth = ++this.#steps[t];
    this.#stepsTaken++;
    const outcome = this.#outcome(t, kind, operand, value);
    this.#append(t, i, kind, operand, outcome, nth, value, word);
    this.result = outcome;
    this.site = this.pendingSite[t];
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== ALIVE) this.#access.dead(life, word, true);
    if (this.pendingCount[t] > 1) this.#checkOthers(t, i);
    if (kind >= ADD) this.#effects.apply(kind, operand, outcome, word, value, t + 1);
    if (this.#spinning.verdict[i] !== 0) {
      this.log.mark[i] = 0;
      this.#goesInCircles(t, i);
    }
  }

  /** Executes a step of the replayed prefix: its effects, and a look whether it is still the same step. */
  #repeat(t: number): void {
    const log = this.log;
    const nums = this.memory.nums;
    const i = this.#position++;
    const kind = this.pendingKind[t];
    const word = this.pendingObject[t * MAX_OBJECTS];
    const value = nums[word];
    this.site = this.pendingSite[t];
    this.result = log.outcome[i];
    if (log.repeats(i, t, kind, word, value)) return;
    const first = log.firstAccess[i];
    if (
      log.task[i] !== t ||
      log.kind[i] !== kind ||
      log.object[first] !== word ||
      log.before[first] !== value ||
      log.operand[i] !== this.pendingOperand[t]
    ) {
      this.#nondeterminism(i, this.describePending(t));
    }
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== ALIVE) this.#access.dead(life, word, true);
    if (this.pendingCount[t] > 1) this.#checkOthers(t, i);
    if (kind >= ADD) this.#effects.apply(kind, this.pendingOperand[t], log.outcome[i], word, value, t + 1);
    if (this.#spinning.verdict[i] !== 0) this.#goesInCircles(t, i);
  }

  #outcome(t: number, kind: number, operand: number, value: number): number {
    if (kind !== READ_ALL) return outcomeAt(kind, operand, value);
    let mask = 0;
    for (let i = 0; i < this.pendingCount[t]; i++) {
      if (this.memory.nums[this.pendingObject[t * MAX_OBJECTS + i]] !== 0) mask |= 1 << i;
    }
    return mask;
  }

  /** The objects of a step but the first: the same as before, of living rows. */
  #checkOthers(t: number, i: number): void {
    const { nums, lifeOf } = this.memory;
    const log = this.log;
    const first = log.firstAccess[i];
    for (let j = 1; j < this.pendingCount[t]; j++) {
      const word = this.pendingObject[t * MAX_OBJECTS + j];
      if (log.object[first + j] !== word || log.before[first + j] !== nums[word])
        this.#nondeterminism(i, this.describePending(t));
      const life = lifeOf[word];
      if (life >= 0 && nums[life] !== ALIVE) this.#access.dead(life, word, true);
    }
  }

  #append(
    t: number,
    i: number,
    kind: number,
    operand: number,
    outcome: number,
    nth: number,
    value: number,
    word: number,
  ): void {
    const log = this.log;
    const { nums, lifeOf } = this.memory;
    const role = this.rows.role[word];
    if (Number.isNaN(value)) throw noNumber(this.nameOf(word), value);
    if (Number.isNaN(operand)) throw noNumber(this.describePending(t), operand);
    if (!mayName(kind, role)) {
      throw new ProtocolError(
        `${this.describePending(t)}: a ${KIND_NAMES[kind]} step does not go with a ${ROLE_NAMES[role]}`,
      );
    }
    const previous = log.lastEntry[t];
    log.append(t, kind, operand, outcome, nth, this.pendingSite[t]);
    const count = this.pendingCount[t];
    const accessClass = classAt(kind, operand, value);
    log.access(word, accessClass, value);
    if (kind < ADD && count === 1 && (lifeOf[word] < 0 || nums[lifeOf[word]] === ALIVE)) {
      log.markQuick(i, t, kind, word, value);
    }
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
    if (this.raceDetection) {
      this.races.stepped(i, this.#alone);
      if (role !== OWN && this.races.touched(word)) this.#access.checkInit(word, i);
    }
    this.#spinning.count(i, previous, accessClass, nth, this.detectors.circles ? this.spinLimit : 0);
  }

  #goesInCircles(t: number, i: number): void {
    const names: string[] = [];
    for (let j = 0; j < this.pendingCount[t]; j++)
      names.push(this.nameOf(this.pendingObject[t * MAX_OBJECTS + j]));
    const name = this.taskNames[t];
    const last = `${names.join(", ")} last`;
    if (this.#spinning.verdict[i] === KEPT_TRYING) {
      this.violation("livelock", {
        message: `${name} has done the same ${this.spinLimit} times, ${last}, and others took steps in every round: they keep each other trying`,
        objects: names,
      });
      return;
    }
    this.violation("spinning", {
      message: `${name} has read the same unchanged objects ${this.spinLimit} times in a row, ${last}: wait for the change with k.await(condition, cells) instead`,
      objects: names,
    });
  }

  // =====================================================================================================
  // Effects

  /** What a holder is called where names must be the same on every machine. */
  holderName(holder: number): string {
    return holder === 0 ? "sequential code" : this.#tasks.paths[holder - 1];
  }

  #checkDirect(kind: number, word: number, site: string): void {
    const role = this.rows.role[word];
    if (!mayName(kind, role)) {
      throw new ProtocolError(
        `${site ? `${site}: ` : ""}a ${KIND_NAMES[kind]} step does not go with ${this.nameOf(word)}, a ${ROLE_NAMES[role]}`,
      );
    }
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== ALIVE) this.#access.dead(life, word, true);
  }

  #refuseToWait(kind: number, word: number, site: string): never {
    const what =
      kind === AWAIT
        ? `waiting for "${this.pendingCondition[MAX_TASKS]!.name}"`
        : `${KIND_NAMES[kind]} of ${this.nameOf(word)}`;
    throw new WouldWait(
      `${site ? `${site}: ` : ""}${what} would wait, and sequential code has nobody to wait for`,
    );
  }

  // =====================================================================================================
  // Asking for locks: what can be said before the step is taken

  /**
   * The running task is about to ask for a lock it may have to wait for. Looks at the order of locks, at recursion
   * and at atomic context. @param sleeps waiting for it is sleeping
   */
  protected asks(word: number, write: boolean, subclass: number, sleeps: boolean, site: string): void {
    const t = this.current;
    if (!this.#exploring || t < 0 || !this.detectors.order) return;
    const entry = this.isNew ? this.#position - 1 : REPLAYED;
    if (this.held.list[t + 1].length > 0) {
      const forEver = this.asking.whileHolding(t, word, write, subclass, sleeps, site, entry);
      if (forEver) this.#reportedWaits |= 1 << t;
    }
    if (write && entry !== REPLAYED) this.asking.toWrite(t, word, subclass, site, entry);
  }

  /** Is the running task in atomic context? */
  protected get mayNotSleep(): boolean {
    return this.#exploring && this.held.atomicDepth[this.current + 1] > 0;
  }

  /** A finding when the running task is in atomic context. @param what sentence without its end: "A asks for m" */
  protected checkMaySleep(what: string, site: string): void {
    this.asking.maySleep(this.current + 1, what, site);
  }

  /** Does what runs now stand behind a step beyond the replayed prefix? */
  get isNew(): boolean {
    return this.#position > this.#keep;
  }
  /** Newest log entry of this run, -1 before the first. */
  get entry(): number {
    return this.#position - 1;
  }

  // =====================================================================================================
  // Running

  /** Everything set up so far is the state each run starts from. */
  mark(): void {
    this.memory.mark();
    this.rows.mark();
    this.held.mark();
  }

  /** Brings back the marked state. `run` does it at its start. */
  reset(): void {
    this.memory.reset();
    this.rows.reset();
    this.held.reset();
    this.findings = [];
    this.notes = [];
    this.#access.reset();
    this.#reportedWaits = 0;
  }

  /**
   * Runs the tasks once from the marked state.
   *
   * Findings that need the books (data races, unordered frees, lock orders) are reported by the run that sees them
   * beyond its prefix, and not again by runs that replay them.
   * @param keep how many entries of the log to replay before the driver decides; -1 also forgets what tasks did
   *   before their first step (the first run of an exploration)
   */
  run(specs: readonly TaskSpec[], driver: Driver, keep: number): RunEnd {
    if (this.rows.recycling)
      throw new ProtocolError("a machine that recycles rows cannot explore: make another one for it");
    if (this.#exploring) throw new ProtocolError("a machine runs one execution at a time");
    if (specs.length > MAX_TASKS)
      throw new ProtocolError(`${specs.length} tasks, but a machine can have at most ${MAX_TASKS}`);
    if (keep > this.log.length)
      throw new ProtocolError(`cannot replay ${keep} entries: the log has ${this.log.length}`);
    this.reset();
    this.log.cut(Math.max(keep, 0));
    this.races.cut(keep);
    this.order.cut(keep);
    this.#driver = driver;
    this.#keep = keep;
    this.#watchFrom = keep;
    this.#position = 0;
    this.#end = "done";
    this.#alone = specs.length === 1;
    this.tasks = 0;
    this.ended = 0;
    this.killed = 0;
    this.daemons = 0;
    this.joinable = 0;
    for (let t = 0; t < this.#tasks.count; t++) this.pendingKind[t] = NONE;
    this.#countStepsKept();
    this.#tasks.reset();
    this.#exploring = true;
    try {
      // All have their words before any starts: the first may already name the last (a signal to it).
      this.#tasks.nameFirst(specs);
      for (const spec of specs) this.#start(this.#tasks.next(-1), spec, -1);
      this.#quickEnd = this.log.stepBefore(keep);
      this.#loop();
    } finally {
      this.#exploring = false;
      this.#starting = false;
      this.#quickEnd = 0;
      this.#watchFrom = NOTHING_WATCHED;
      this.#owesYield = false;
      this.current = -1;
    }
    if (this.#end === "done") this.#judgeEnd();
    if (this.order.grown) this.asking.judge();
    return this.#end;
  }

  /** Steps of the replayed prefix count from the start: nobody asks before it is over. */
  #countStepsKept(): void {
    const log = this.log;
    this.#stepsTaken = 0;
    for (let t = 0; t < this.#tasks.count; t++) {
      const last = log.lastEntry[t];
      this.#steps[t] = last >= 0 ? log.nth[last] : 0;
      this.#stepsTaken += this.#steps[t];
    }
  }

  #start(task: number, spec: TaskSpec, born: number): void {
    const creator = this.current;
    this.#tasks.started(creator);
    if (task >= this.tasks) this.tasks = task + 1;
    if (spec.daemon) this.daemons |= 1 << task;
    if (spec.joinable) this.joinable |= 1 << task;
    this.races.born(task, born);
    const generator = spec.run();
    if (this.isNew) refuseNonGenerator(spec.name, generator);
    this.#generators[task] = spec.joinable ? this.#withExit(generator, task) : generator;
    const { site } = this;
    const quickEnd = this.#quickEnd;
    const wasStarting = this.#starting;
    this.#starting = true;
    this.#quickEnd = 0;
    this.current = task;
    this.site = NO_SITE;
    this.#resume(task);
    this.current = creator;
    this.site = site;
    this.#quickEnd = quickEnd;
    this.#starting = wasStarting;
  }

  *#withExit(path: Path<unknown>, task: number): Path {
    yield* path;
    if (this.announce(EXIT, this.endWord[task], 0, NO_SITE)) yield;
  }

  /** Runs a task's code up to its next announcement or its end. */
  #resume(task: number): void {
    try {
      this.#goOn(task);
    } catch (error) {
      if (error !== FATAL) throw error;
      this.#drop(task);
    }
    this.#owesYield = false;
  }

  #goOn(task: number): void {
    const result = this.#generators[task]!.next();
    if (!this.#owesYield || result.done || result.value !== undefined) {
      if (result.done && !this.#owesYield) this.#finish(task);
      else if ((this.killed & (1 << task)) !== 0) this.#refuseToGoOn();
      else throw wrongYield(this.taskNames[task], result);
    } else if ((this.killed & (1 << task)) !== 0) this.#refuseToGoOn();
  }

  /** The task was ended by a finding: it takes no further step, its locks stay held. */
  #drop(task: number): void {
    this.pendingKind[task] = NONE;
    this.killed |= 1 << task;
    this.#generators[task] = null;
    this.#next = -2;
  }

  #loop(): void {
    let t = this.#decide();
    while (t >= 0) {
      this.current = t;
      this.#next = -2;
      try {
        this.#execute(t);
        this.#goOn(t);
      } catch (error) {
        if (error !== FATAL) throw error;
        this.#drop(t);
      }
      this.#owesYield = false;
      t = this.#next === -2 ? this.#decide() : this.#next;
    }
  }

  #finish(task: number): void {
    this.pendingKind[task] = NONE;
    this.ended |= 1 << task;
    this.#generators[task] = null;
    this.#next = -2;
    if (this.held.list[task + 1].length > 0) this.#leaksLocks(task);
  }

  #leaksLocks(task: number): void {
    const held = this.held.list[task + 1].filter((entry) => entry >= 0);
    if (held.length > 0) {
      const names = held.map((entry) => this.nameOf(entry >> 1));
      this.note("lock-leak", {
        message: `${this.taskNames[task]} ends while holding ${names.join(", ")}`,
        objects: names,
      });
    }
  }

  /** A spawn takes effect: the child runs up to its first announcement. */
  bear(child: number, holder: number): void {
    this.#alone = false;
    const spec = this.payload[holder] as TaskSpec;
    this.payload[holder] = null;
    const position = this.#position - 1;
    const next = this.#next;
    this.#tasks.name(child, spec.name);
    this.#start(child, spec, position);
    this.#next = next;
  }

  #judgeEnd(): void {
    const waiting: Waiting[] = [];
    for (let t = 0; t < this.tasks; t++) {
      if (this.pendingKind[t] === NONE || (this.daemons & (1 << t)) !== 0) continue;
      waiting.push({ task: t, holders: this.#inTheWayOf(t) });
    }
    if (waiting.length === 0) return;
    this.#end = "blocked";
    const stuck = judge(waiting, this.killed | this.#reportedWaits, this.killed !== 0);
    if (!stuck) return;
    const lines = stuck.tasks.map((t) => {
      const holders = waiting.find((w) => w.task === t)!.holders;
      return `${this.describePending(t)}${holders.length > 0 ? `, held by ${holders.map((h) => this.#describeHolder(h)).join(", ")}` : ""}`;
    });
    const objects = stuck.tasks.map((t) => this.nameOf(this.pendingObject[t * MAX_OBJECTS]));
    this.note(stuck.code, { message: `for ever waiting: ${lines.join("; ")}`, objects });
  }

  #describeHolder(task: number): string {
    return (this.ended & (1 << task)) !== 0
      ? `${this.taskNames[task]} (which has ended)`
      : this.taskNames[task];
  }

  /** Tasks that hold what the pending step of t waits for. */
  #inTheWayOf(t: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.pendingCount[t]; i++) {
      const word = this.pendingObject[t * MAX_OBJECTS + i];
      const holder = this.places.holderOf(word);
      if (holder < 0) found.push(...this.held.tasksHolding(word, this.tasks));
      else if (this.memory.nums[word] === 0) found.push(holder - 1);
    }
    return found;
  }

  /** Picks an outcome: see `Machine.choose`. */
  protected chosen(site: string, count: number): number {
    if (!(Number.isInteger(count) && count > 0))
      throw new ProtocolError(
        `choice "${site}" has ${count} outcomes: it needs a whole number of them, at least 1`,
      );
    const outcome = this.#exploring ? this.#chosenInRun(site, count) : this.sequentialChoice(site, count);
    if (!(outcome >= 0 && outcome < count))
      throw new ProtocolError(`outcome ${outcome} of choice "${site}" is not 0..${count - 1}`);
    return outcome;
  }

  #chosenInRun(site: string, count: number): number {
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    const log = this.log;
    const n = this.siteNumber(site);
    if (this.#position < this.#keep) {
      const i = this.#position++;
      if (log.kind[i] !== CHOICE || log.task[i] !== t || log.operand[i] !== n) {
        this.#nondeterminism(i, `a choice "${site}" of ${this.taskNames[t]}`);
      }
      return log.outcome[i];
    }
    if (this.#position - this.#stepsTaken > this.stepLimit * MAX_CHOICES_PER_LIMIT) {
      throw new ProtocolError(
        `${this.taskNames[t]} makes choice "${site}" without end: bound the loop, or take a step in it`,
      );
    }
    const outcome = this.#driver!.choose(this as unknown as Machine, site, count);
    const previous = log.lastEntry[t];
    const i = log.append(t, CHOICE, n, outcome, this.#steps[t], site);
    this.#spinning.carry(i, previous);
    this.#position++;
    return outcome;
  }

  // =====================================================================================================
  // Accesses of plain code

  /** The task the running one would spawn next. */
  protected nextChild(): number {
    return this.#tasks.next(this.current);
  }

  /** Number of the creator of what is allocated now: 0 = sequential code. */
  protected get creator(): number {
    return this.current + 1;
  }

  protected get creatorPath(): string {
    return this.current < 0 ? "" : `${this.#tasks.paths[this.current]}.`;
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
    if (this.#exploring) {
      this.#plain(word, true);
      this.#progress();
    }
    this.memory.setRef(word, value);
  }
  readAtomic(word: number): number {
    if (this.#position > this.#watchFrom) this.#mustBeAnnounced(word, false);
    return this.memory.nums[word];
  }
  writeAtomic(word: number, value: number): void {
    if (this.#position > this.#watchFrom) this.#writesNew(word, value);
    this.memory.setNum(word, value);
  }

  #writesNew(word: number, value: number): void {
    this.#mustBeAnnounced(word, true);
    if (typeof value !== "number" || Number.isNaN(value)) throw noNumber(this.nameOf(word), value);
    if (this.#exploring) this.#spinning.touched(this.#position - 1, word, value);
  }

  /** A plain access to a word that guards something outside the words (a tree): checks it as a field access. */
  touch(word: number, write: boolean): void {
    if (!this.#exploring) return;
    this.#plain(word, write);
    if (write) this.#progress();
  }

  /** Something changed whose value is no number: no circle. */
  #progress(): void {
    if (this.#position > this.#keep) this.#spinning.moved(this.#position - 1);
  }

  /** The row of a word is used, without a particular field: it must be alive, and a free must be ordered after it. */
  touchRow(word: number): void {
    if (!this.#exploring) return;
    this.#progress();
    const life = this.memory.lifeOf[word];
    if (life < 0) return;
    if (this.memory.nums[life] !== ALIVE) this.#access.dead(life, word, false);
    this.#touchLife(life);
  }

  /** A look that the program does not take part in (for witnesses and reports): nothing is checked or recorded. */
  aside<T>(look: () => T): T {
    const exploring = this.#exploring;
    const quickEnd = this.#quickEnd;
    this.#exploring = false;
    this.#quickEnd = 0;
    const seen = look();
    this.#exploring = exploring;
    this.#quickEnd = quickEnd;
    return seen;
  }

  /** The first value of an atomic, given without a step: see `Machine.init`. */
  protected initialise(word: number, value: number): void {
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== ALIVE) this.#access.dead(life, word, false);
    if (this.#exploring) {
      if (this.#owesYield) this.#refuseToGoOn();
      this.#refuseLateInit(word);
      if (this.raceDetection && this.isNew && this.current >= 0) {
        this.races.init(word, this.current, this.#steps[this.current], this.#position - 1);
        if (life >= 0) this.#touchLife(life);
      }
    }
    this.memory.setNum(word, value);
  }

  #refuseLateInit(word: number): void {
    const log = this.log;
    let j = log.lastAccess[word];
    while (j >= 0 && log.entry[j] >= this.#position) j = log.previousAccess[j];
    if (j >= 0) {
      throw new ProtocolError(
        `${this.nameOf(word)} gets a first value although steps have touched it in this run: announce a write instead`,
      );
    }
  }

  #plain(word: number, write: boolean): void {
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== ALIVE) this.#access.dead(life, word, false);
    if (this.#owesYield) this.#refuseToGoOn();
    if (this.#position <= this.#keep) return;
    this.#spinning.touched(this.#position - 1, word, this.memory.nums[word]);
    const t = this.current;
    if (t < 0 || !this.raceDetection) return;
    if (this.#alone) {
      this.races.touchAlone(word, t, this.#steps[t], this.#position - 1, write);
      return;
    }
    if (this.detectors.dataRace) {
      const partner = this.races.touch(word, t, this.#steps[t], this.#position - 1, write);
      if (partner) this.#access.race(word, write, partner);
    }
    if (life >= 0) this.#touchLife(life);
  }

  #touchLife(life: number): void {
    const t = this.current;
    if (this.raceDetection && this.isNew && t >= 0 && !this.#alone) {
      this.races.touch(life, t, this.#steps[t], this.#position - 1, false);
    }
  }

  #mustBeAnnounced(word: number, write: boolean): void {
    if (!this.#exploring) return;
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    if (this.#starting || t < 0 || this.#steps[t] === 0) {
      throw new ProtocolError(`${this.nameOf(word)} is touched before the task announced a step`);
    }
    const at = t * MAX_OBJECTS;
    const kind = this.pendingKind[t];
    let named = this.pendingObject[at] === word;
    for (let i = 1; !named && i < this.pendingCount[t]; i++) named = this.pendingObject[at + i] === word;
    const allowed = write
      ? kind === WRITE || kind === RMW || kind === STORE_RELEASE || (kind === CAS && this.result === 1)
      : kind !== ADD && kind !== COMPLETE && kind !== WAKE;
    if (!named || !allowed) {
      throw new ProtocolError(
        `${this.taskNames[t]} ${write ? "writes" : "reads"} ${this.nameOf(word)} behind a step that announced ${this.describePending(t)}: announce the access itself`,
      );
    }
  }

  // =====================================================================================================
  // Findings

  /** The running task puts a stand-in (see `Machine.poison`) where an object is expected: findings name the place. */
  placed(standIn: Row): void {
    this.#access.placed(standIn);
  }

  /** Where the value of a plain word comes from: the newest write this run. */
  originOf(word: number): Place | undefined {
    return this.#access.originOf(word);
  }

  /** Reports a violation and ends the running task. In sequential code it throws a `SequentialFinding`. */
  find(code: string, facts: FindingFacts): never {
    this.#report(code, facts, true);
    if (!this.#exploring) throw new SequentialFinding(`${code}: ${facts.message}`);
    this.killed |= 1 << this.current;
    this.#owesYield = true; // a path that catches this must not go on
    throw FATAL;
  }

  /** Reports a violation; the task goes on. */
  note(code: string, facts: FindingFacts): void {
    this.#report(code, facts, false);
  }

  /** A fatal finding of a detector, unless the detector is switched off: then the task goes on. */
  violation(code: string, facts: FindingFacts): void {
    if (this.detectors.on(code)) this.find(code, facts);
  }

  #report(code: string, facts: FindingFacts, fatal: boolean): void {
    if (!this.detectors.on(code)) return;
    const t = this.current;
    this.findings.push({
      code,
      message: facts.message,
      at: facts.at ?? {
        task: t >= 0 ? this.taskNames[t] : "",
        site: facts.site ?? (t >= 0 ? this.site : ""),
        event: this.#position - 1,
      },
      ...(facts.other ? { other: facts.other } : {}),
      objects: facts.objects ?? [],
      fatal,
      ...(facts.potential ? { potential: true as const } : {}),
    });
  }

  /** The plain code from here on belongs to this function: for findings, where a callee announced the last step. */
  at(site: string): void {
    if (this.#exploring && this.current >= 0) this.site = site;
  }

  /** Words for a human, kept with the present entry while a trace is told. */
  say(text: string): void {
    if (this.telling) this.notes.push({ entry: this.#position - 1, text });
  }

  // =====================================================================================================
  // Names and numbers

  /** Name of a word for reports: its row's label or (slab, creator, n), and the field. */
  nameOf(word: number): string {
    return this.rows.nameOf(word);
  }

  /** The pending or just executed step of task t in words. */
  describePending(t: number): string {
    const kind = this.pendingKind[t];
    if (kind === NONE) return `${this.taskNames[t]} (ended)`;
    const site = this.pendingSite[t];
    const objects: string[] = [];
    for (let i = 0; i < this.pendingCount[t]; i++) {
      if (i === 0 || !isKillable(kind)) objects.push(this.nameOf(this.pendingObject[t * MAX_OBJECTS + i]));
    }
    const condition = kind === AWAIT ? ` "${this.pendingCondition[t]!.name}" of` : "";
    return `${this.taskNames[t]}: ${KIND_NAMES[kind]}${condition} ${objects.join(", ")}${site ? ` in ${site}` : ""}`;
  }

  /** Number of a choice site, stable within an exploration. */
  siteNumber(site: string): number {
    let n = this.#sites.get(site);
    if (n === undefined) {
      n = this.#sites.size;
      this.#sites.set(site, n);
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

  #nondeterminism(entry: number, now: string): never {
    throw departed(this.log, this.taskNames, entry, now);
  }
}

/** From this kind on there are further kinds that can wait; between `AWAIT` and it there are none. */
const FIRST_LATE_WAIT = READ_ALL;
