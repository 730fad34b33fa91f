/**
 * Kinds of steps: what each does to its objects, when it is enabled, and with what it conflicts.
 *
 * A step names up to `MAX_OBJECTS` objects. On each object it has a class; two steps of different tasks are
 * *dependent* when they share an object on which their classes conflict:
 *
 *        r  w  x  a        r  reads                          x  a write trylock that failed
 *     r  .  #  #  #        w  writes                         a  adds without looking
 *     w  #  #  #  #
 *     x  #  #  .  #        # conflict   . commute
 *     a  #  #  #  .
 *
 * so: equal classes commute unless they are `w`; different classes always conflict.
 *
 * A class may depend on the state (a failed compare-and-swap only reads). That is sound because the outcome of
 * a pending step can change only through a step that conflicts with it. Everything here is a pure function of
 * (kind, operand, values), so that an explorer can ask "what would this step be over there?" without running it.
 *
 * Values of lock words: mutex and spinlock 0 = free, owner + 1 = held; rwsem 0 = free, n > 0 = n readers,
 * -(owner + 1) = held by a writer. A seqcount is odd while its writer is inside. A completion counts what is not yet
 * waited for (`COMPLETED_FOR_ALL`: for all). A timer is twice its deadline + 1, 0 when it is
 * disarmed, plus 1 while its handler runs. A place in a fair queue and an RCU read
 * section are 0 until they are over.
 */

/** Most objects a single step may name, life objects included. */
export const MAX_OBJECTS = 32;

export const R = 1;
export const W = 2;
export const X = 3;
export const A = 4;
/** `r`, `w`, `x` or `a`: see the head of this file. */
export type AccessClass = 0 | 1 | 2 | 3 | 4;

/** True when accesses of these classes to the same object do not commute. */
export function conflicts(a: number, b: number): boolean {
  return a === W || a !== b;
}

/** Kinds of steps. Numbers are part of the trace format; new kinds are added at the end. */
export const NONE = 0;
export const READ = 1;
export const WRITE = 2;
export const RMW = 3;
export const ADD = 4;
export const CAS = 5;
export const LOCK = 6;
export const UNLOCK = 7;
export const TRYLOCK = 8;
export const READ_LOCK = 9;
export const READ_UNLOCK = 10;
export const READ_TRYLOCK = 11;
export const WRITE_LOCK = 12;
export const WRITE_UNLOCK = 13;
export const WRITE_TRYLOCK = 14;
export const DOWNGRADE = 15;
export const READ_LOCK_KILLABLE = 16;
export const WRITE_LOCK_KILLABLE = 17;
export const LOCK_KILLABLE = 18;
export const AWAIT = 19;
export const FREE = 20;
export const SPAWN = 21;
export const LOAD_ACQUIRE = 22;
export const STORE_RELEASE = 23;
export const DEC_AND_TEST = 24;
export const INC_NOT_ZERO = 25;
export const SIGNAL = 26;
/** Not a step: a log entry of `choose()`. */
export const CHOICE = 27;
/** Sets the value to the operand, orders nothing (set_bit, WRITE_ONCE); the machine applies it. */
export const STORE = 28;
/** Sets the value to the operand and reports the old one, fully ordered (xchg, test_and_set_bit). */
export const EXCHANGE = 29;
/** Sets the operand's bits and reports the old value, fully ordered. */
export const FETCH_OR = 30;
/** Clears the operand's bits and reports the old value, fully ordered. */
export const FETCH_AND_NOT = 31;
/** Reads every bit of a flags word; reports them as a mask. */
export const READ_ALL = 32;
export const SEQ_WRITE_BEGIN = 33;
export const SEQ_WRITE_END = 34;
/** Waits while a writer is inside; reports the count. */
export const SEQ_READ_BEGIN = 35;
/** Reports 1 when the count is no longer the operand. */
export const SEQ_READ_RETRY = 36;
export const COMPLETE = 37;
export const WAIT_FOR_COMPLETION = 38;
export const WAKE = 39;
/** Reports how often the queue was woken so far. */
export const PREPARE_TO_WAIT = 40;
/** Object 0 is the timer, the others are those on the same clock. */
export const TIMER_FIRE = 41;
export const WORK_TAKE = 42;
export const RCU_READ_LOCK = 43;
/** Operand 1: the section ends; 0: an inner one does. The object is the section. */
export const RCU_READ_UNLOCK = 44;
export const RCU_GRACE_START = 45;
export const RCU_CALL = 46;
export const RCU_DEREFERENCE = 47;
/** Fair reader/writer lock: takes a place in the queue. Being granted it is an await. */
export const ENQUEUE_READ = 48;
export const ENQUEUE_WRITE = 49;
/** Gives the place up; the object is the place. */
export const LEAVE_QUEUE = 50;
/** The end of a task that others may join. */
export const EXIT = 51;
/** Arms a timer (operand = deadline + 1) or disarms it (0); reports whether it was armed. */
export const TIMER_ARM = 52;

