/**
 * The machine: shared memory, tasks, and the vocabulary of steps in which tasks speak.
 *
 *     if (k.lock(account.lock, "withdraw")) yield;       announce, and let others run if they are next
 *     account.balance -= 10;                             plain code
 *     if (k.unlock(account.lock, "withdraw")) yield;
 *
 * Every method that returns `Suspend` announces one step; those that return a `Path` take several and are called with
 * `yield*`. The last argument names the function the step stands in, for reports. How steps are decided and executed
 * is in `execution.ts`; what each does to its objects in `kind.ts`.
 *
 * Outside an exploration (set-up, libraries) the same source runs sequentially: announcements apply their effect and
 * return false; a step that would wait throws `WouldWait`.
 */
import type { Callback, QueuedCallback } from "./effects.ts";
import { Execution, NO, NO_SITE } from "./execution.ts";
import { type Atomic, type AtomicRef, type Flags, IRQ, type Lock, type Rcu, SPIN } from "./fields.ts";
import {
  ADD,
  AWAIT,
  CAS,
  COMPLETE,
  COMPLETED_FOR_ALL,
  type Condition,
  DEC_AND_TEST,
  DOWNGRADE,
  ENQUEUE_READ,
  ENQUEUE_WRITE,
  EXCHANGE,
  FETCH_AND_NOT,
  FETCH_OR,
  FREE,
  INC_NOT_ZERO,
  LEAVE_QUEUE,
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
  MAX_DEADLINE,
  PREPARE_TO_WAIT,
  RCU_CALL,
  RCU_DEREFERENCE,
  RCU_GRACE_START,
  RCU_READ_LOCK,
  RCU_READ_UNLOCK,
  READ,
  READ_ALL,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  RMW,
  SEQ_READ_BEGIN,
  SEQ_READ_RETRY,
  SEQ_WRITE_BEGIN,
  SEQ_WRITE_END,
  SIGNAL,
  SPAWN,
  STORE,
  STORE_RELEASE,
  TIMER_ARM,
  TIMER_FIRE,
  TIMER_RUNNING,
  TRYLOCK,
  UNLOCK,
  WAIT_FOR_COMPLETION,
  WAKE,
  WORK_PENDING,
  WORK_RUNNING,
  WORK_TAKE,
  WRITE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import { type Path, ProtocolError, type Suspend, type TaskSpec } from "./protocol.ts";
import type { Row, Slab } from "./slab.ts";

const HAS_ENDED: Condition = { name: "has ended", holds: (end) => end !== 0 };
const GRACE_PERIOD_OVER: Condition = { name: "the grace period is over", holds: allOver };
const ITS_TURN: Condition = { name: "its turn", holds: allOver };
const WORK_IDLE: Condition = { name: "neither pending nor running", holds: (work) => work === 0 };
const TIMER_QUIET: Condition = { name: "its handler does not run", holds: (timer) => timer % 2 === 0 };

function allOver(...places: number[]): boolean {
  return places.every((place) => place !== 0);
}

/** Shared state, tasks and one execution at a time. One machine serves a whole exploration. */
export class Machine extends Execution {
  // =====================================================================================================
  // Atomics

  /** Announces a step of any kind that takes one object. The named forms below read better. */
  step(kind: number, object: Lock | Atomic, operand = 0, site: string = NO_SITE): Suspend {
    if (kind === AWAIT) throw new ProtocolError("an await needs its condition: k.await(condition, cells)");
    return this.announce(kind, object.word, operand, site);
  }
  /** Atomic read (READ_ONCE and kin): orders nothing. `result` is the value. */
  read(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(READ, cell.word, 0, site);
  }
  /** Atomic write (WRITE_ONCE, set_bit): orders nothing. The plain code writes. */
  write(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(WRITE, cell.word, 0, site);
  }
  /** As `write`, with the machine writing (WRITE_ONCE): one line where the value is known. */
  writeOnce(cell: Atomic | AtomicRef<Row>, value: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, cell.word, value, site);
  }
  /** Atomic read-modify-write whose old value is looked at; fully ordered. The plain code reads and writes. */
  rmw(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(RMW, cell.word, 0, site);
  }
  /** Sets the value and reports the old one in `result` (xchg, test_and_set_bit); fully ordered. */
  exchange(cell: Atomic | AtomicRef<Row>, value: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, cell.word, value, site);
  }
  /** Adds without looking (atomic_inc, atomic_add). The machine applies it. Two of them commute. */
  add(cell: Atomic, amount: number, site: string = NO_SITE): Suspend {
    return this.announce(ADD, cell.word, amount, site);
  }
  /** Compare and exchange: `result` is 1 when the value was `expected`; the plain code then writes. */
  cas(cell: Atomic | AtomicRef<Row>, expected: number, site: string = NO_SITE): Suspend {
    return this.announce(CAS, cell.word, expected, site);
  }
  /** Load that takes over what a matching store released. */
  loadAcquire(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(LOAD_ACQUIRE, cell.word, 0, site);
  }
  /** Store that hands over everything done before it. The plain code writes. */
  storeRelease(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(STORE_RELEASE, cell.word, 0, site);
  }
  /** Drops a reference: `result` is 1 when it was the last. The machine applies it. */
  decAndTest(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(DEC_AND_TEST, cell.word, 0, site);
  }
  /** Takes a reference unless there is none left: `result` is 1 when it did. The machine applies it. */
  incNotZero(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(INC_NOT_ZERO, cell.word, 0, site);
  }

  /** First value of an atomic in a row nobody else knows yet (atomic_set before publishing). Not a step. */
  init(cell: Atomic | AtomicRef<Row>, value: number): void {
    this.initialise(cell.word, value);
  }

  // =====================================================================================================
  // Flags: each bit is an object of its own

  /** Sets a bit (set_bit): orders nothing. */
  setBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit (clear_bit): orders nothing. */
  clearBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, flags.bit(bit).word, 0, site);
  }
  /** Reads a bit: `result` is 0 or 1. */
  testBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(READ, flags.bit(bit).word, 0, site);
  }
  /** Sets a bit and reports in `result` what it was (test_and_set_bit); fully ordered. */
  testAndSetBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit and reports in `result` what it was (test_and_clear_bit); fully ordered. */
  testAndClearBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, flags.bit(bit).word, 0, site);
  }
  /** Reads the whole word: `result` is the mask of the bits that are set. Conflicts with a change of any bit. */
  readFlags(flags: Flags, site: string = NO_SITE): Suspend {
    return this.announceSeveral(READ_ALL, range(flags.word, flags.size), 0, site);
  }

  // =====================================================================================================
  // Locks. `subclass` tells a nested lock of the same class apart for the order of locks (lockdep's subclass).

  /** Takes a mutex, a spinlock. */
  lock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, this.rows.role[lock.word] !== SPIN, site);
    return this.announce(LOCK, lock.word, subclass, site);
  }
  /** As `lock`; a pending signal cuts the wait short: then `interrupted`. */
  lockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(LOCK_KILLABLE, lock.word, subclass, site);
  }
  /** `result` is 1 when it was free and is now held. */
  tryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(TRYLOCK, lock.word, subclass, site);
  }
  unlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(UNLOCK, lock.word, 0, site);
  }
  readLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, false, subclass, true, site);
    return this.announce(READ_LOCK, lock.word, subclass, site);
  }
  readLockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, false, subclass, true, site);
    return this.announceKillable(READ_LOCK_KILLABLE, lock.word, subclass, site);
  }
  readTryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(READ_TRYLOCK, lock.word, subclass, site);
  }
  readUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(READ_UNLOCK, lock.word, 0, site);
  }
  writeLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announce(WRITE_LOCK, lock.word, subclass, site);
  }
  writeLockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(WRITE_LOCK_KILLABLE, lock.word, subclass, site);
  }
  writeTryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(WRITE_TRYLOCK, lock.word, subclass, site);
  }
  writeUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(WRITE_UNLOCK, lock.word, 0, site);
  }
  /** The writer becomes a reader without letting anybody in between. */
  downgrade(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(DOWNGRADE, lock.word, 0, site);
  }

  /** Condition of a task's last killable step: a signal cut the wait short. */
  get interrupted(): boolean {
    return this.result === 0;
  }

  // ---- fair reader/writer locks: whoever comes first is served first. Simplified: no trylock, no signals

  /** Takes a fair lock for reading. Waits behind every writer who came before, waiting ones included. */
  *fairReadLock(lock: Lock, site: string = NO_SITE, subclass = 0): Path {
    if (this.enqueue(ENQUEUE_READ, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Takes a fair lock for writing. Waits behind everybody who came before. */
  *fairWriteLock(lock: Lock, site: string = NO_SITE, subclass = 0): Path {
    if (this.enqueue(ENQUEUE_WRITE, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Gives a fair lock back, whichever way it was taken. */
  fairUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    const place = this.places.open(lock.word, this.creator);
    if (place < 0) {
      const name = this.nameOf(lock.word);
      this.find("lock-misuse", {
        message: `${name} is unlocked by a task that does not hold it`,
        objects: [name],
        site,
      });
    }
    return this.announce(LEAVE_QUEUE, place, 0, site);
  }
  private enqueue(kind: number, lock: Lock, subclass: number, site: string): Suspend {
    this.asks(lock.word, kind === ENQUEUE_WRITE, subclass, true, site);
    return this.announce(kind, lock.word, subclass, site);
  }
  /** Waits for what the step just taken found in its way, if anything. */
  private awaitOver(condition: Condition, site: string): Suspend {
    const words = this.obstacles[this.creator];
    return words.length === 0 ? NO : this.announceSeveral(AWAIT, words, 0, site, condition);
  }

  // ---- interrupts: a line is disabled by the tasks of a processor, entered by its handlers

  /** Disables the interrupts of a line (local_irq_save): its handlers wait, and the task may not sleep. Nests. */
  irqDisable(line: Lock, site: string = NO_SITE): Suspend {
    if (this.exploring && this.held.has(this.creator, line.word, true)) return this.nestIrq(line.word);
    return this.announce(LOCK, line.word, 0, site);
  }
  irqEnable(line: Lock, site: string = NO_SITE): Suspend {
    if (this.exploring && this.held.count(this.creator, line.word) > 1) return this.unnestIrq(line.word);
    return this.announce(UNLOCK, line.word, 0, site);
  }
  /** A handler starts: waits until no task has the line disabled and no other handler of it runs. */
  irqEnter(line: Lock, site: string = NO_SITE): Suspend {
    return this.announce(LOCK, line.word, 0, site);
  }
  irqExit(line: Lock, site: string = NO_SITE): Suspend {
    return this.announce(UNLOCK, line.word, 0, site);
  }
  /** An inner disable is nobody else's business: no step. */
  private nestIrq(word: number): Suspend {
    this.held.take(this.creator, word, true, IRQ, 0);
    return NO;
  }
  private unnestIrq(word: number): Suspend {
    this.held.drop(this.creator, word, true, IRQ);
    return NO;
  }

  // ---- statements about locks

  /** The running task holds the lock, in write mode when asked. */
  holds(lock: Lock, write = false): boolean {
    return (
      this.held.has(this.creator, lock.word, true) ||
      (!write && this.held.has(this.creator, lock.word, false))
    );
  }

  /** A stated precondition: the running task holds the lock. A finding when it does not. */
  assertHeld(lock: Lock, write = false): void {
    if (this.holds(lock, write)) return;
    const name = this.nameOf(lock.word);
    this.violation("lock-misuse", {
      message: `${name} must be held${write ? " for writing" : ""} here`,
      objects: [name],
    });
  }

  /** What stands here may sleep (an allocation, a copy from user space): a finding in atomic context. Not a step. */
  mightSleep(site: string = NO_SITE): void {
    if (this.mayNotSleep)
      this.checkMaySleep(`${this.taskNames[this.current]} may sleep${site ? ` in ${site}` : ""}`, site);
  }

  /**
   * What stands here may have to wait for whatever the pseudo-lock `name` stands for: an allocation that may start
   * reclaim, which takes locks of its own. Only the order of locks looks at it. Not a step.
   */
  mayEnter(name: string, site: string = NO_SITE): void {
    this.asks(this.asking.pseudoWord(name), true, 0, false, site);
  }
  /** The code from here to `leavePseudo` is what `mayEnter(name)` may have to wait for. Not a step. */
  enterPseudo(name: string, site: string = NO_SITE): void {
    const word = this.asking.pseudoWord(name);
    this.asks(word, true, 0, false, site);
    if (this.exploring) this.held.take(this.creator, word, true, 0, 0);
  }
  leavePseudo(name: string): void {
    if (this.exploring && !this.held.drop(this.creator, this.asking.pseudoWord(name), true, 0)) {
      throw new ProtocolError(`leavePseudo("${name}") without enterPseudo`);
    }
  }

  // =====================================================================================================
  // Waiting

  /** Waits until `condition` holds for the values of the cells (wait_event). Never spin: wait. */
  await(condition: Condition, cells: readonly (Atomic | Lock)[], site: string = NO_SITE): Suspend {
    if (this.mayNotSleep) {
      this.checkMaySleep(`${this.taskNames[this.current]} waits for "${condition.name}"`, site);
    }
    const words = cells.map((cell) => cell.word);
    return this.announceSeveral(AWAIT, words, 0, site, condition);
  }

  /** Announces that the task is about to sleep in the queue; `result` is the ticket for `schedule`. Then check again. */
  prepareToWait(queue: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(PREPARE_TO_WAIT, queue.word, 0, site);
  }
  /** Sleeps until the queue was woken after the ticket was drawn. */
  schedule(queue: Atomic, ticket: number, site: string = NO_SITE): Suspend {
    return this.await(
      { name: `woken after wake-up ${ticket}`, holds: (wakes) => wakes !== ticket },
      [queue],
      site,
    );
  }
  /** Wakes everybody who sleeps in the queue. Simplified: there are no exclusive waiters. */
  wakeUp(queue: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(WAKE, queue.word, 0, site);
  }

  /** It is done: lets one waiter go on. */
  complete(completion: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(COMPLETE, completion.word, 0, site);
  }
  /** It is done, for all waiters, present and future. */
  completeAll(completion: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(STORE, completion.word, COMPLETED_FOR_ALL, site);
  }
  waitForCompletion(completion: Atomic, site: string = NO_SITE): Suspend {
    if (this.mayNotSleep) {
      this.checkMaySleep(`${this.taskNames[this.current]} waits for ${this.nameOf(completion.word)}`, site);
    }
    return this.announce(WAIT_FOR_COMPLETION, completion.word, 0, site);
  }

  // ---- sequence counters

  /** A writer goes in. Writers must exclude each other by a lock. */
  seqWriteBegin(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_WRITE_BEGIN, count.word, 0, site);
  }
  seqWriteEnd(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_WRITE_END, count.word, 0, site);
  }
  /** A reader starts, once no writer is inside: `result` is what `seqReadRetry` takes. Read atomics in between. */
  seqReadBegin(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_READ_BEGIN, count.word, 0, site);
  }
  /** `result` is 1 when a writer was inside since `start`: read again. */
  seqReadRetry(count: Atomic, start: number, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_READ_RETRY, count.word, start, site);
  }

  // =====================================================================================================
  // Objects

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
  // RCU

  /** Enters a read section: what it sees stays until it leaves. Nests; the task may not sleep inside. */
  rcuReadLock(rcu: Rcu, site: string = NO_SITE): Suspend {
    return this.announce(RCU_READ_LOCK, rcu.word, 0, site);
  }
  rcuReadUnlock(rcu: Rcu, site: string = NO_SITE): Suspend {
    const depth = this.held.readDepth(this.creator, rcu.word);
    if (depth === 0) {
      const name = this.nameOf(rcu.word);
      this.find("rcu-misuse", {
        message: `a read section of ${name} is left that was never entered`,
        objects: [name],
        site,
      });
    }
    return this.announce(
      RCU_READ_UNLOCK,
      this.places.open(rcu.word, this.creator),
      depth === 1 ? 1 : 0,
      site,
    );
  }
  /** Follows a reference that RCU protects (rcu_dereference). A finding outside a read section. */
  rcuDereference(cell: Atomic | AtomicRef<Row>, rcu: Rcu, site: string = NO_SITE): Suspend {
    if (this.exploring && !this.held.has(this.creator, rcu.word, false)) {
      const name = this.nameOf(cell.word);
      this.note("rcu-misuse", {
        message: `${this.taskNames[this.current]} follows ${name} outside any read section of ${this.nameOf(rcu.word)}`,
        objects: [name],
        site,
      });
    }
    return this.announce(RCU_DEREFERENCE, cell.word, 0, site);
  }
  /** Waits until every read section that has begun by now is over (synchronize_rcu). */
  *synchronizeRcu(rcu: Rcu, site: string = NO_SITE): Path {
    if (this.startGracePeriod(rcu, site)) yield;
    if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
  }
  private startGracePeriod(rcu: Rcu, site: string): Suspend {
    if (this.mayNotSleep)
      this.checkMaySleep(`${this.taskNames[this.current]} waits for a grace period`, site);
    return this.announce(RCU_GRACE_START, rcu.word, 0, site);
  }
  /**
   * Has `callback` run by the callback task of the domain (`rcuCallbacks`), once every read section that has begun by
   * now is over. In sequential code it is queued, too; `runCallbacks` runs it.
   */
  callRcu(rcu: Rcu, callback: Callback, site: string = NO_SITE): Suspend {
    this.payload[this.creator] = callback;
    return this.announce(RCU_CALL, rcu.word, 0, site);
  }
  /** Frees the row after a grace period (kfree_rcu). */
  freeRcu(rcu: Rcu, row: Row, site: string = NO_SITE): Suspend {
    const free = (k: Machine): Suspend => k.free(row, site);
    const k = this as Machine;
    return this.callRcu(
      rcu,
      {
        name: `free ${this.rows.stableName(row.at)}`,
        run: function* () {
          if (free(k)) yield;
        },
      },
      site,
    );
  }
  /**
   * The task that runs the deferred callbacks of a domain, in the order in which they were queued. Deferred frees cost
   * one task altogether, not one each. Simplified: one queue per domain, not one per processor.
   */
  rcuCallbacks(rcu: Rcu, name = "rcu callbacks"): TaskSpec {
    return { name, daemon: true, run: () => this.runQueue(rcu, name) };
  }
  private *runQueue(rcu: Rcu, site: string): Path {
    for (let n = 1; ; n++) {
      if (this.await({ name: `callback ${n} is queued`, holds: (queued) => queued >= n }, [rcu], site)) yield;
      const queued = this.callbacks(rcu)[n - 1];
      this.obstacles[this.creator] = queued.sections;
      if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
      yield* queued.callback.run();
      if (this.add(rcu.done, 1, site)) yield;
    }
  }
  /** Waits until every callback that was queued by now has run (rcu_barrier). */
  *rcuBarrier(rcu: Rcu, site: string = NO_SITE): Path {
    if (this.announce(READ, rcu.word, 0, site)) yield;
    const queued = this.result;
    if (
      this.await({ name: `${queued} callbacks have run`, holds: (done) => done >= queued }, [rcu.done], site)
    )
      yield;
  }
  /** Runs the callbacks that are queued, in sequential code (set-up, tear-down): nobody reads any more. */
  runCallbacks(rcu: Rcu): void {
    if (this.exploring)
      throw new ProtocolError("runCallbacks is for sequential code: tasks have the task of rcuCallbacks");
    for (let n = this.memory.nums[rcu.done.word]; n < this.callbacks(rcu).length; n++) {
      sequentially(this.callbacks(rcu)[n].callback.run());
      this.memory.setNum(rcu.done.word, n + 1);
    }
  }
  private callbacks(rcu: Rcu): readonly QueuedCallback[] {
    return (this.memory.refs[rcu.word] as readonly QueuedCallback[] | undefined) ?? [];
  }

  // =====================================================================================================
  // Tasks, timers, work items

  /** Starts another task. Everything done so far happened before its first step. */
  spawn(spec: TaskSpec, site: string = NO_SITE): Suspend {
    if (!this.exploring) {
      throw new ProtocolError(
        `spawn("${spec.name}") outside an exploration: sequential code calls the path with yield*`,
      );
    }
    const child = this.nextChild();
    this.payload[this.creator] = spec;
    return this.announce(SPAWN, this.birthWord[child], child, site);
  }
  /** Waits for the end of a task that was made `joinable`. @param task its number, see `taskNumber` */
  join(task: number, site: string = NO_SITE): Suspend {
    if (!(task >= 0 && task < this.tasks))
      throw new ProtocolError(`join: there is no task ${task} in this run`);
    if ((this.joinable & (1 << task)) === 0) {
      throw new ProtocolError(
        `join: the end of ${this.taskNames[task]} is no step: give its task \`joinable: true\``,
      );
    }
    return this.await(HAS_ENDED, [{ word: this.endWord[task] }], site);
  }

  /** Sends a task of this run a fatal signal. @param task its number, see `taskNumber` */
  signal(task: number, site: string = NO_SITE): Suspend {
    if (!this.exploring) return NO;
    if (!(task >= 0 && this.signalWord[task] > 0))
      throw new ProtocolError(`signal: there is no task ${task}`);
    return this.announce(SIGNAL, this.signalWord[task], 0, site);
  }
  /** Looks whether a fatal signal is pending for the running task: `result` is 1 when it is. */
  signalPending(site: string = NO_SITE): Suspend {
    if (!this.exploring) {
      this.result = 0;
      return NO;
    }
    return this.announce(READ, this.signalWord[this.current], 0, site);
  }

  /** Arms a timer or moves it; `result` is 1 when it was armed. @param deadline in ticks of its clock */
  armTimer(timer: Atomic, deadline: number, site: string = NO_SITE): Suspend {
    if (!(Number.isInteger(deadline) && deadline >= 0 && deadline < MAX_DEADLINE)) {
      throw new ProtocolError(`a deadline is an integer from 0 to ${MAX_DEADLINE - 1}, not ${deadline}`);
    }
    return this.announce(TIMER_ARM, timer.word, deadline + 1, site);
  }
  /** Disarms a timer; `result` is 1 when it was armed. Its handler may still be running. */
  cancelTimer(timer: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(TIMER_ARM, timer.word, 0, site);
  }
  /** Disarms a timer and waits for its handler (timer_delete_sync). */
  *cancelTimerSync(timer: Atomic, site: string = NO_SITE): Path {
    if (this.cancelTimer(timer, site)) yield;
    if (this.await(TIMER_QUIET, [timer], site)) yield;
  }
  /**
   * The task of a timer: fires when the timer is armed and no timer on the same clock is due earlier. Virtual time
   * orders timers with each other and nothing else: any task may be as slow or as fast as it likes.
   * @param clock all timers on the clock
   */
  timerTask(name: string, timer: Atomic, clock: readonly Atomic[], handler: () => Path): TaskSpec {
    const words = [
      timer.word,
      ...clock.filter((other) => other.word !== timer.word).map((other) => other.word),
    ];
    return { name, daemon: true, run: () => this.serveTimer(name, words, handler) };
  }
  private *serveTimer(site: string, words: readonly number[], handler: () => Path): Path {
    for (;;) {
      if (this.announceSeveral(TIMER_FIRE, words, 0, site)) yield;
      yield* handler();
      if (this.announce(FETCH_AND_NOT, words[0], TIMER_RUNNING, site)) yield;
    }
  }

  /** Queues a work item; `result` is 0 when it was pending already. */
  *queueWork(work: Atomic, site: string = NO_SITE): Path {
    if (this.announce(FETCH_OR, work.word, WORK_PENDING, site)) yield;
    this.result = (this.result & WORK_PENDING) === 0 ? 1 : 0;
  }
  /** Takes back a pending work item; `result` is 1 when it was pending. It may still be running. */
  cancelWork(work: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(FETCH_AND_NOT, work.word, WORK_PENDING, site);
  }
  /** Waits until the work item is neither pending nor running (flush_work). */
  flushWork(work: Atomic, site: string = NO_SITE): Suspend {
    return this.await(WORK_IDLE, [work], site);
  }
  /** The task of a work item. Simplified: every item has a worker of its own. */
  workTask(name: string, work: Atomic, run: () => Path): TaskSpec {
    return { name, daemon: true, run: () => this.serveWork(name, work, run) };
  }
  private *serveWork(site: string, work: Atomic, run: () => Path): Path {
    for (;;) {
      if (this.announce(WORK_TAKE, work.word, 0, site)) yield;
      yield* run();
      if (this.announce(FETCH_AND_NOT, work.word, WORK_RUNNING, site)) yield;
    }
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

/**
 * Runs a path in sequential code (set-up, tear-down, libraries) and returns what it returns.
 *
 * Throws `WouldWait` where the path would have to wait for somebody else.
 */
export function sequentially<T>(path: Path<T>): T {
  const result = path.next();
  if (!result.done)
    throw new ProtocolError(
      "a path yielded in sequential code: it may do so only where an announcement told it to",
    );
  return result.value;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
