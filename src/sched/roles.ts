/**
 * Roles of words: what a word of memory stands for, and with it which kinds of steps may name it.
 *
 *     role 0        a plain word: no step names it
 *     locks         mutex, spinlock, rwsem, fair rwsem, irq line, rcu domain
 *     the rest      atomic, counter, seqcount, completion, queue, timer, work item
 *     OWN           words the machine itself keeps: signals, births, ends, places, sections, life marks
 *
 * A step whose first object has the wrong role is a mistake of the program and is refused where it is announced.
 */
import {
  ADD,
  AWAIT,
  CAS,
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
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
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
  TRYLOCK,
  UNLOCK,
  WAIT_FOR_COMPLETION,
  WAKE,
  WORK_TAKE,
  WRITE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";

/** Roles of words; what kinds of steps may name them is `KINDS_OF_ROLE`. 0 is a plain word. */
export const PLAIN = 0;
export const ATOMIC = 1;
export const COUNTER = 2;
export const MUTEX = 3;
export const SPIN = 4;
export const RWSEM = 5;
export const FAIR = 6;
export const SEQ = 7;
export const COMPLETION = 8;
export const QUEUE = 9;
export const TIMER = 10;
export const WORK = 11;
export const RCU = 12;
export const IRQ = 13;
/** Words the machine itself keeps: signals, births, ends, places, sections, life marks. */
export const OWN = 14;

/** Names of roles, for messages. */
export const ROLE_NAMES: readonly string[] = [
  "plain field",
  "atomic",
  "reference count",
  "mutex",
  "spinlock",
  "rwsem",
  "fair rwsem",
  "seqcount",
  "completion",
  "wait queue",
  "timer",
  "work item",
  "rcu domain",
  "irq line",
  "word of the machine",
];

const VALUES: readonly number[] = [
  READ,
  WRITE,
  RMW,
  ADD,
  CAS,
  AWAIT,
  LOAD_ACQUIRE,
  STORE_RELEASE,
  DEC_AND_TEST,
  INC_NOT_ZERO,
  STORE,
  EXCHANGE,
  FETCH_OR,
  FETCH_AND_NOT,
  READ_ALL,
  RCU_DEREFERENCE,
];
/** READ and AWAIT: a look at what a lock guards, or a wait for it, without taking it. */
const MUTUAL: readonly number[] = [LOCK, UNLOCK, TRYLOCK, LOCK_KILLABLE, READ, AWAIT];

/** Kinds of steps by the role of their first object. */
const KINDS_OF_ROLE: readonly (readonly number[])[] = [
  [],
  VALUES,
  VALUES,
  MUTUAL,
  MUTUAL,
  [
    READ_LOCK,
    READ_UNLOCK,
    READ_TRYLOCK,
    WRITE_LOCK,
    WRITE_UNLOCK,
    WRITE_TRYLOCK,
    DOWNGRADE,
    READ_LOCK_KILLABLE,
    WRITE_LOCK_KILLABLE,
    READ,
    AWAIT,
  ],
  [ENQUEUE_READ, ENQUEUE_WRITE],
  [SEQ_WRITE_BEGIN, SEQ_WRITE_END, SEQ_READ_BEGIN, SEQ_READ_RETRY],
  [COMPLETE, WAIT_FOR_COMPLETION, STORE, READ],
  [WAKE, PREPARE_TO_WAIT, AWAIT],
  [TIMER_ARM, TIMER_FIRE, FETCH_AND_NOT, AWAIT],
  [FETCH_OR, FETCH_AND_NOT, WORK_TAKE, AWAIT],
  [RCU_READ_LOCK, RCU_GRACE_START, RCU_CALL, AWAIT, READ, ADD],
  MUTUAL,
  [FREE, SPAWN, SIGNAL, EXIT, AWAIT, READ, RCU_READ_UNLOCK, LEAVE_QUEUE],
];

const ALLOWED: Uint8Array = allowedTable();

function allowedTable(): Uint8Array {
  const table = new Uint8Array(KINDS_OF_ROLE.length * 64);
  KINDS_OF_ROLE.forEach((kinds, role) => {
    for (const kind of kinds) table[role * 64 + kind] = 1;
  });
  return table;
}

/** May a step of this kind have a word of this role as its first object? */
export function mayName(kind: number, role: number): boolean {
  return ALLOWED[role * 64 + kind] === 1;
}
