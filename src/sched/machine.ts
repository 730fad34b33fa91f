/**
 * The machine: shared memory, tasks, and the vocabulary of steps in which tasks speak.
 *
 *     if (k.lock(account.lock, "withdraw")) yield;       announce, and let others run if they are next
 *     account.balance -= 10;                             plain code
 *     if (k.unlock(account.lock, "withdraw")) yield;
 *
 * Every method that returns `Suspend` announces one step; those that return a `Path` take several and are called with
 * `yield*`. The last argument names the function the step stands in, for reports. How steps are decided and executed
 * is in `execution.ts`; what each does to its objects in `kind.ts`. The vocabulary stands in layers, one class on the other:
 *
 *     Execution < AtomicSteps < LockSteps < WaitingSteps < RcuSteps < TaskSteps < Machine (objects, choices, names)
 *
 * Outside an exploration (set-up, libraries) the same source runs sequentially: announcements apply their effect and
 * return false; a step that would wait throws `WouldWait`.
 */
import { NO_SITE } from "./execution.ts";
import { FREE } from "./kind.ts";
import { type Suspend } from "./protocol.ts";
import type { Row, Slab } from "./slab.ts";
import { TaskSteps } from "./task-steps.ts";

/** Shared state, tasks and one execution at a time. One machine serves a whole exploration. */
export class Machine extends TaskSteps {
  /** Allocates a row, all fields 0, null or free. Not a step: nobody else knows it yet. */
  alloc<T extends Row>(slab: Slab<T>): T {
    const prefix = this.creatorPath;
    const display = this.current < 0 ? "" : `${this.taskNames[this.current]}.`;
    return this.rows.allocate(this, slab, this.creator, prefix, display) as T;
  }

  /** Gives a row back to its slab: conflicts with every access to it. */
  free(row: Row, site: string = NO_SITE): Suspend {
    return this.announce(FREE, row.at, 0, site);
  }

  /**
   * Freed rows, and those handed to `recycle`, are used again by later allocations: for libraries that run for long and
   * explore nothing. From here on a use after free is not found, and `run` refuses.
   */
  recycleRows(): void {
    this.rows.recycling = true;
    this.memory.keepNoJournal();
  }
  get recycling(): boolean {
    return this.rows.recycling;
  }
  /** A row that nobody refers to any more, of a slab whose rows are never freed. Does nothing unless rows are recycled. */
  recycle(row: Row): void {
    if (this.rows.recycling) this.rows.recycle(row);
  }

  /** Names a row for reports ("child", "[heap]"). */
  label(row: Row, text: string): void {
    this.memory.setRef(row.at + 1, text);
  }

  /**
   * Something that is not an object but stands where one is expected (a reserved tree entry, an error pointer).
   * Passing it around is fine; touching a field is a finding with `code`.
   * @param name short, for fields: `NAME.field`. @param text what it is, in words
   */
  poison<T extends Row>(slab: Slab<T>, code: string, name: string, text: string): T {
    return this.rows.poison(this, slab, code, name, text) as T;
  }

  /** The row of a slab with this serial number: what a table entry or a packed word refers to. */
  rowOf<T extends Row>(slab: Slab<T>, serial: number): T {
    return this.rows.bySerial(slab, serial);
  }
  /** Every row of a slab allocated so far in this run, set-up included, freed ones too. */
  rowsOf<T extends Row>(slab: Slab<T>): T[] {
    return this.rows.ofSlab(slab);
  }
  /** The row whose life mark is word `at`. */
  rowAt(at: number): Row | undefined {
    return this.rows.at(at);
  }
  /** Rows allocated and not freed, permanent ones left out. */
  alive(): Row[] {
    return this.rows.alive();
  }
  /** A further word for an entry of the sparse table at `word`; it lives and dies with the same row. */
  placeEntry(word: number, key: number): number {
    return this.rows.placeEntry(word, key);
  }

  // =====================================================================================================
  // Choices, statements, names

  /**
   * Picks one of `count` outcomes (0 = the ordinary one). Not a step: returns at once, never suspends, conflicts
   * with nothing. The explorer tries every outcome its budget allows.
   */
  choose(site: string, count: number): number {
    return this.chosen(site, count);
  }
  /** A failure that may happen here: true = it does. @param site names the place, part of the trace */
  fails(site: string): boolean {
    return this.chosen(site, 2) === 1;
  }

  /** Note which assertions are reached: for coverage. */
  watchAssertions = false;
  /** Messages of the assertions reached in some run, while watched. Never reset. */
  readonly assertionsReached: Set<string> = new Set();

  /** A stated invariant: a finding when it does not hold. */
  assert(condition: boolean, message: string, objects: readonly string[] = []): void {
    if (this.watchAssertions) this.assertionsReached.add(message);
    if (!condition) this.violation("assertion", { message, objects });
  }
  /** Something happened that an exploration must have seen at least once to mean anything. */
  witness(name: string): void {
    this.witnessed.add(name);
  }

  /** Switches a detector on or off. @param code what it finds, see `DETECTORS` */
  detect(code: string, on: boolean): void {
    this.detectors.switch(code, on);
  }
  /** Detectors that are off. A verdict must name them. */
  get switchedOff(): readonly string[] {
    const off = this.detectors.off();
    return this.raceDetection || off.includes("data-race") ? off : ["data-race", ...off].sort();
  }
  /**
   * Are plain fields scheduling points? They are not: without race detection an exploration has not seen what
   * happens when two tasks meet in a field, and its verdict is incomplete.
   */
  get fieldsAreSteps(): boolean {
    return false;
  }

  /** Name of a word without labels: the same for the same object on every machine. */
  stableName(word: number): string {
    return this.rows.stableName(word);
  }
  /** Name of a row, by its label if it has one. */
  rowName(row: Row): string {
    return this.rows.nameOf(row.at);
  }
  /** Number of the task with this name, -1 if there is none. */
  taskNumber(name: string): number {
    return this.taskNames.indexOf(name);
  }
  /** Text for a reference held in a field, free of anything that depends on the schedule. */
  referenceName(reference: unknown): string {
    return this.rows.referenceName(reference);
  }
  /** Hash of everything that differs from the marked state; the same for the same state on every machine. */
  endStateHash(): number {
    return this.memory.hash(
      (word) => this.rows.stableName(word),
      (reference) => this.rows.referenceName(reference),
    );
  }
}