/** Names for reports, by kind number. */
export const KIND_NAMES: readonly string[] = [
  "none",
  "read",
  "write",
  "rmw",
  "add",
  "cas",
  "lock",
  "unlock",
  "trylock",
  "read lock",
  "read unlock",
  "read trylock",
  "write lock",
  "write unlock",
  "write trylock",
  "downgrade",
  "read lock killable",
  "write lock killable",
  "lock killable",
  "await",
  "free",
  "spawn",
  "load acquire",
  "store release",
  "dec and test",
  "inc not zero",
  "signal",
  "choice",
  "store",
  "exchange",
  "fetch or",
  "fetch and not",
  "read all",
  "seq write begin",
  "seq write end",
  "seq read begin",
  "seq read retry",
  "complete",
  "wait for completion",
  "wake",
  "prepare to wait",
  "timer fire",
  "work take",
  "rcu read lock",
  "rcu read unlock",
  "rcu grace start",
  "rcu call",
  "rcu dereference",
  "enqueue read",
  "enqueue write",
  "leave queue",
  "exit",
  "timer arm",
];

/** A condition of an await: a pure function of the values of the awaited objects. */
export interface Condition {
  /** Stable name, part of the trace. */
  readonly name: string;
  readonly holds: (...values: number[]) => boolean;
}

/** Can this kind ever be disabled? Then races with it look through what enabled it. */
export function canBlock(kind: number): boolean {
  switch (kind) {
    case LOCK:
    case READ_LOCK:
    case WRITE_LOCK:
    case READ_LOCK_KILLABLE:
    case WRITE_LOCK_KILLABLE:
    case LOCK_KILLABLE:
    case AWAIT:
    case SEQ_READ_BEGIN:
    case WAIT_FOR_COMPLETION:
    case TIMER_FIRE:
    case WORK_TAKE:
      return true;
    default:
      return false;
  }
}

/** Bits of a work item's word. */
export const WORK_PENDING = 1;
export const WORK_RUNNING = 2;
/** Value of a completion that lets everybody pass: more than will ever wait, and still a number to count with. */
export const COMPLETED_FOR_ALL: number = 2 ** 30;
/** Bit of a timer's word. */
export const TIMER_RUNNING = 1;
/** Latest deadline of a timer: its word must fit into 32 bits. */
export const MAX_DEADLINE: number = 2 ** 29;

/** Killable kinds name {lock, signal flag}: object 1 is the flag of the asking task. */
export function isKillable(kind: number): boolean {
  return kind >= READ_LOCK_KILLABLE && kind <= LOCK_KILLABLE;
}

/** Would a killable acquisition get its lock, with the lock word at `lock`? Free wins over a signal. */
function lockFree(kind: number, lock: number): boolean {
  return kind === READ_LOCK || kind === READ_LOCK_KILLABLE ? lock >= 0 : lock === 0;
}

/**
 * Is a step of this kind enabled, with its objects at `values[from ...]`?
 * @param condition the await's condition; null for other kinds
 * @param count number of the step's own objects (without life objects)
 */
export function enabledAt(
  kind: number,
  condition: Condition | null,
  values: ArrayLike<number>,
  from: number,
  count: number,
): boolean {
  switch (kind) {
    case LOCK:
    case WRITE_LOCK:
      return values[from] === 0;
    case READ_LOCK:
      return values[from] >= 0;
    case READ_LOCK_KILLABLE:
    case WRITE_LOCK_KILLABLE:
    case LOCK_KILLABLE:
      return lockFree(kind, values[from]) || values[from + 1] !== 0;
    case AWAIT:
      if (count === 1) return condition!.holds(values[from]);
      if (count === 2) return condition!.holds(values[from], values[from + 1]);
      return condition!.holds(...Array.from({ length: count }, (_, i) => values[from + i]));
    case SEQ_READ_BEGIN:
      return values[from] % 2 === 0;
    case WAIT_FOR_COMPLETION:
      return values[from] > 0;
    case WORK_TAKE:
      return values[from] === WORK_PENDING;
    case TIMER_FIRE: {
      if (values[from] < 2) return false; // disarmed
      const due = values[from] >> 1;
      for (let i = 1; i < count; i++) {
        const other = values[from + i] >> 1;
        if (other !== 0 && other < due) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

/**
 * Class of the step on its first object, with that object at `value`.
 * @param operand expected value for CAS
 */
export function classAt(kind: number, operand: number, value: number): AccessClass {
  switch (kind) {
    case READ:
    case READ_LOCK:
    case READ_UNLOCK:
    case READ_TRYLOCK:
    case AWAIT:
    case LOAD_ACQUIRE:
    case READ_ALL:
    case SEQ_READ_BEGIN:
    case SEQ_READ_RETRY:
    case PREPARE_TO_WAIT:
    case RCU_READ_LOCK:
    case RCU_DEREFERENCE:
      return R;
    case ADD:
    case COMPLETE:
    case WAKE:
      return A;
    case RCU_READ_UNLOCK:
      return operand === 1 ? W : R;
    case CAS:
      return value === operand ? W : R;
    case TRYLOCK:
      return value === 0 ? W : R;
    case WRITE_TRYLOCK:
      return value === 0 ? W : X;
    case READ_LOCK_KILLABLE:
      return R;
    case WRITE_LOCK_KILLABLE:
      return value === 0 ? W : X;
    case LOCK_KILLABLE:
      return value === 0 ? W : R;
    default:
      return W;
  }
}

/**
 * Result register after the step: 1 = success / acquired / reached zero, 0 = not; the value for kinds that report
 * it. Of `READ_ALL`, whose result depends on several objects, only the machine knows it.
 */
export function outcomeAt(kind: number, operand: number, value: number): number {
  switch (kind) {
    case READ:
    case LOAD_ACQUIRE:
    case EXCHANGE:
    case FETCH_OR:
    case FETCH_AND_NOT:
    case SEQ_READ_BEGIN:
    case PREPARE_TO_WAIT:
    case RCU_DEREFERENCE:
      return value;
    case SEQ_READ_RETRY:
      return value !== operand ? 1 : 0;
    case TIMER_ARM:
      return value > 1 ? 1 : 0;
    case CAS:
      return value === operand ? 1 : 0;
    case TRYLOCK:
    case WRITE_TRYLOCK:
    case WRITE_LOCK_KILLABLE:
    case LOCK_KILLABLE:
      return value === 0 ? 1 : 0;
    case READ_TRYLOCK:
    case READ_LOCK_KILLABLE:
      return value >= 0 ? 1 : 0;
    case DEC_AND_TEST:
      return value === 1 ? 1 : 0;
    case INC_NOT_ZERO:
      return value !== 0 ? 1 : 0;
    default:
      return 1;
  }
}

/**
 * How much a *commuting* step moves the value of its first object. Explorers use it to work out an object's
 * value as if some step had not happened; kinds of class `w` fix the value themselves and have no delta.
 */
export function deltaOf(kind: number, operand: number, outcome: number): number {
  switch (kind) {
    case ADD:
      return operand;
    case READ_LOCK:
    case COMPLETE:
    case WAKE:
      return 1;
    case READ_TRYLOCK:
    case READ_LOCK_KILLABLE:
      return outcome;
    case READ_UNLOCK:
      return -1;
    default:
      return 0;
  }
}
