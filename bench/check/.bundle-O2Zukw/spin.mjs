import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// \0rolldown/runtime.js
var __defProp = Object.defineProperty;
var __exportAll = (all, no_symbols) => {
  let target = {};
  for (var name in all)
    __defProp(target, name, {
      get: all[name],
      enumerable: true,
    });
  if (!no_symbols) __defProp(target, Symbol.toStringTag, { value: "Module" });
  return target;
};
// src/sched/detectors.ts
/**
 * Which detectors are on. All are, until somebody says otherwise; a verdict names those that are not.
 */
/** Names of all detectors: the codes of what they find. */
const DETECTORS = [
  {
    code: "use-after-free",
    title: "an object is used after it was freed",
    text: "A field, lock or counter of a row was touched after the row went back to its slab, or the two are not ordered by any synchronisation, so that another schedule frees first. The report names who freed it.",
  },
  {
    code: "bad-pointer",
    title: "something that is not an object was used as one",
    text: "A value that never was an object of this kind (a reserved tree entry, an error pointer) was dereferenced. The report names where the value came from.",
  },
  {
    code: "double-free",
    title: "an object is freed twice",
    text: "A row was given back to its slab that is already free. The report names who freed it first: two owners each believe to be the last.",
  },
  {
    code: "data-race",
    title: "two plain accesses, one a write, are ordered by nothing",
    text: "Two tasks touch the same plain field, at least one writes, and no lock, release/acquire pair or spawn orders them. The field's guard says what should. What is meant to be touched without a lock belongs into an atomic and behind an announced step.",
  },
  {
    code: "deadlock",
    title: "tasks wait for each other for ever",
    text: "The run ended with tasks waiting for locks that no running task will release. The report lists who waits for what and who holds it.",
  },
  {
    code: "lost-wakeup",
    title: "a task waits for ever for a condition",
    text: "The run ended with a task waiting for a condition that nobody left can make true. Look at what happens between the check of the condition and going to sleep: a wake-up in between must not be lost (first prepare to wait, then check, then sleep).",
  },
  {
    code: "recursion",
    title: "a task asks for a lock that it holds itself",
    text: "A mutex, spinlock or a reader/writer lock held for writing is asked for again by its holder, or a reader asks for write mode: the task waits for itself.",
  },
  {
    code: "lock-order",
    title: "locks are taken in orders that close a circle",
    text: "One path asks for b while it holds a, another for a while it holds b (or a longer circle). Nobody got stuck in this run, but some schedule will. Orders are kept per lock class (slab and field); a nested lock of the same class gets a subclass: k.lock(child.lock, site, 1). What an allocation may have to wait for is a lock in this sense, too.",
  },
  {
    code: "recursive-read",
    title: "a reader takes the lock again while a writer may be waiting",
    text: "The second read lock of the same task waits behind a waiting writer, who waits for the first one. Unfair locks hide it; the locks of real kernels are fair.",
  },
  {
    code: "spinning",
    title: "a task reads the same things over and over",
    text: "The task repeats reads, failed trylocks or failed compare-and-sets although nothing it looked at has changed since it looked before. Wait instead: k.await(condition, cells) is one step that runs when the condition holds, and keeps the number of schedules finite.",
  },
  {
    code: "lock-misuse",
    title: "a lock is used against its rules",
    text: "Unlocked without being held by this task, freed while held, asserted held when it is not, or a sequence count written by two at once.",
  },
  {
    code: "lock-leak",
    title: "a task ends with a lock held",
    text: "The task finished while holding a lock or inside a read section; nobody can release it any more.",
  },
  {
    code: "sleep-in-atomic",
    title: "a task may sleep where it must not",
    text: "A sleeping lock, a wait or something else that may sleep is reached while a spinlock is held, interrupts are disabled or an RCU read section is open.",
  },
  {
    code: "rcu-misuse",
    title: "RCU is used against its rules",
    text: "A read section is left that was never entered, an RCU reference is followed outside any read section, a task waits for a grace period inside its own read section, or an object is freed without a grace period while a reader may still be inside.",
  },
  {
    code: "refcount-misuse",
    title: "a reference count goes below zero or comes back from zero",
    text: "A counter was decremented at zero, or a plain addition revived it after it reached zero.",
  },
  {
    code: "leak",
    title: "an object is never freed",
    text: "Everything has ended and been torn down, yet the row is still allocated.",
  },
  {
    code: "assertion",
    title: "an invariant stated by the program does not hold",
    text: "The program under test said what must be true at this point, and it is not.",
  },
].map((e) => e.code);
/** The switches of one machine. */
var Detectors = class {
  #off = /* @__PURE__ */ new Set();
  /** The hot ones, as plain fields. */
  order = true;
  dataRace = true;
  useAfterFree = true;
  spinning = true;
  /** Is what this detector finds to be reported? Codes that are no detector's always are. */
  on(code) {
    return !this.#off.has(code);
  }
  switch(code, on) {
    if (!DETECTORS.includes(code))
      throw new Error(`there is no detector "${code}": there are ${DETECTORS.join(", ")}`);
    if (on) this.#off.delete(code);
    else this.#off.add(code);
    this.order =
      this.on("lock-order") ||
      this.on("recursive-read") ||
      this.on("recursion") ||
      this.on("sleep-in-atomic");
    this.dataRace = this.on("data-race");
    this.useAfterFree = this.on("use-after-free");
    this.spinning = this.on("spinning");
  }
  /** Names of those that are off, sorted. */
  off() {
    return [...this.#off].sort();
  }
};
// src/sched/kind.ts
var kind_exports = /* @__PURE__ */ __exportAll({
  A: () => 4,
  ADD: () => 4,
  AWAIT: () => 19,
  CAS: () => 5,
  CHOICE: () => 27,
  COMPLETE: () => 37,
  COMPLETED_FOR_ALL: () => COMPLETED_FOR_ALL,
  DEC_AND_TEST: () => 24,
  DOWNGRADE: () => 15,
  ENQUEUE_READ: () => 48,
  ENQUEUE_WRITE: () => 49,
  EXCHANGE: () => 29,
  EXIT: () => 51,
  FETCH_AND_NOT: () => 31,
  FETCH_OR: () => 30,
  FREE: () => 20,
  INC_NOT_ZERO: () => 25,
  KIND_NAMES: () => KIND_NAMES,
  LEAVE_QUEUE: () => 50,
  LOAD_ACQUIRE: () => 22,
  LOCK: () => 6,
  LOCK_KILLABLE: () => 18,
  MAX_DEADLINE: () => MAX_DEADLINE,
  MAX_OBJECTS: () => 32,
  NONE: () => 0,
  PREPARE_TO_WAIT: () => 40,
  R: () => 1,
  RCU_CALL: () => 46,
  RCU_DEREFERENCE: () => 47,
  RCU_GRACE_START: () => 45,
  RCU_READ_LOCK: () => 43,
  RCU_READ_UNLOCK: () => 44,
  READ: () => 1,
  READ_ALL: () => 32,
  READ_LOCK: () => 9,
  READ_LOCK_KILLABLE: () => 16,
  READ_TRYLOCK: () => 11,
  READ_UNLOCK: () => 10,
  RMW: () => 3,
  SEQ_READ_BEGIN: () => 35,
  SEQ_READ_RETRY: () => 36,
  SEQ_WRITE_BEGIN: () => 33,
  SEQ_WRITE_END: () => 34,
  SIGNAL: () => 26,
  SPAWN: () => 21,
  STORE: () => 28,
  STORE_RELEASE: () => 23,
  TIMER_ARM: () => 52,
  TIMER_FIRE: () => 41,
  TIMER_RUNNING: () => 1,
  TRYLOCK: () => 8,
  UNLOCK: () => 7,
  W: () => 2,
  WAIT_FOR_COMPLETION: () => 38,
  WAKE: () => 39,
  WORK_PENDING: () => 1,
  WORK_RUNNING: () => 2,
  WORK_TAKE: () => 42,
  WRITE: () => 2,
  WRITE_LOCK: () => 12,
  WRITE_LOCK_KILLABLE: () => 17,
  WRITE_TRYLOCK: () => 14,
  WRITE_UNLOCK: () => 13,
  X: () => 3,
  canBlock: () => canBlock,
  classAt: () => classAt,
  conflicts: () => conflicts,
  deltaOf: () => deltaOf,
  enabledAt: () => enabledAt,
  isKillable: () => isKillable,
  outcomeAt: () => outcomeAt,
});
/** True when accesses of these classes to the same object do not commute. */
function conflicts(a, b) {
  return a === 2 || a !== b;
}
/** Names for reports, by kind number. */
const KIND_NAMES = [
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
/** Can this kind ever be disabled? Then races with it look through what enabled it. */
function canBlock(kind) {
  switch (kind) {
    case 6:
    case 9:
    case 12:
    case 16:
    case 17:
    case 18:
    case 19:
    case 35:
    case 38:
    case 41:
    case 42:
      return true;
    default:
      return false;
  }
}
/** Value of a completion that lets everybody pass: more than will ever wait, and still a number to count with. */
const COMPLETED_FOR_ALL = 2 ** 30;
/** Latest deadline of a timer: its word must fit into 32 bits. */
const MAX_DEADLINE = 2 ** 29;
/** Killable kinds name {lock, signal flag}: object 1 is the flag of the asking task. */
function isKillable(kind) {
  return kind >= 16 && kind <= 18;
}
/** Would a killable acquisition get its lock, with the lock word at `lock`? Free wins over a signal. */
function lockFree(kind, lock) {
  return kind === 9 || kind === 16 ? lock >= 0 : lock === 0;
}
/**
 * Is a step of this kind enabled, with its objects at `values[from ...]`?
 * @param condition the await's condition; null for other kinds
 * @param count number of the step's own objects (without life objects)
 */
function enabledAt(kind, condition, values, from, count) {
  switch (kind) {
    case 6:
    case 12:
      return values[from] === 0;
    case 9:
      return values[from] >= 0;
    case 16:
    case 17:
    case 18:
      return lockFree(kind, values[from]) || values[from + 1] !== 0;
    case 19:
      if (count === 1) return condition.holds(values[from]);
      if (count === 2) return condition.holds(values[from], values[from + 1]);
      return condition.holds(...Array.from({ length: count }, (_, i) => values[from + i]));
    case 35:
      return values[from] % 2 === 0;
    case 38:
      return values[from] > 0;
    case 42:
      return values[from] === 1;
    case 41: {
      if (values[from] < 2 || values[from] % 2 === 1) return false;
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
function classAt(kind, operand, value) {
  switch (kind) {
    case 1:
    case 9:
    case 10:
    case 11:
    case 19:
    case 22:
    case 32:
    case 35:
    case 36:
    case 40:
    case 43:
    case 47:
      return 1;
    case 4:
    case 37:
    case 39:
      return 4;
    case 44:
      return operand === 1 ? 2 : 1;
    case 5:
      return value === operand ? 2 : 1;
    case 8:
      return value === 0 ? 2 : 1;
    case 14:
      return value === 0 ? 2 : 3;
    case 16:
      return 1;
    case 17:
      return value === 0 ? 2 : 3;
    case 18:
      return value === 0 ? 2 : 1;
    default:
      return 2;
  }
}
/**
 * Result register after the step: 1 = success / acquired / reached zero, 0 = not; the value for kinds that report
 * it. Of `READ_ALL`, whose result depends on several objects, only the machine knows it.
 */
function outcomeAt(kind, operand, value) {
  switch (kind) {
    case 1:
    case 22:
    case 29:
    case 30:
    case 31:
    case 35:
    case 40:
    case 47:
      return value;
    case 36:
      return value !== operand ? 1 : 0;
    case 52:
      return value > 1 ? 1 : 0;
    case 5:
      return value === operand ? 1 : 0;
    case 8:
    case 14:
    case 17:
    case 18:
      return value === 0 ? 1 : 0;
    case 11:
    case 16:
      return value >= 0 ? 1 : 0;
    case 24:
      return value === 1 ? 1 : 0;
    case 25:
      return value !== 0 ? 1 : 0;
    default:
      return 1;
  }
}
/**
 * How much a *commuting* step moves the value of its first object. Explorers use it to work out an object's
 * value as if some step had not happened; kinds of class `w` fix the value themselves and have no delta.
 */
function deltaOf(kind, operand, outcome) {
  switch (kind) {
    case 4:
      return operand;
    case 9:
    case 37:
    case 39:
      return 1;
    case 11:
    case 16:
      return outcome;
    case 10:
      return -1;
    default:
      return 0;
  }
}
/** Names of roles, for messages. */
const ROLE_NAMES = [
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
const VALUES = [1, 2, 3, 4, 5, 19, 22, 23, 24, 25, 28, 29, 30, 31, 32, 47];
/** READ and AWAIT: a look at what a lock guards, or a wait for it, without taking it. */
const MUTUAL = [6, 7, 8, 18, 1, 19];
/** Kinds of steps by the role of their first object. */
const KINDS_OF_ROLE = [
  [],
  VALUES,
  VALUES,
  MUTUAL,
  MUTUAL,
  [9, 10, 11, 12, 13, 14, 15, 16, 17, 1, 19],
  [48, 49],
  [33, 34, 35, 36],
  [37, 38, 28, 1],
  [39, 40, 19],
  [52, 41, 31, 19],
  [30, 31, 42, 19],
  [43, 45, 46, 19, 1, 4],
  MUTUAL,
  [20, 21, 26, 51, 19, 1, 44, 50],
];
const ALLOWED = allowedTable();
function allowedTable() {
  const table = new Uint8Array(KINDS_OF_ROLE.length * 64);
  KINDS_OF_ROLE.forEach((kinds, role) => {
    for (const kind of kinds) table[role * 64 + kind] = 1;
  });
  return table;
}
/** May a step of this kind have a word of this role as its first object? */
function mayName(kind, role) {
  return ALLOWED[role * 64 + kind] === 1;
}
/** A field of one announced word with this role. */
const announced = (role) => ({
  type: "atomic",
  words: 1,
  guard: "",
  role,
});
const lockOf = (role) => ({
  type: "lock",
  words: 1,
  guard: "",
  role,
});
/** An atomic number: touched only through announced steps. */
const atomic = () => announced(1);
/** A sleeping mutual exclusion lock. */
const mutex = () => lockOf(3);
/** A reader/writer lock, unfair: readers may enter while a writer waits. */
const rwsem = () => lockOf(5);
/** The view of the field at `word`, or undefined for fields that are properties (num, bool, ref). */
function viewOf(spec, machine, word) {
  switch (spec.type) {
    case "atomic":
      return new AtomicWord(machine, word);
    case "atomicRef":
      return new ReferenceWord(machine, word, spec.target);
    case "sparse":
      return new SparseWord(machine, word);
    case "tally":
      return new TallyWord(machine, word);
    case "lock":
      return new LockWord(word);
    case "list":
      return new ListWord(machine, word);
    case "table":
      return new TableWords(machine, word, spec.words);
    case "flags":
      return new FlagWords(machine, word, spec.words);
    case "rcu":
      return new RcuWords(machine, word);
    default:
      return;
  }
}
var LockWord = class {
  word;
  constructor(word) {
    this.word = word;
  }
};
var AtomicWord = class {
  word;
  #machine;
  constructor(machine, word) {
    this.#machine = machine;
    this.word = word;
  }
  get value() {
    return this.#machine.readAtomic(this.word);
  }
  set value(value) {
    this.#machine.writeAtomic(this.word, value);
  }
};
var ReferenceWord = class extends AtomicWord {
  #owner;
  #slab;
  constructor(machine, word, slab) {
    super(machine, word);
    this.#owner = machine;
    this.#slab = slab;
  }
  code(row) {
    return row === null ? 0 : row.serial + 1;
  }
  decode(code) {
    return code === 0 ? null : this.#owner.rowOf(this.#slab(), code - 1);
  }
  get target() {
    return this.decode(this.value);
  }
  set target(row) {
    this.value = this.code(row);
  }
};
var FlagWords = class {
  word;
  size;
  #bits;
  constructor(machine, word, size) {
    this.word = word;
    this.size = size;
    this.#bits = Array.from({ length: size }, (_, i) => new AtomicWord(machine, word + i));
  }
  bit(index) {
    const bit = this.#bits[index];
    if (bit === void 0)
      throw new RangeError(`there is no bit ${index}: these flags have bits 0..${this.size - 1}`);
    return bit;
  }
};
var RcuWords = class {
  word;
  done;
  constructor(machine, word) {
    this.word = word;
    this.done = new AtomicWord(machine, word + 1);
  }
};
var SparseWord = class extends AtomicWord {
  #owner;
  /** Entry words, placed the first time a key is set: where they are depends on the key alone in meaning. */
  #words = /* @__PURE__ */ new Map();
  #keys = [];
  /** Words of keys that were forgotten; all 0. */
  #spare = [];
  constructor(machine, word) {
    super(machine, word);
    this.#owner = machine;
  }
  get(key) {
    this.#owner.readAtomic(this.word);
    const word = this.#words.get(key);
    return word === void 0 ? 0 : this.#owner.memory.nums[word];
  }
  clear() {
    for (const word of this.#words.values()) this.#owner.memory.nums[word] = 0;
    this.#spare.push(...this.#words.values());
    this.#words.clear();
    this.#keys.length = 0;
  }
  set(key, value) {
    let word = this.#words.get(key);
    if (word === void 0 && this.#spare.length > 0) {
      word = this.#spare.pop();
      this.#words.set(key, word);
      this.#keys.splice(this.#position(key), 0, key);
    } else if (word !== void 0 && value === 0 && this.#owner.recycling) {
      this.#words.delete(key);
      this.#keys.splice(this.#position(key), 1);
      this.#spare.push(word);
    } else if (word === void 0) {
      word = this.#owner.placeEntry(this.word, key);
      this.#words.set(key, word);
      this.#keys.splice(this.#position(key), 0, key);
    }
    this.#owner.writeAtomic(this.word, this.#owner.memory.nums[this.word] + 1);
    this.#owner.memory.setNum(word, value);
  }
  next(from) {
    this.#owner.readAtomic(this.word);
    const nums = this.#owner.memory.nums;
    for (let i = this.#position(from); i < this.#keys.length; i++) {
      const key = this.#keys[i];
      if (nums[this.#words.get(key)] !== 0) return key;
    }
    return -1;
  }
  /** Index of the first known key >= `key`. */
  #position(key) {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
};
var TallyWord = class {
  word;
  #machine;
  constructor(machine, word) {
    this.#machine = machine;
    this.word = word;
  }
  add(amount) {
    this.#machine.touchRow(this.word);
    this.#machine.memory.setNum(this.word, this.#machine.memory.nums[this.word] + amount);
  }
  get total() {
    return this.#machine.memory.nums[this.word];
  }
};
const NOTHING$1 = Object.freeze([]);
var ListWord = class {
  word;
  #machine;
  constructor(machine, word) {
    this.#machine = machine;
    this.word = word;
  }
  items() {
    return this.#machine.readRef(this.word) ?? NOTHING$1;
  }
  get length() {
    return this.items().length;
  }
  has(item) {
    return this.items().includes(item);
  }
  push(item) {
    this.#machine.writeRef(this.word, Object.freeze([...this.items(), item]));
  }
  insertAfter(after, item) {
    const items = this.items();
    const at = after === null ? 0 : items.indexOf(after) + 1;
    if (after !== null && at === 0)
      throw new Error("insertAfter: the element to insert behind is not in the list");
    this.#machine.writeRef(this.word, Object.freeze([...items.slice(0, at), item, ...items.slice(at)]));
  }
  remove(item) {
    const items = this.items();
    const at = items.indexOf(item);
    if (at < 0) return false;
    this.#machine.writeRef(this.word, Object.freeze([...items.slice(0, at), ...items.slice(at + 1)]));
    return true;
  }
};
var TableWords = class {
  word;
  length;
  #machine;
  constructor(machine, word, length) {
    this.#machine = machine;
    this.word = word;
    this.length = length;
  }
  #at(index) {
    if (!(index >= 0 && index < this.length))
      throw new RangeError(`table index ${index} is outside 0..${this.length - 1}`);
    return this.word + index;
  }
  get(index) {
    return this.#machine.readNum(this.#at(index));
  }
  set(index, value) {
    this.#machine.writeNum(this.#at(index), value);
  }
  nextUsed(from, to) {
    const nums = this.#machine.memory.nums;
    let i = from;
    while (i < to && nums[this.word + i] === 0) i++;
    return i;
  }
};
// src/sched/protocol.ts
/** A step announced by sequential code would have to wait, and there is nobody to wait for. */
var WouldWait = class extends Error {
  name = "WouldWait";
};
/** A fatal finding in sequential code (set-up, tear-down): it is the last of `machine.findings`. */
var SequentialFinding = class extends Error {
  name = "SequentialFinding";
};
/** The program under test breaks the protocol; the message says where and what to write instead. */
var ProtocolError = class extends Error {
  name = "ProtocolError";
};
/** The same prefix did not do the same again: something outside the machine leaks in. */
var HiddenNondeterminism = class extends Error {
  name = "HiddenNondeterminism";
  /** Log entry at which the runs differ. */
  entry;
  constructor(message, entry) {
    super(message);
    this.entry = entry;
  }
};
// src/sched/slab.ts
/**
 * Slabs: where shared structures live. A slab declares its fields once, each with its guard; a row is one structure,
 * read and written like a plain object (`account.balance`), and every access is checked: is the row alive, does anything
 * order this access against the others?
 *
 *   row:  [ life | label | field words ... ]
 *
 * A row's words are placed once per (slab, creating task, n-th allocation of that task) and kept for the whole
 * exploration, so a word number means the same object in every schedule. A freed row is never used again within a
 * run: whoever still holds it meets a dead life mark.
 */
/** Words in front of the fields: life mark, label. */
const HEADER = 2;
/**
 * Declaration of a slab: name and fields. Immutable; the rows belong to a machine.
 *
 *     interface Account extends Row { balance: number; readonly lock: Lock }
 *     const accounts: Slab<Account> = slab<Account>("account", { balance: num("account.lock"), lock: mutex() })
 */
var Slab = class {
  name;
  /** Words per row. */
  words;
  fields;
  /** Rows live as long as the machine: not counted as leaks, no life mark to check. */
  permanent;
  #rowClass;
  constructor(name, fields, permanent) {
    this.name = name;
    this.permanent = permanent;
    const placed = [];
    let offset = HEADER;
    for (const [field, spec] of Object.entries(fields)) {
      placed.push({
        spec,
        name: field,
        offset,
      });
      offset += spec.words;
    }
    this.fields = placed;
    this.words = offset;
    this.#rowClass = rowClass(this, placed);
  }
  /** The handle of the row at `at`. Only the machine makes handles, one per row. */
  handle(machine, at, serial) {
    return new this.#rowClass(machine, at, serial);
  }
  /** Name of the field that holds word `offset` of a row, with the index inside a table. */
  fieldAt(offset) {
    if (offset === 0) return "";
    for (const field of this.fields)
      if (offset >= field.offset && offset < field.offset + field.spec.words) {
        const within = offset - field.offset;
        if (field.spec.bits) return `${field.name}.${field.spec.bits[within]}`;
        return field.spec.type === "table" ? `${field.name}[${within}]` : field.name;
      }
    return "";
  }
  /** Guard declared for the field at word `offset`. */
  guardAt(offset) {
    return this.fields.find((f) => offset >= f.offset && offset < f.offset + f.spec.words)?.spec.guard ?? "";
  }
};
/** Declares a slab. @param options.permanent rows are never freed and never leak (globals) */
function slab(name, fields, options = {}) {
  return new Slab(name, fields, options.permanent ?? false);
}
function rowClass(owner, fields) {
  class SlabRow {
    machine;
    at;
    serial;
    constructor(machine, at, serial) {
      this.machine = machine;
      this.at = at;
      this.serial = serial;
      for (const { spec, name, offset } of fields) {
        const view = viewOf(spec, machine, at + offset);
        if (view !== void 0) Object.defineProperty(this, name, { value: view });
      }
    }
    get slab() {
      return owner;
    }
  }
  for (const { spec, name, offset } of fields)
    if (spec.type === "num")
      Object.defineProperty(SlabRow.prototype, name, {
        get() {
          return this.machine.readNum(this.at + offset);
        },
        set(value) {
          this.machine.writeNum(this.at + offset, value);
        },
      });
    else if (spec.type === "bool")
      Object.defineProperty(SlabRow.prototype, name, {
        get() {
          return this.machine.readNum(this.at + offset) !== 0;
        },
        set(value) {
          this.machine.writeNum(this.at + offset, value ? 1 : 0);
        },
      });
    else if (spec.type === "ref")
      Object.defineProperty(SlabRow.prototype, name, {
        get() {
          return this.machine.readRef(this.at + offset) ?? null;
        },
        set(value) {
          this.machine.writeRef(this.at + offset, value);
        },
      });
  return SlabRow;
}
// src/sched/access-findings.ts
/** Findings about accesses and lifetimes, of one machine. */
var AccessFindings = class {
  /** Where each stand-in was put in its place, this run. */
  #placed = /* @__PURE__ */ new Map();
  /** Races already reported in this run. */
  #racesReported = /* @__PURE__ */ new Set();
  #memory;
  #log;
  #rows;
  #races;
  #host;
  constructor(memory, log, rows, races, host) {
    this.#memory = memory;
    this.#log = log;
    this.#rows = rows;
    this.#races = races;
    this.#host = host;
  }
  /** A new run begins. */
  reset() {
    if (this.#placed.size > 0) this.#placed.clear();
    if (this.#racesReported.size > 0) this.#racesReported.clear();
  }
  freeRow(life, value, holder) {
    if (this.#rows.recycling && value === 1) {
      this.#rows.recycle(this.#rows.at(life));
      return;
    }
    const name = this.#host.nameOf(life);
    const row = this.#rows.at(life);
    if (row.slab.permanent) throw new ProtocolError(`${name} is permanent: it cannot be freed`);
    if (value !== 1) {
      this.#host.violation("double-free", {
        message: `${name} is freed twice`,
        objects: [name],
        ...this.#freedBy(life),
      });
      return;
    }
    for (const word of this.#rows.words(row, (spec) => spec.type === "lock"))
      if (this.#memory.nums[word] !== 0)
        this.#host.violation("lock-misuse", {
          message: `${name} is freed while ${this.#host.nameOf(word)} is held`,
          objects: [this.#host.nameOf(word)],
        });
    this.#memory.setNum(life, 0);
    if (holder > 0 && this.#host.raceDetection && this.#host.isNew) {
      const partner = this.#races.unorderedBeforeFree(life, this.#host.entry);
      if (partner) this.#reportUnorderedFree(name, partner);
    }
  }
  #reportUnorderedFree(name, partner) {
    const user = this.#host.taskNames[partner.task];
    const facts = {
      objects: [name],
      other: this.#place(partner),
    };
    if (this.#insideSection(partner))
      this.#host.note("rcu-misuse", {
        message: `${name} is freed without a grace period although ${user} used it inside a read section that nothing orders before the free`,
        ...facts,
      });
    else
      this.#host.note("use-after-free", {
        message: `${name} is freed although nothing orders the free after its use by ${user}`,
        ...facts,
      });
  }
  /** Was the access made between an RCU read lock and its unlock? */
  #insideSection(partner) {
    const log = this.#log;
    let closed = 0;
    for (let e = partner.entry; e >= 0; e = log.previous[e]) {
      if (log.task[e] !== partner.task) return false;
      if (log.kind[e] === 44) closed++;
      else if (log.kind[e] === 43 && closed-- === 0) return true;
    }
    return false;
  }
  /** Once per field and pair of tasks: a loop would say it a thousand times. */
  race(word, write, partner) {
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
  checkInit(word, i) {
    const partner = this.#host.detectors.dataRace ? this.#races.unorderedInit(word, i) : void 0;
    if (!partner) return;
    const name = this.#host.nameOf(word);
    this.#host.note("data-race", {
      message: `${this.#host.taskNames[this.#host.current]} reaches ${name}, whose first value ${this.#host.taskNames[partner.task]} set with nothing to order the two`,
      objects: [name],
      other: this.#place(partner),
    });
  }
  dead(life, word, step) {
    const name = this.#host.nameOf(word);
    const poison = this.#rows.poisonAt(life);
    const how = step
      ? this.#host.current < 0
        ? " by sequential code"
        : ` by a ${KIND_NAMES[this.#host.pendingKind[this.#host.current]]} step`
      : "";
    if (poison)
      this.#host.find(poison.code, {
        message: `${name} is used${how}, but that is no object: ${poison.text}`,
        objects: [name],
        ...this.#putBy(life),
      });
    this.#host.violation("use-after-free", {
      message: `${name} is used${how} after it was freed`,
      objects: [name],
      ...this.#freedBy(life),
    });
  }
  /** The running task puts a stand-in (see `Machine.poison`) where an object is expected: findings name the place. */
  placed(standIn) {
    const task = this.#host.current >= 0 ? this.#host.taskNames[this.#host.current] : "";
    const site = this.#host.current >= 0 ? this.#host.pendingSite[this.#host.current] : "";
    this.#placed.set(standIn.at, {
      task,
      site,
      event: this.#host.entry,
    });
  }
  /** Who put the stand-in where it was found, if it was in this run. */
  #putBy(life) {
    const other = this.#placed.get(life);
    return other === void 0 || other.event < 0 ? {} : { other };
  }
  /** Who freed the row, if it was in this run. */
  #freedBy(life) {
    const log = this.#log;
    for (let j = log.lastAccess[life]; j >= 0; j = log.previousAccess[j]) {
      const entry = log.entry[j];
      if (log.kind[entry] === 20 && entry < this.#host.entry) return { other: this.#placeOf(entry) };
    }
    return {};
  }
  #place(partner) {
    return {
      task: this.#host.taskNames[partner.task],
      site: partner.entry >= 0 ? (this.#log.site[partner.entry] ?? "") : "",
      event: partner.entry,
    };
  }
  #placeOf(entry) {
    return {
      task: this.#host.taskNames[this.#log.task[entry]],
      site: this.#log.site[entry] ?? "",
      event: entry,
    };
  }
  /** Where the value of a plain word comes from: the newest write this run. */
  originOf(word) {
    const write = this.#races.lastWrite(word);
    return write ? this.#place(write) : void 0;
  }
};
/** Looks at every request for a lock. */
var Asking = class {
  #order;
  #rows;
  #held;
  #host;
  /** Lock classes by word and subclass. */
  #lockClass = /* @__PURE__ */ new Map();
  #pseudoNames = [];
  constructor(order, rows, held, host) {
    this.#order = order;
    this.#rows = rows;
    this.#held = held;
    this.#host = host;
  }
  #classOf(word, subclass) {
    const key = word * 8 + subclass;
    let n = this.#lockClass.get(key);
    if (n === void 0) {
      const field = this.#rows.fieldOf(word);
      const name = field ? `${field.row.slab.name}.${field.field}` : this.#rows.stableName(word);
      n = this.#order.node(subclass === 0 ? name : `${name}/${subclass}`);
      this.#lockClass.set(key, n);
    }
    return n;
  }
  /**
   * Task t asks for a lock while it holds something. Returns true when it is the lock it holds: it will wait for ever.
   * @param sleeps waiting for the lock is sleeping. @param entry log entry behind which it asks, -2 when it is replayed
   */
  whileHolding(t, word, write, subclass, sleeps, site, entry) {
    const holder = t + 1;
    const name = this.#host.taskNames[t];
    if (sleeps) this.maySleep(t + 1, `${name} asks for ${this.#host.nameOf(word)}, which may sleep,`, site);
    const heldRead = this.#held.has(holder, word, false);
    if (word < 0 && this.#held.count(holder, word) > 0) return false;
    if (this.#held.has(holder, word, true) || (heldRead && write)) {
      this.#host.note("recursion", {
        message: `${name} asks for ${this.#host.nameOf(word)}${write ? "" : " for reading"} although it holds it${heldRead ? " for reading" : ""} itself`,
        objects: [this.#host.nameOf(word)],
        site,
      });
      return true;
    }
    if (entry === -2) return false;
    if (heldRead) {
      const node = this.#order.node(this.#rows.stableName(word));
      this.#order.readsAgain({
        node,
        task: t,
        site,
        entry,
      });
      return false;
    }
    const list = this.#held.list[holder];
    const subclasses = this.#held.subclasses[holder];
    for (let h = 0; h < list.length; h++) {
      const from = list[h] >> 1;
      const gates = list.filter((_, i) => i !== h).map((entry) => entry >> 1);
      let fromNode = from < 0 ? this.#pseudoNode(from) : this.#classOf(from, subclasses[h]);
      let toNode = word < 0 ? this.#pseudoNode(word) : this.#classOf(word, subclass);
      if (fromNode === toNode) {
        fromNode = this.#order.node(this.#rows.stableName(from));
        toNode = this.#order.node(this.#rows.stableName(word));
      }
      this.#order.add({
        from: fromNode,
        to: toNode,
        fromRead: (list[h] & 1) === 0,
        toRead: !write,
        gates,
        task: t,
        site,
        entry,
      });
    }
    return false;
  }
  /** Task t asks for a reader/writer lock in write mode. */
  toWrite(t, word, subclass, site, entry) {
    if (this.#rows.role[word] !== 5 && this.#rows.role[word] !== 6) return;
    this.#order.writes({
      node: this.#classOf(word, subclass),
      task: t,
      site,
      entry,
    });
    this.#order.writes({
      node: this.#order.node(this.#rows.stableName(word)),
      task: t,
      site,
      entry,
    });
  }
  /** Once the run is over: what its orders of locks could have led to. */
  judge() {
    for (const cycle of this.#order.cycles()) {
      const ways = cycle.map(({ task, from, to, site }) => {
        return `${this.#host.taskNames[task]} asks for ${to} while holding ${from}${site ? ` in ${site}` : ""}`;
      });
      this.#host.note("lock-order", {
        message: `locks are taken in a circle: ${ways.join("; ")}`,
        objects: cycle.map((step) => step.from),
        at: {
          task: this.#host.taskNames[cycle[0].task],
          site: cycle[0].site,
          event: cycle[0].entry,
        },
        potential: true,
      });
    }
    for (const { reader, writer } of this.#order.recursiveReads()) {
      const lock = this.#order.nameOf(reader.node);
      this.#host.note("recursive-read", {
        message: `${this.#host.taskNames[reader.task]} takes ${lock} for reading twice${reader.site ? ` (in ${reader.site})` : ""}: with ${this.#host.taskNames[writer.task]} waiting to write in between, a fair lock lets neither go on`,
        objects: [lock],
        at: {
          task: this.#host.taskNames[reader.task],
          site: reader.site,
          event: reader.entry,
        },
        potential: true,
      });
    }
  }
  #pseudoNode(word) {
    return this.#order.node(this.#pseudoNames[-1 - word]);
  }
  /** The word that stands for a pseudo-lock: a negative one. */
  pseudoWord(name) {
    let n = this.#pseudoNames.indexOf(name);
    if (n < 0) n = this.#pseudoNames.push(name) - 1;
    return -1 - n;
  }
  /** A finding when the holder is in atomic context. @param what sentence without its end: "A asks for m" */
  maySleep(holder, what, site) {
    if (this.#held.atomicDepth[holder] === 0) return;
    const why = this.#held.list[holder]
      .map((entry) => entry >> 1)
      .filter((word) => word >= 0 && isAtomicRole(this.#rows.role[word]))
      .map((word) => this.#host.nameOf(word));
    this.#host.note("sleep-in-atomic", {
      message: `${what} while it is in atomic context: ${why.join(", ")}`,
      objects: why,
      site,
    });
  }
};
function isAtomicRole(role) {
  return role === 4 || role === 13 || role === 12;
}
// src/sched/effects.ts
/** A callback in the queue of an RCU domain. */
var QueuedCallback = class {
  callback;
  /** Sections that had begun. */
  sections;
  constructor(callback, sections) {
    this.callback = callback;
    this.sections = sections;
  }
  digest() {
    return this.callback.name;
  }
};
/** Effects of the steps of one machine. */
var Effects = class {
  /** What a pending step carries that is no number: the task to spawn, the callback to queue. By holder. */
  payload = new Array(32).fill(null);
  /** What a grace period just started, or a place just taken, has to wait for. By holder. */
  obstacles = Array.from({ length: 32 }, () => []);
  #memory;
  #rows;
  #held;
  #places;
  #access;
  #host;
  constructor(memory, rows, held, places, access, host) {
    this.#memory = memory;
    this.#rows = rows;
    this.#held = held;
    this.#places = places;
    this.#access = access;
    this.#host = host;
  }
  /** What a step does to locks and counters; other writes of atomics are the plain code. */
  apply(kind, operand, outcome, word, value, holder) {
    const memory = this.#memory;
    switch (kind) {
      case 4:
        if (this.#rows.role[word] === 2) this.#checkCounter(word, value, operand);
        memory.setNum(word, value + operand);
        return;
      case 24:
        this.#checkCounter(word, value, -1);
        memory.setNum(word, value - 1);
        return;
      case 25:
        if (outcome === 1) memory.setNum(word, value + 1);
        return;
      case 6:
      case 8:
      case 18:
        if (outcome === 1) {
          memory.setNum(word, holder + 1);
          this.#held.take(holder, word, true, this.#rows.role[word], operand);
        }
        return;
      case 7:
      case 13:
        this.#release(word, true, holder);
        memory.setNum(word, 0);
        return;
      case 9:
      case 11:
      case 16:
        if (outcome === 1) {
          memory.setNum(word, value + 1);
          this.#held.take(holder, word, false, 5, operand);
        }
        return;
      case 10:
        if (this.#release(word, false, holder)) memory.setNum(word, value - 1);
        return;
      case 12:
      case 14:
      case 17:
        if (outcome === 1) {
          memory.setNum(word, -(holder + 1));
          this.#held.take(holder, word, true, 5, operand);
        }
        return;
      case 15:
        this.#release(word, true, holder);
        memory.setNum(word, 1);
        this.#held.take(holder, word, false, 5, 0);
        return;
      case 28:
      case 29:
        memory.setNum(word, operand);
        return;
      case 30:
        memory.setNum(word, value | operand);
        return;
      case 31:
        memory.setNum(word, value & ~operand);
        return;
      case 20:
        this.#access.freeRow(word, value, holder);
        return;
      case 26:
      case 51:
        memory.setNum(word, 1);
        return;
      case 21:
        memory.setNum(word, 1);
        this.#host.bear(operand, holder);
        return;
      case 33:
        if (value % 2 !== 0) this.#misuse(`${this.#host.nameOf(word)} is entered by a second writer`, word);
        memory.setNum(word, value + 1);
        return;
      case 34:
        if (value % 2 === 0)
          this.#misuse(`${this.#host.nameOf(word)} is left although no writer is inside`, word);
        memory.setNum(word, value + 1);
        return;
      case 37:
      case 39:
        memory.setNum(word, value + 1);
        return;
      case 38:
        memory.setNum(word, value - 1);
        return;
      case 52:
        memory.setNum(word, operand * 2 + (value % 2));
        return;
      case 41:
        memory.setNum(word, 1);
        return;
      case 42:
        memory.setNum(word, 2);
        return;
      case 43:
        if (!this.#held.has(holder, word, false))
          this.#places.take(word, holder, this.#host.holderName(holder), "section");
        this.#held.take(holder, word, false, 12, 0);
        return;
      case 44:
        this.#held.drop(holder, this.#places.ownerOf(word), false, 12);
        if (operand === 1) memory.setNum(word, 1);
        return;
      case 45:
        this.obstacles[holder] = this.#sectionsBegun(word, holder);
        return;
      case 46:
        this.#queueCallback(word, value, holder);
        return;
      case 48:
      case 49:
        this.#enqueue(word, kind === 49, operand, holder);
        return;
      case 50: {
        const lock = this.#places.ownerOf(word);
        if (!this.#held.drop(holder, lock, true, 6)) this.#held.drop(holder, lock, false, 6);
        memory.setNum(word, 1);
        return;
      }
      default:
        return;
    }
  }
  #checkCounter(word, value, change) {
    if (change > 0 && value === 0)
      this.#complain(
        "refcount-misuse",
        `${this.#host.nameOf(word)} is taken although it has reached zero`,
        word,
      );
    else if (value + change < 0)
      this.#complain(
        "refcount-misuse",
        `${this.#host.nameOf(word)} is dropped although it is ${value} already`,
        word,
      );
  }
  #complain(code, message, word) {
    this.#host.violation(code, {
      message,
      objects: [this.#host.nameOf(word)],
    });
  }
  #misuse(message, word) {
    this.#complain("lock-misuse", message, word);
  }
  #release(word, write, holder) {
    if (this.#held.drop(holder, word, write, this.#rows.role[word])) return true;
    this.#misuse(
      `${this.#host.nameOf(word)} is ${write ? "" : "read-"}unlocked by a task that does not hold it`,
      word,
    );
    return false;
  }
  /** Sections of others that have begun in this run, one per task: its newest. Earlier ones are over by then. */
  #sectionsBegun(domain, holder) {
    if (this.#held.has(holder, domain, false))
      this.#complain(
        "rcu-misuse",
        `${this.#host.holderName(holder)} waits for a grace period of ${this.#host.nameOf(domain)} inside its own read section`,
        domain,
      );
    return this.#sections(domain, holder);
  }
  #sections(domain, holder) {
    const sections = [];
    for (let h = 0; h <= this.#host.tasks; h++) {
      const section = this.#places.last(domain, h);
      if (h !== holder && section >= 0) sections.push(section);
    }
    return sections;
  }
  #queueCallback(domain, value, holder) {
    const queue = this.#memory.refs[domain] ?? [];
    const own = this.#held.has(holder, domain, false) ? [this.#places.last(domain, holder)] : [];
    const queued = new QueuedCallback(this.payload[holder], [...this.#sections(domain, holder), ...own]);
    this.#memory.setRef(domain, Object.freeze([...queue, queued]));
    this.#memory.setNum(domain, value + 1);
  }
  /** Takes a place in the queue of a fair lock: the queue is its last writer and the readers behind it. */
  #enqueue(lock, write, subclass, holder) {
    const queue = this.#memory.refs[lock] ?? [];
    const place = this.#places.take(lock, holder, this.#host.holderName(holder), "turn");
    this.obstacles[holder] = queue.filter((p) => write || p.write).map((p) => p.at);
    this.#memory.setRef(
      lock,
      Object.freeze(
        write
          ? [
              {
                at: place,
                write,
              },
            ]
          : [
              ...queue,
              {
                at: place,
                write,
              },
            ],
      ),
    );
    this.#held.take(holder, lock, write, 6, subclass);
  }
};
// src/sched/holds.ts
/**
 * Who holds what: locks, read sections and places in queues, per holder, in the order in which they were taken.
 *
 *   holder 0 = sequential code, t + 1 = task t
 *   entry    = word * 2 + (1 when taken for writing)
 *
 * A holder of a spinlock, of an irq line or inside an RCU read section is in *atomic context*: it may not sleep.
 */
/** What every holder holds. */
var Holds = class {
  /** Entries by holder, oldest first. */
  list = Array.from({ length: 32 }, () => []);
  /** Subclass with which each entry was taken, for the order of locks. */
  subclasses = Array.from({ length: 32 }, () => []);
  /** How deep each holder is in atomic context. */
  atomicDepth = /* @__PURE__ */ new Int32Array(32);
  /** What sequential code held at the mark. */
  #atMark = [];
  #subclassesAtMark = [];
  #depthAtMark = 0;
  take(holder, word, write, role, subclass) {
    this.list[holder].push(word * 2 + (write ? 1 : 0));
    this.subclasses[holder].push(subclass);
    if (role === 4 || role === 13 || role === 12) this.atomicDepth[holder]++;
  }
  /** False when the holder does not hold it that way. */
  drop(holder, word, write, role) {
    const list = this.list[holder];
    const subclasses = this.subclasses[holder];
    const entry = word * 2 + (write ? 1 : 0);
    let at = list.length - 1;
    while (at >= 0 && list[at] !== entry) at--;
    if (at < 0) return false;
    for (let i = at + 1; i < list.length; i++) {
      list[i - 1] = list[i];
      subclasses[i - 1] = subclasses[i];
    }
    list.pop();
    subclasses.pop();
    if (role === 4 || role === 13 || role === 12) this.atomicDepth[holder]--;
    return true;
  }
  has(holder, word, write) {
    return this.list[holder].includes(word * 2 + (write ? 1 : 0));
  }
  /** How often the holder took it, either way. */
  count(holder, word) {
    return this.list[holder].reduce((n, entry) => (entry >> 1 === word ? n + 1 : n), 0);
  }
  /** How often the holder took it for reading. */
  readDepth(holder, word) {
    return this.list[holder].reduce((n, entry) => (entry === word * 2 ? n + 1 : n), 0);
  }
  /** Tasks that hold the word in any way. */
  tasksHolding(word, tasks) {
    const found = [];
    for (let t = 0; t < tasks; t++) if (this.list[t + 1].some((entry) => entry >> 1 === word)) found.push(t);
    return found;
  }
  mark() {
    this.#atMark = [...this.list[0]];
    this.#subclassesAtMark = [...this.subclasses[0]];
    this.#depthAtMark = this.atomicDepth[0];
  }
  reset() {
    for (const list of this.list) if (list.length > 0) list.length = 0;
    for (const list of this.subclasses) if (list.length > 0) list.length = 0;
    this.list[0].push(...this.#atMark);
    this.subclasses[0].push(...this.#subclassesAtMark);
    this.atomicDepth.fill(0);
    this.atomicDepth[0] = this.#depthAtMark;
  }
};
// src/sched/lock-order.ts
/** Longest cycle looked for. */
const MAX_CYCLE = 8;
/** Edges of one run. */
var LockOrder = class {
  #numbers = /* @__PURE__ */ new Map();
  #names = [];
  #edges = [];
  #from = /* @__PURE__ */ new Map();
  /** Nodes that were asked for in write mode, and locks that one task read twice. */
  #writers = [];
  #rereaders = [];
  /** What was there at the last cut. */
  #kept = 0;
  /** Number of a node. @param name stable name of the class, or of the lock */
  node(name) {
    let n = this.#numbers.get(name);
    if (n === void 0) {
      n = this.#names.length;
      this.#numbers.set(name, n);
      this.#names.push(name);
    }
    return n;
  }
  nameOf(node) {
    return this.#names[node];
  }
  /** Forgets what was seen behind the first `entries` log entries; -1 forgets everything. */
  cut(entries) {
    while (this.#edges.length > 0 && this.#edges[this.#edges.length - 1].entry >= entries) {
      const edge = this.#edges.pop();
      this.#from.get(edge.from).pop();
    }
    for (const asked of [this.#writers, this.#rereaders])
      while (asked.length > 0 && asked[asked.length - 1].entry >= entries) asked.pop();
    if (entries < 0) {
      this.#rereaders.length = 0;
      this.#edges.length = 0;
      this.#from.clear();
      this.#writers.length = 0;
    }
    this.#kept = this.#edges.length + this.#writers.length + this.#rereaders.length;
  }
  /** Somebody asks for the node in write mode. */
  writes(asked) {
    remember(this.#writers, asked);
  }
  /** Somebody reads the lock who reads it already. */
  readsAgain(asked) {
    remember(this.#rereaders, asked);
  }
  /** Adds an edge, unless the same task did the same before, guarded by no more than now. */
  add(edge) {
    let known = this.#from.get(edge.from);
    if (known === void 0) {
      known = [];
      this.#from.set(edge.from, known);
    }
    for (const other of known)
      if (
        other.to === edge.to &&
        other.task === edge.task &&
        other.fromRead === edge.fromRead &&
        other.toRead === edge.toRead &&
        other.gates.every((gate) => edge.gates.includes(gate))
      )
        return;
    this.#edges.push(edge);
    known.push(edge);
  }
  /** Has anything been added since the last cut? */
  get grown() {
    return this.#edges.length + this.#writers.length + this.#rereaders.length > this.#kept;
  }
  /** Every circle that can close, once each: from its node with the smallest name on. */
  cycles() {
    const found = [];
    for (const [node, edges] of this.#from) {
      const seen = /* @__PURE__ */ new Set();
      for (const edge of this.#sorted(edges)) this.#follow(node, [edge], seen, found);
    }
    return found.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  }
  #sorted(edges) {
    return edges.length < 2 ? edges : [...edges].sort((a, b) => (this.#text(a) < this.#text(b) ? -1 : 1));
  }
  #text(e) {
    return `${this.#names[e.to]} ${e.task} ${e.site} ${e.fromRead} ${e.toRead} ${e.gates.join()}`;
  }
  #follow(first, path, seen, found) {
    const last = path[path.length - 1];
    if (last.to === first) {
      const way = path.map((edge) => edge.from).join();
      if (seen.has(way) || !this.#closes(path)) return;
      seen.add(way);
      found.push(path.map((edge) => this.#tell(edge)));
      return;
    }
    if (path.length >= MAX_CYCLE || this.#names[last.to] < this.#names[first]) return;
    for (const next of this.#sorted(this.#from.get(last.to) ?? [])) {
      if (path.some((edge) => edge.from === next.from)) continue;
      path.push(next);
      this.#follow(first, path, seen, found);
      path.pop();
    }
  }
  #tell(edge) {
    return {
      task: edge.task,
      from: this.#names[edge.from],
      to: this.#names[edge.to],
      site: edge.site,
      entry: edge.entry,
    };
  }
  /** Who reads a lock twice that another task writes, once per lock and reader. */
  recursiveReads() {
    const found = [];
    for (const reader of this.#rereaders) {
      const writers = this.#writers.filter(
        (asked) => asked.node === reader.node && asked.task !== reader.task,
      );
      if (writers.length > 0)
        found.push({
          reader,
          writer: writers.reduce((a, b) => (a.task < b.task ? a : b)),
        });
    }
    const key = (f) => `${this.#names[f.reader.node]} ${f.reader.task}`;
    return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
  #closes(path) {
    for (let i = 0; i < path.length; i++) {
      const edge = path[i];
      const next = path[(i + 1) % path.length];
      if (edge.toRead && next.fromRead && !this.#writers.some((w) => w.node === edge.to)) return false;
    }
    const [first, ...rest] = path;
    return !first.gates.some((gate) => rest.length > 0 && rest.every((edge) => edge.gates.includes(gate)));
  }
};
function remember(list, asked) {
  if (!list.some((other) => other.node === asked.node && other.task === asked.task)) list.push(asked);
}
function text(cycle) {
  return cycle.map((step) => `${step.from} ${step.task}`).join();
}
// src/sched/log.ts
/**
 * The event log of a run: what was executed, in order, as flat arrays. Explorers read this and the table of pending
 * steps and nothing else.
 *
 *   entry i   task  kind  operand  outcome  nth  previous   accesses [firstAccess(i), firstAccess(i + 1))
 *   access j  object  class  value before   entry   previous access of the same object
 *
 * An entry is a step or a choice. A choice has no accesses; it belongs to the step of its task directly before it.
 * `previous` links make two undo-free lists: all entries of a task, all accesses of an object. Cutting the log back
 * to a prefix is a walk over what is cut.
 */
/** Flat, growing arrays; every field may be read freely, only the machine writes. */
var Log = class {
  /** Entries. */
  length = 0;
  task = /* @__PURE__ */ new Int32Array(256);
  kind = /* @__PURE__ */ new Int32Array(256);
  /** Expected value of CAS, amount of ADD, condition of AWAIT, site of CHOICE (interned). */
  operand = /* @__PURE__ */ new Float64Array(256);
  /** Result register after the step; outcome of a choice. */
  outcome = /* @__PURE__ */ new Float64Array(256);
  /** Number of this step among the steps of its task, from 1; for a choice, of the step it belongs to. */
  nth = /* @__PURE__ */ new Int32Array(256);
  /** Entry before this one of the same task, -1 if none. */
  previous = /* @__PURE__ */ new Int32Array(256);
  /** First access of the entry. Valid for `length` as well. */
  firstAccess = /* @__PURE__ */ new Int32Array(257);
  /** Function named by the step. */
  site = [];
  /** Accesses. */
  accesses = 0;
  object = /* @__PURE__ */ new Int32Array(1024);
  accessClass = /* @__PURE__ */ new Uint8Array(1024);
  before = /* @__PURE__ */ new Float64Array(1024);
  entry = /* @__PURE__ */ new Int32Array(1024);
  /** Access before this one of the same object, -1 if none. */
  previousAccess = /* @__PURE__ */ new Int32Array(1024);
  /** Last access of each object, -1 if none. Indexed by word. */
  lastAccess = /* @__PURE__ */ new Int32Array(4096).fill(-1);
  /** Last entry of each task, -1 if none. */
  lastEntry = /* @__PURE__ */ new Int32Array(32).fill(-1);
  /** Appends a step; its accesses follow through `access`. */
  append(task, kind, operand, outcome, nth, site) {
    const i = this.length;
    if (i + 1 >= this.task.length) this.#growEntries();
    this.task[i] = task;
    this.kind[i] = kind;
    this.operand[i] = operand;
    this.outcome[i] = outcome;
    this.nth[i] = nth;
    this.site[i] = site;
    this.previous[i] = this.lastEntry[task];
    this.lastEntry[task] = i;
    this.firstAccess[i] = this.accesses;
    this.firstAccess[i + 1] = this.accesses;
    this.length = i + 1;
    return i;
  }
  /** Adds an access to the entry appended last. */
  access(object, accessClass, before) {
    const j = this.accesses;
    if (j >= this.object.length) this.#growAccesses();
    this.object[j] = object;
    this.accessClass[j] = accessClass;
    this.before[j] = before;
    this.entry[j] = this.length - 1;
    this.previousAccess[j] = this.lastAccess[object];
    this.lastAccess[object] = j;
    this.accesses = j + 1;
    this.firstAccess[this.length] = j + 1;
  }
  /** Cuts the log back to its first `length` entries. */
  cut(length) {
    if (length >= this.length) return;
    const first = this.firstAccess[length];
    for (let j = this.accesses - 1; j >= first; j--) this.lastAccess[this.object[j]] = this.previousAccess[j];
    for (let i = this.length - 1; i >= length; i--) this.lastEntry[this.task[i]] = this.previous[i];
    this.accesses = first;
    this.length = length;
  }
  /** Makes room in the per-object table for words up to `size`. */
  reserveObjects(size) {
    if (size <= this.lastAccess.length) return;
    const grown = new Int32Array(Math.max(size, this.lastAccess.length * 2)).fill(-1);
    grown.set(this.lastAccess);
    this.lastAccess = grown;
  }
  /** Steps among the first `length` entries; choices not counted. */
  steps(length = this.length) {
    let n = 0;
    for (let i = 0; i < length; i++) if (this.kind[i] !== 27) n++;
    return n;
  }
  #growEntries() {
    const capacity = this.task.length * 2;
    this.task = grownInts(this.task, capacity);
    this.kind = grownInts(this.kind, capacity);
    const operand = new Float64Array(capacity);
    operand.set(this.operand);
    this.operand = operand;
    const outcome = new Float64Array(capacity);
    outcome.set(this.outcome);
    this.outcome = outcome;
    this.nth = grownInts(this.nth, capacity);
    this.previous = grownInts(this.previous, capacity);
    this.firstAccess = grownInts(this.firstAccess, capacity + 1);
  }
  #growAccesses() {
    const capacity = this.object.length * 2;
    this.object = grownInts(this.object, capacity);
    const classes = new Uint8Array(capacity);
    classes.set(this.accessClass);
    this.accessClass = classes;
    const before = new Float64Array(capacity);
    before.set(this.before);
    this.before = before;
    this.entry = grownInts(this.entry, capacity);
    this.previousAccess = grownInts(this.previousAccess, capacity);
  }
};
function grownInts(array, capacity) {
  const grown = new Int32Array(capacity);
  grown.set(array);
  return grown;
}
// src/sched/memory.ts
/** Numbered words with a journal. Words are never given back: a row keeps its place for a whole exploration. */
var Memory = class {
  /** Numeric value of each word. Direct reads are fine; writes go through `setNum`. */
  nums = /* @__PURE__ */ new Float64Array(4096);
  /** Reference held by each word, undefined for numeric ones. Writes go through `setRef`. */
  refs = [];
  /** Word number of the life mark of the row a word belongs to, -1 for words that live for ever. */
  lifeOf = /* @__PURE__ */ new Int32Array(4096).fill(-1);
  /** Words in use. Word 0 is never used. */
  size = 1;
  #journalWord = /* @__PURE__ */ new Int32Array(1024);
  #journalNum = /* @__PURE__ */ new Float64Array(1024);
  #journalRef = [];
  #journalLength = 0;
  /** Epoch of the last journal entry per word; a word is journalled once per epoch. */
  #stamp = /* @__PURE__ */ new Int32Array(4096);
  #epoch = 1;
  #tracked = [];
  #trackedAtMark = 0;
  /** Places `count` fresh words, all 0 and undefined. Returns the first. */
  place(count) {
    const at = this.size;
    const end = at + count;
    if (end > this.nums.length) this.#grow(end);
    this.size = end;
    return at;
  }
  #grow(needed) {
    let capacity = this.nums.length;
    while (capacity < needed) capacity *= 2;
    const nums = new Float64Array(capacity);
    nums.set(this.nums);
    this.nums = nums;
    const lifeOf = new Int32Array(capacity).fill(-1);
    lifeOf.set(this.lifeOf);
    this.lifeOf = lifeOf;
    const stamp = new Int32Array(capacity);
    stamp.set(this.#stamp);
    this.#stamp = stamp;
  }
  /** Writes a number. */
  setNum(word, value) {
    if (this.#stamp[word] !== this.#epoch) this.#log(word);
    this.nums[word] = value;
  }
  /** Writes a reference. */
  setRef(word, value) {
    if (this.#stamp[word] !== this.#epoch) this.#log(word);
    this.refs[word] = value;
  }
  #log(word) {
    this.#stamp[word] = this.#epoch;
    const i = this.#journalLength++;
    if (i === this.#journalWord.length) {
      const words = new Int32Array(i * 2);
      words.set(this.#journalWord);
      this.#journalWord = words;
      const nums = new Float64Array(i * 2);
      nums.set(this.#journalNum);
      this.#journalNum = nums;
    }
    this.#journalWord[i] = word;
    this.#journalNum[i] = this.nums[word];
    this.#journalRef[i] = this.refs[word];
  }
  /** Registers state that lives outside the words. Registered before the mark it is kept; after it, dropped at reset. */
  track(thing) {
    this.#tracked.push(thing);
  }
  /** Makes the present state the one that `reset` comes back to. */
  mark() {
    this.#journalLength = 0;
    this.#epoch++;
    this.#trackedAtMark = this.#tracked.length;
    for (const thing of this.#tracked) thing.mark();
  }
  /** Brings the marked state back. */
  reset() {
    const { nums, refs } = this;
    for (let i = this.#journalLength - 1; i >= 0; i--) {
      const word = this.#journalWord[i];
      nums[word] = this.#journalNum[i];
      refs[word] = this.#journalRef[i];
      this.#journalRef[i] = void 0;
    }
    this.#journalLength = 0;
    this.#epoch++;
    this.#tracked.length = this.#trackedAtMark;
    for (const thing of this.#tracked) thing.reset();
  }
  /** Position in the journal; words changed from here on are journalled afresh. For `changesSince`. */
  checkpoint() {
    this.#epoch++;
    return this.#journalLength;
  }
  /** Words changed since a checkpoint (0 = the mark), in order of word number; unchanged rewrites left out. */
  changesSince(checkpoint) {
    const seen = /* @__PURE__ */ new Map();
    for (let i = checkpoint; i < this.#journalLength; i++) {
      const word = this.#journalWord[i];
      if (seen.has(word)) continue;
      const refBefore = this.#journalRef[i];
      const refAfter = this.refs[word];
      const isRef = refBefore !== void 0 || refAfter !== void 0;
      const before = isRef ? refBefore : this.#journalNum[i];
      const after = isRef ? refAfter : this.nums[word];
      seen.set(word, {
        word,
        before: before ?? null,
        after: after ?? null,
      });
    }
    return [...seen.values()].filter((c) => !Object.is(c.before, c.after)).sort((a, b) => a.word - b.word);
  }
  /**
   * A number for "what differs from the mark". Equal end states give equal numbers, on every machine: words and
   * references are hashed by names that depend neither on the schedule nor on what was explored before.
   */
  hash(nameOfWord, nameOfReference) {
    const lines = [];
    for (const { word, before, after } of this.changesSince(0)) {
      const text = typeof after === "number" ? String(after) : nameOfReference(after);
      if (typeof after !== "number" && typeof before !== "number" && nameOfReference(before) === text)
        continue;
      lines.push(`${nameOfWord(word)}=${text}`);
    }
    lines.sort();
    let h = 2166136261;
    for (const line of lines) h = mix(h, hashText(line));
    for (const thing of this.#tracked) h = mix(h, hashText(thing.digest()));
    return h >>> 0;
  }
};
/** Mixes an integer into a running hash (FNV-1a over 32 bits at a time, with an avalanche step). */
function mix(hash, value) {
  let h = Math.imul(hash ^ value, 16777619);
  h ^= h >>> 15;
  return Math.imul(h, 739982445) ^ (h >>> 12);
}
/** Hash of a text, 32 bits. */
function hashText(text) {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h | 0;
}
// src/sched/places.ts
/** Places of one machine. */
var Places = class {
  #rows;
  #memory;
  #series = /* @__PURE__ */ new Map();
  #owner = /* @__PURE__ */ new Map();
  constructor(rows, memory) {
    this.#rows = rows;
    this.#memory = memory;
  }
  /** Takes the holder's next place at `owner`. @param what for names: "section", "turn" */
  take(owner, holder, holderName, what) {
    let series = this.#series.get(key(owner, holder));
    if (series === void 0) {
      series = {
        owner,
        holder,
        count: this.#rows.placeOwn(`${this.#rows.stableName(owner)}.${what}s of ${holderName}`),
        words: [],
      };
      this.#series.set(key(owner, holder), series);
    }
    const n = this.#memory.nums[series.count];
    let word = series.words[n];
    if (word === void 0) {
      const suffix = `.${what} ${n + 1} of ${holderName}`;
      word = this.#rows.placeOwn(this.#rows.stableName(owner) + suffix, this.#rows.nameOf(owner) + suffix);
      series.words[n] = word;
      this.#owner.set(word, series);
    }
    this.#memory.setNum(series.count, n + 1);
    return word;
  }
  /** The newest place of the holder, -1 if it never took one. */
  last(owner, holder) {
    const series = this.#series.get(key(owner, holder));
    const n = series ? this.#memory.nums[series.count] : 0;
    return n > 0 ? series.words[n - 1] : -1;
  }
  /** The newest place of the holder that is still open, -1 if none is. */
  open(owner, holder) {
    const series = this.#series.get(key(owner, holder));
    if (series === void 0) return -1;
    for (let n = this.#memory.nums[series.count] - 1; n >= 0; n--)
      if (this.#memory.nums[series.words[n]] === 0) return series.words[n];
    return -1;
  }
  /** What the place belongs to: lock or domain. */
  ownerOf(place) {
    return this.#owner.get(place)?.owner ?? -1;
  }
  /** Who took the place; -1 when the word is no place. */
  holderOf(place) {
    return this.#owner.get(place)?.holder ?? -1;
  }
};
function key(owner, holder) {
  return owner * 64 + holder;
}
// src/sched/race.ts
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
/** A step of this kind hands its task's history on to those who acquire the object after it. */
function releases(kind, outcome) {
  switch (kind) {
    case 7:
    case 10:
    case 13:
    case 15:
    case 3:
    case 23:
    case 21:
    case 24:
    case 29:
    case 30:
    case 31:
    case 34:
    case 37:
    case 39:
    case 44:
    case 45:
    case 46:
    case 50:
    case 51:
      return true;
    case 5:
    case 25:
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
/** of whoever changed the value (a wait: the waking side orders); */
const CHANGERS = 3;
/** of every writer there ever was (RCU: a section sees what was done before any grace period in front of it). */
const ALL_WRITERS = 4;
function acquires(kind, outcome) {
  switch (kind) {
    case 6:
    case 12:
    case 3:
    case 24:
    case 29:
    case 30:
    case 31:
    case 38:
    case 41:
    case 42:
      return RELEASERS;
    case 5:
    case 25:
    case 8:
    case 14:
    case 17:
    case 18:
      return outcome === 1 ? RELEASERS : NOTHING;
    case 9:
    case 22:
    case 35:
    case 47:
      return LAST_WRITER;
    case 11:
    case 16:
      return outcome === 1 ? LAST_WRITER : NOTHING;
    case 19:
      return CHANGERS;
    case 43:
      return ALL_WRITERS;
    default:
      return NOTHING;
  }
}
/** What a plain access does. */
const READ = 0;
const WRITE = 1;
/** First value of an atomic. */
const INIT = 2;
/** Race clocks of one machine. */
var Races = class {
  /** Clock after each log entry, `stride` numbers each. */
  #clock = /* @__PURE__ */ new Int32Array(2048);
  #stride = 8;
  #word = /* @__PURE__ */ new Int32Array(1024);
  #task = /* @__PURE__ */ new Int32Array(1024);
  #nth = /* @__PURE__ */ new Int32Array(1024);
  #write = /* @__PURE__ */ new Uint8Array(1024);
  #entry = /* @__PURE__ */ new Int32Array(1024);
  #previous = /* @__PURE__ */ new Int32Array(1024);
  #length = 0;
  #last = /* @__PURE__ */ new Int32Array(4096).fill(-1);
  #log;
  /** Entry whose clock a task starts with (its spawner's step), -1 for tasks there from the start. */
  #birth = /* @__PURE__ */ new Int32Array(32).fill(-1);
  constructor(log) {
    this.#log = log;
  }
  /** Room for this many tasks. */
  reserveTasks(tasks) {
    if (tasks <= this.#stride) return;
    const stride = Math.max(tasks, this.#stride * 2);
    const entries = this.#clock.length / this.#stride;
    const clock = new Int32Array(entries * stride);
    for (let i = 0; i < this.#log.length && i < entries; i++)
      for (let t = 0; t < this.#stride; t++) clock[i * stride + t] = this.#clock[i * this.#stride + t];
    this.#clock = clock;
    this.#stride = stride;
  }
  /** Room for this many words. */
  reserveWords(words) {
    if (words <= this.#last.length) return;
    const last = new Int32Array(Math.max(words, this.#last.length * 2)).fill(-1);
    last.set(this.#last);
    this.#last = last;
  }
  /** Cuts back to the first `entries` log entries; -1 drops even what was done before the first step. */
  cut(entries) {
    while (this.#length > 0 && this.#entry[this.#length - 1] >= entries) {
      const i = --this.#length;
      this.#last[this.#word[i]] = this.#previous[i];
    }
    if (entries < 0) while (this.#length > 0) this.#last[this.#word[--this.#length]] = -1;
  }
  /** The task starts with the history of log entry `entry`. */
  born(task, entry) {
    this.#birth[task] = entry;
  }
  /** Sets the clock of log entry `i`, a step that was just appended with its accesses. */
  stepped(i) {
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
    const mode = acquires(log.kind[i], log.outcome[i]);
    if (mode === NOTHING) return;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++)
      for (let p = log.previousAccess[j]; p >= 0; p = log.previousAccess[p]) {
        const e = log.entry[p];
        const kind = log.kind[e];
        const accessClass = log.accessClass[p];
        const writer = accessClass === 2;
        if (
          mode === CHANGERS
            ? writer || accessClass === 4
            : releases(kind, log.outcome[e]) && (mode === RELEASERS || writer)
        )
          this.#join(at, e * stride);
        if (writer && mode !== ALL_WRITERS && !(kind === 25 && log.outcome[e] === 0)) break;
      }
  }
  /** Entry that holds the clock of a task whose newest log entry is `entry`. */
  #clockEntry(task, entry) {
    const log = this.#log;
    let e = entry;
    while (e >= 0 && log.kind[e] === 27) e = log.previous[e];
    return e >= 0 ? e : this.#birth[task];
  }
  #join(into, from) {
    const clock = this.#clock;
    for (let t = 0; t < this.#stride; t++)
      if (clock[from + t] > clock[into + t]) clock[into + t] = clock[from + t];
  }
  /**
   * Was a word of step `i` set up by another task (`Machine.init`) with nothing to order that before this step?
   * Returns the set-up.
   */
  unorderedInit(word, i) {
    const task = this.#log.task[i];
    for (let p = this.#last[word]; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      if (other !== task && this.#write[p] === INIT && this.#clock[i * this.#stride + other] <= this.#nth[p])
        return {
          task: other,
          write: true,
          entry: this.#entry[p],
        };
    }
  }
  /** Were there plain accesses to the word? */
  touched(word) {
    return this.#last[word] >= 0;
  }
  /** A plain access behind log entry `entry`. Returns the newest access it races with, if any. */
  touch(word, task, nth, entry, write) {
    const head = this.#last[word];
    if (
      head >= 0 &&
      this.#task[head] === task &&
      this.#nth[head] === nth &&
      (!write || this.#write[head] !== READ)
    )
      return;
    const partner = this.#unordered(task, write, head);
    this.#append(word, task, nth, entry, write ? WRITE : READ);
    return partner;
  }
  /** An atomic gets its first value behind log entry `entry`, without a step. */
  init(word, task, nth, entry) {
    this.#append(word, task, nth, entry, INIT);
  }
  #unordered(task, write, head) {
    const own = this.#clockEntry(task, this.#log.lastEntry[task]);
    for (let p = head; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      const wrote = this.#write[p] !== READ;
      if (other !== task) {
        if (!(own >= 0 && this.#clock[own * this.#stride + other] > this.#nth[p]) && (write || wrote))
          return {
            task: other,
            write: wrote,
            entry: this.#entry[p],
          };
      }
      if (wrote) return void 0;
    }
  }
  /**
   * A row is freed by log entry `i`: is there an access to it by another task, plain or by a step, that nothing
   * orders before the free? Then some schedule frees first.
   */
  unorderedBeforeFree(life, i) {
    const log = this.#log;
    const task = log.task[i];
    const clock = i * this.#stride;
    for (let p = this.#last[life]; p >= 0; p = this.#previous[p]) {
      const other = this.#task[p];
      if (other !== task && this.#clock[clock + other] <= this.#nth[p])
        return {
          task: other,
          write: false,
          entry: this.#entry[p],
        };
    }
    for (let j = log.previousAccess[log.firstAccess[i]]; j >= 0; j = log.previousAccess[j]) {
      const e = log.entry[j];
      const other = log.task[e];
      if (other !== task && this.#clock[clock + other] < log.nth[e])
        return {
          task: other,
          write: false,
          entry: e,
        };
    }
  }
  #append(word, task, nth, entry, write) {
    const i = this.#length++;
    if (i === this.#word.length) {
      const grow = (a) => {
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
  lastWrite(word) {
    for (let p = this.#last[word]; p >= 0; p = this.#previous[p])
      if (this.#write[p] !== READ)
        return {
          task: this.#task[p],
          write: true,
          entry: this.#entry[p],
        };
  }
};
// src/sched/rows.ts
/** Room for the rows of one creator in a serial number. */
const ROWS_PER_CREATOR = 2 ** 24;
/** Rows and names of one machine. */
var Rows = class {
  /** Role of each word (see `fields.ts`), 0 for plain ones. */
  role = /* @__PURE__ */ new Uint8Array(4096);
  #memory;
  #log;
  #races;
  #slabs = /* @__PURE__ */ new Map();
  #rows = /* @__PURE__ */ new Map();
  /** Stable name of words that are no field: life marks, signals, sections. */
  #stable = /* @__PURE__ */ new Map();
  /** What reports call them, where that differs. */
  #display = /* @__PURE__ */ new Map();
  #poison = /* @__PURE__ */ new Map();
  #poisonAt = /* @__PURE__ */ new Map();
  /** Freed rows are used again: see `Machine.recycleRows`. */
  recycling = false;
  #live = [];
  #liveAtMark = 0;
  constructor(memory, log, races) {
    this.#memory = memory;
    this.#log = log;
    this.#races = races;
  }
  /** Places fresh words and makes room for them in the log and the race clocks. Returns the first. */
  place(count) {
    const at = this.#memory.place(count);
    const size = this.#memory.size;
    this.#log.reserveObjects(size);
    this.#races.reserveWords(size);
    if (size > this.role.length) {
      const grown = new Uint8Array(Math.max(size, this.role.length * 2));
      grown.set(this.role);
      this.role = grown;
    }
    return at;
  }
  /** Places one word of the machine's own. `stable` must be the same on every machine. */
  placeOwn(stable, display = stable) {
    const at = this.place(1);
    this.role[at] = 14;
    this.#stable.set(at, stable);
    if (display !== stable) this.#display.set(at, display);
    return at;
  }
  /** Other words for reports. */
  rename(word, display) {
    this.#display.set(word, display);
  }
  /** A further word for an entry of the sparse table at `word`; it lives and dies with the same row. */
  placeEntry(word, key) {
    const at = this.place(1);
    this.#stable.set(at, `${this.stableName(word)}[${key}]`);
    this.#memory.lifeOf[at] = this.#memory.lifeOf[word];
    return at;
  }
  /** The next row of a creator. @param creatorName stable name and name for reports, "" for sequential code */
  allocate(machine, slab, creator, stable, display) {
    let rows = this.#slabs.get(slab);
    if (rows === void 0) {
      rows = new SlabRows();
      this.#slabs.set(slab, rows);
    }
    const spare = rows.spare.pop();
    if (spare !== void 0) {
      this.#memory.nums[spare.at] = 1;
      return spare;
    }
    let at = rows.take(creator);
    if (at < 0) at = this.#placeRow(machine, slab, rows, creator, stable, display);
    this.#memory.setNum(at, 1);
    if (!slab.permanent && !this.recycling) this.#live.push(at);
    return this.#rows.get(at);
  }
  /**
   * Makes a row ready to be the next one of its slab, all fields 0, null or free. Only where nothing is explored: the row
   * comes back as another object under the same number.
   */
  recycle(row) {
    const { nums, refs } = this.#memory;
    const { at, slab } = row;
    nums.fill(0, at, at + slab.words);
    refs[at + 1] = void 0;
    for (const { spec, name, offset } of slab.fields)
      if (spec.type === "ref" || spec.type === "list") refs[at + offset] = void 0;
      else if (spec.type === "sparse") row[name].clear();
    this.#slabs.get(slab).spare.push(row);
  }
  #placeRow(machine, slab, rows, creator, stable, display) {
    const at = this.place(slab.words);
    const n = rows.put(creator, at);
    if (!slab.permanent) this.#memory.lifeOf.fill(at, at + 1, at + slab.words);
    this.role[at] = 14;
    for (const { spec, offset } of slab.fields)
      this.role.fill(spec.role, at + offset, at + offset + spec.words);
    this.#rows.set(at, slab.handle(machine, at, creator * ROWS_PER_CREATOR + n));
    this.#stable.set(at, `${slab.name}#${stable}${n + 1}`);
    this.#display.set(at, `${slab.name}#${display}${n + 1}`);
    return at;
  }
  /** A stand-in that is no object: see `Machine.poison`. */
  poison(machine, slab, code, name, text) {
    const key = `${slab.name}|${code}|${name}`;
    let row = this.#poison.get(key);
    if (row === void 0) {
      const at = this.place(slab.words);
      this.#memory.lifeOf.fill(at, at, at + slab.words);
      this.#memory.nums[at] = 2;
      row = slab.handle(machine, at, -1);
      for (const { spec, offset } of slab.fields)
        this.role.fill(spec.role, at + offset, at + offset + spec.words);
      this.#poison.set(key, row);
      this.#rows.set(at, row);
      this.#poisonAt.set(at, {
        code,
        text,
      });
      this.#stable.set(at, name);
    }
    return row;
  }
  poisonAt(life) {
    return this.#poisonAt.get(life);
  }
  /** The row of a slab with this serial number. */
  bySerial(slab, serial) {
    const creator = Math.floor(serial / ROWS_PER_CREATOR);
    const at = this.#slabs.get(slab)?.at(creator, serial % ROWS_PER_CREATOR);
    if (at === void 0) throw new ProtocolError(`no ${slab.name} has the serial number ${serial}`);
    return this.#rows.get(at);
  }
  /** Every row of a slab allocated so far in this run, set-up included, freed ones too. */
  ofSlab(slab) {
    return (this.#slabs.get(slab)?.placed() ?? []).map((at) => this.#rows.get(at));
  }
  /** The row whose life mark is word `at`. */
  at(life) {
    return this.#rows.get(life);
  }
  /** Rows allocated and not freed, permanent ones left out. */
  alive() {
    if (this.recycling)
      return [...this.#slabs].flatMap(([slab, rows]) => {
        if (slab.permanent) return [];
        return rows
          .placed()
          .map((at) => this.#rows.get(at))
          .filter((row) => this.#memory.nums[row.at] === 1);
      });
    return this.#live.filter((at) => this.#memory.nums[at] === 1).map((at) => this.#rows.get(at));
  }
  mark() {
    this.#liveAtMark = this.#live.length;
    for (const rows of this.#slabs.values()) rows.mark();
  }
  reset() {
    this.#live.length = this.#liveAtMark;
    for (const rows of this.#slabs.values()) rows.reset();
  }
  /** Life mark of the row that a word belongs to, or the word itself. */
  #home(word) {
    const life = this.#memory.lifeOf[word];
    if (life >= 0) return life;
    let at = word;
    while (at > 0 && !this.#rows.has(at) && !this.#stable.has(at)) at--;
    return at;
  }
  /** The field a word belongs to, or undefined for words that are none. */
  fieldOf(word) {
    const at = this.#home(word);
    const row = this.#rows.get(at);
    return (
      row && {
        row,
        field: row.slab.fieldAt(word - at),
        guard: row.slab.guardAt(word - at),
      }
    );
  }
  /** Name for reports: the row's label, or (slab, creator, n), and the field. */
  nameOf(word) {
    const at = this.#home(word);
    const row = this.#rows.get(at);
    const own = this.#display.get(word) ?? this.#stable.get(word);
    if (row === void 0 || (own !== void 0 && at !== word)) return own ?? `word ${word}`;
    const label = this.#memory.refs[at + 1];
    const name =
      typeof label === "string" ? label : (this.#display.get(at) ?? this.#stable.get(at) ?? `word ${at}`);
    const field = row.slab.fieldAt(word - at);
    return field ? `${name}.${field}` : name;
  }
  /** Name without labels: the same for the same object on every machine. */
  stableName(word) {
    const own = this.#stable.get(word);
    if (own !== void 0) return own;
    const at = this.#home(word);
    return `${this.#stable.get(at) ?? "word"}+${word - at}`;
  }
  /**
   * Text for a reference held in a field, free of anything that depends on the schedule: rows by name, values by
   * their content, things with a `digest` by that.
   */
  referenceName(reference) {
    if (reference === null || reference === void 0) return "null";
    if (Array.isArray(reference)) return `[${reference.map((r) => this.referenceName(r)).join(",")}]`;
    if (typeof reference === "object" && "at" in reference && typeof reference.at === "number")
      return this.stableName(reference.at);
    if (typeof reference === "function") return `function ${reference.name}`;
    if (typeof reference === "symbol") return reference.toString();
    if (typeof reference !== "object") return `${reference}`;
    if (hasDigest(reference)) return reference.digest();
    return `{${Object.entries(reference)
      .map(([key, value]) => `${key}:${this.referenceName(value)}`)
      .sort()
      .join(",")}}`;
  }
  /** Words of the fields of a row that satisfy `test`. */
  words(row, test) {
    const found = [];
    for (const { spec, offset } of row.slab.fields)
      if (test(spec)) for (let i = 0; i < spec.words; i++) found.push(row.at + offset + i);
    return found;
  }
  isCounter(word) {
    return this.role[word] === 2;
  }
  isPlain(word) {
    return this.role[word] === 0;
  }
};
function hasDigest(thing) {
  return "digest" in thing && typeof thing.digest === "function";
}
/** Where the rows of one slab are: by creator and number. */
var SlabRows = class {
  /** Rows that were given back and may be used again. */
  spare = [];
  /** Allocations so far in this run, by creator. */
  #counts = /* @__PURE__ */ new Int32Array(33);
  #atMark = /* @__PURE__ */ new Int32Array(33);
  #places = Array.from({ length: 33 }, () => []);
  /** Place of the creator's next row, -1 when it has none yet. */
  take(creator) {
    const at = this.#places[creator][this.#counts[creator]];
    if (at === void 0) return -1;
    this.#counts[creator]++;
    return at;
  }
  /** Remembers the place of the creator's next row. Returns its number. */
  put(creator, at) {
    const n = this.#counts[creator]++;
    this.#places[creator][n] = at;
    return n;
  }
  placed() {
    return this.#places.flatMap((places, creator) => places.slice(0, this.#counts[creator]));
  }
  at(creator, n) {
    return this.#places[creator]?.[n];
  }
  mark() {
    this.#atMark.set(this.#counts);
  }
  reset() {
    this.#counts.set(this.#atMark);
  }
};
// src/sched/spinning.ts
/**
 * Spinning: a task that reads the same unchanged things over and over should wait instead.
 *
 * A step is *in vain* when it reads (or fails to take, or fails to exchange), the task has done the very same step
 * before, and nobody has changed its objects in between. A row of such steps, with no write of the task's own between
 * them, gets longer and longer. What is counted is a property of the trace: it does not depend on the order of
 * independent steps, and it is kept by log entry, so that a replay knows it without counting.
 */
/** Reads in a row by one task before they are looked at more closely. */
const SUSPICION = 16;
/** Counts of one machine. */
var Spinning = class {
  #log;
  /** By log entry: reads without a write of its own that the task has done in a row. */
  #reads = /* @__PURE__ */ new Int32Array(256);
  /** By log entry: of those, the last ones in vain. */
  inVain = /* @__PURE__ */ new Int32Array(256);
  constructor(log) {
    this.#log = log;
  }
  /** Counts reads in a row; behind a suspicious number of them, those that saw nothing new. */
  count(i, previous, accessClass, watch) {
    if (i >= this.#reads.length) this.#grow();
    const reads =
      accessClass === 1 || accessClass === 3 ? (previous >= 0 ? this.#reads[previous] : 0) + 1 : 0;
    this.#reads[i] = reads;
    this.inVain[i] = reads > SUSPICION && watch && this.#sawNothingNew(i) ? this.inVain[previous] + 1 : 0;
  }
  /** The task has done this very step before, and nobody has changed its objects since. */
  #sawNothingNew(i) {
    const log = this.#log;
    const task = log.task[i];
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      let seen = false;
      for (let p = log.previousAccess[j]; p >= 0 && !seen; p = log.previousAccess[p]) {
        const e = log.entry[p];
        if (log.task[e] === task) {
          if (log.kind[e] !== log.kind[i]) return false;
          seen = true;
        } else if (log.accessClass[p] !== 1 && log.accessClass[p] !== 3) return false;
      }
      if (!seen) return false;
    }
    return true;
  }
  /** A choice neither reads nor writes. */
  carry(i, previous) {
    if (i >= this.#reads.length) this.#grow();
    this.#reads[i] = previous >= 0 ? this.#reads[previous] : 0;
    this.inVain[i] = previous >= 0 ? this.inVain[previous] : 0;
  }
  #grow() {
    this.#reads = doubled(this.#reads);
    this.inVain = doubled(this.inVain);
  }
};
function doubled(array) {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
// src/sched/stuck.ts
/**
 * Judges the tasks that wait at the end of a run.
 * @param waiting tasks that wait and are no daemons
 * @param excused bit mask of tasks that were ended by a finding, or whose waiting is reported already
 * @param conditionsExcused somebody was ended by a finding who could have made any condition true
 */
function judge(waiting, excused, conditionsExcused) {
  let excuse = excused;
  for (let before = -1; before !== excuse; ) {
    before = excuse;
    for (const { task, holders } of waiting)
      if (
        (holders.length === 0 && conditionsExcused) ||
        holders.some((holder) => (excuse & (1 << holder)) !== 0)
      )
        excuse |= 1 << task;
  }
  const left = waiting.filter(({ task }) => (excuse & (1 << task)) === 0);
  if (left.length === 0) return void 0;
  return {
    code: left.some(({ holders }) => holders.length > 0) ? "deadlock" : "lost-wakeup",
    tasks: left.map(({ task }) => task),
  };
}
// src/sched/tasks.ts
/**
 * Which task is which: numbers, names and words of tasks, the same in every schedule.
 *
 * A task is the n-th that its creator starts. Its *number* is given when it is first met and kept for all runs of a
 * machine; on another machine it may be another. Its *path* is made of the way from a first task and is the same
 * everywhere; its *name* is what its spec says, for people.
 *
 *     task 1            the first of the tasks a run starts with
 *     task 1/2          the second that it spawned
 */
/** Tasks of one machine. */
var Tasks = class {
  /** Names by number. A number not met in this run may still have its name of an earlier one. */
  names = [];
  /** Word of each task's signal flag, birth mark and end mark. */
  signalWord = /* @__PURE__ */ new Int32Array(32);
  birthWord = /* @__PURE__ */ new Int32Array(32);
  endWord = /* @__PURE__ */ new Int32Array(32);
  paths = [];
  /** Tasks met in all runs. */
  count = 0;
  /** Numbers by creator + 1 and n. */
  #numbers = Array.from({ length: 32 }, () => []);
  /** Tasks started in this run, by creator + 1. */
  #started = /* @__PURE__ */ new Int32Array(32);
  /** Bit mask of the tasks named in this run. */
  #named = 0;
  #rows;
  #races;
  constructor(rows, races) {
    this.#rows = rows;
    this.#races = races;
  }
  /** A new run begins. */
  reset() {
    this.#started.fill(0);
    this.#named = 0;
  }
  /** Number of the task that `creator` (-1: nobody) starts as its n-th, from 0. */
  number(creator, n) {
    const numbers = this.#numbers[creator + 1];
    let task = numbers[n];
    if (task === void 0) {
      task = this.count;
      if (task >= 31) throw new ProtocolError(`more than 31 tasks: does the program spawn without end?`);
      this.count++;
      numbers[n] = task;
      const path = creator < 0 ? `task ${n + 1}` : `${this.paths[creator]}/${n + 1}`;
      this.paths[task] = path;
      this.signalWord[task] = this.#rows.placeOwn(`${path}.signal`);
      this.birthWord[task] = this.#rows.placeOwn(`${path}.birth`);
      this.endWord[task] = this.#rows.placeOwn(`${path}.end`);
      this.#races.reserveTasks(this.count);
    }
    return task;
  }
  /** Number of the task that `creator` would start next. */
  next(creator) {
    return this.number(creator, this.#started[creator + 1]);
  }
  /** `creator` starts a task. */
  started(creator) {
    this.#started[creator + 1]++;
  }
  /** Gives a task its name in this run. */
  name(task, name) {
    for (let t = 0; t < this.count; t++)
      if (t !== task && (this.#named & (1 << t)) !== 0 && this.names[t] === name)
        throw new ProtocolError(
          `two tasks are named "${name}": names tell tasks apart in traces, give each its own`,
        );
    this.#named |= 1 << task;
    if (this.names[task] === name) return;
    this.names[task] = name;
    this.#rows.rename(this.signalWord[task], `${name}.signal`);
    this.#rows.rename(this.birthWord[task], `${name}.birth`);
    this.#rows.rename(this.endWord[task], `${name}.end`);
  }
};
/** Ends a task after a fatal finding. Private: path code has no try. */
const FATAL = /* @__PURE__ */ new Error(
  "interleaf: a task was ended by a fatal finding (internal; never seen by users)",
);
/** Log entries that a driver added behind no step at all: more choices than steps is a loop without end. */
const MAX_CHOICES_PER_LIMIT = 1;
/** Tasks, table, run loop and effects of steps. Users see it as `Machine`. */
var Execution$1 = class {
  memory = new Memory();
  log = new Log();
  races = new Races(this.log);
  rows = new Rows(this.memory, this.log, this.races);
  #tasks = new Tasks(this.rows, this.races);
  places = new Places(this.rows, this.memory);
  held = new Holds();
  order = new LockOrder();
  /** Which detectors are on. */
  detectors = new Detectors();
  #access = new AccessFindings(this.memory, this.log, this.rows, this.races, this);
  #effects = new Effects(this.memory, this.rows, this.held, this.places, this.#access, this);
  payload = this.#effects.payload;
  obstacles = this.#effects.obstacles;
  asking = new Asking(this.order, this.rows, this.held, this);
  #spinning = new Spinning(this.log);
  /** Steps one run may take before it ends with "limit". */
  stepLimit = 1e6;
  /** Keep race clocks: without them neither data races nor unordered frees are found. */
  raceDetection = true;
  /** Reads in a row of unchanged objects that make a task one that spins. */
  spinLimit = 100;
  /** Keep notes: on when a trace is told, off while exploring. */
  telling = false;
  /** Where no driver runs: outcome of choices in sequential code. */
  sequentialChoice = () => 0;
  pendingKind = /* @__PURE__ */ new Int32Array(32);
  pendingOperand = /* @__PURE__ */ new Float64Array(32);
  pendingCount = /* @__PURE__ */ new Int32Array(32);
  /** Objects of row t: `[t * MAX_OBJECTS ...]`, life objects not included. */
  pendingObject = /* @__PURE__ */ new Int32Array(1024);
  pendingSite = new Array(32).fill("");
  pendingCondition = new Array(32).fill(null);
  /** Tasks of this run, those spawned so far included. */
  tasks = 0;
  /** Task whose code runs now, -1 outside an execution. */
  current = -1;
  taskNames = this.#tasks.names;
  /** Bit masks: came to its end; ended by a fatal finding; daemon; may be joined. */
  ended = 0;
  killed = 0;
  daemons = 0;
  joinable = 0;
  #generators = [];
  /** Word of each task's signal flag, birth mark and end mark. */
  signalWord = this.#tasks.signalWord;
  birthWord = this.#tasks.birthWord;
  endWord = this.#tasks.endWord;
  /** Steps taken by each task in this run. */
  #steps = /* @__PURE__ */ new Int32Array(32);
  /** Outcome of the step just executed: trylock got it, the compared value was right, counter reached zero, a value. */
  result = 1;
  findings = [];
  /** Events that the program named and that happened in some run so far: see `witness`. Never reset. */
  witnessed = /* @__PURE__ */ new Set();
  notes = [];
  #exploring = false;
  #starting = false;
  /** The task must yield before it does anything else (or was ended, and must not go on at all). */
  #owesYield = false;
  #next = -1;
  #keep = -1;
  #position = 0;
  #stepsTaken = 0;
  #end = "done";
  #driver = null;
  /** Tasks whose endless waiting was reported when it began. */
  #reportedWaits = 0;
  /** Some task has spun in some run. */
  #spun = false;
  #sites = /* @__PURE__ */ new Map();
  #conditions = /* @__PURE__ */ new Map();
  /** Conditions of awaits by number (the operand of an await's log entry). */
  conditions = [];
  /** True while tasks are being explored, false in set-up and sequential use. */
  get exploring() {
    return this.#exploring;
  }
  /** Announces a step on one object. */
  announce(kind, word, operand, site) {
    if (!this.#exploring) return this.#direct(kind, word, operand, site);
    const t = this.current;
    if (t < 0 || this.#owesYield) this.#enter();
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = operand;
    this.pendingCount[t] = 1;
    this.pendingObject[t * 32] = word;
    this.pendingSite[t] = site;
    const i = this.#position;
    if (kind < 4 && i < this.#keep && !this.#starting) {
      const { log, memory } = this;
      const value = memory.nums[word];
      const life = memory.lifeOf[word];
      const first = log.firstAccess[i];
      if (
        log.task[i] === t &&
        log.kind[i] === kind &&
        log.object[first] === word &&
        log.before[first] === value &&
        (life < 0 || memory.nums[life] === 1) &&
        !this.#spun
      ) {
        this.#position = i + 1;
        this.result = log.outcome[i];
        return false;
      }
    }
    return this.#advance(t);
  }
  /** Announces a step on several objects; all but the first are read. */
  announceSeveral(kind, words, operand, site, condition = null) {
    if (words.length < 1 || words.length > 30)
      throw new ProtocolError(`a step names 1 to 30 objects, not ${words.length}`);
    if (!this.#exploring) {
      for (let i = 0; i < words.length; i++) this.pendingObject[992 + i] = words[i];
      this.pendingCount[31] = words.length;
      this.pendingCondition[31] = condition;
      return this.#direct(kind, words[0], operand, site);
    }
    const t = this.#enter();
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = condition === null ? operand : this.#conditionNumber(condition);
    this.pendingCondition[t] = condition;
    this.pendingCount[t] = words.length;
    for (let i = 0; i < words.length; i++) this.pendingObject[t * 32 + i] = words[i];
    this.pendingSite[t] = site;
    return this.#advance(t);
  }
  /** Announces a step on a lock and on the running task's signal flag. */
  announceKillable(kind, word, operand, site) {
    if (!this.#exploring) return this.#direct(kind, word, operand, site);
    const t = this.#enter();
    this.pendingKind[t] = kind;
    this.pendingOperand[t] = operand;
    this.pendingCount[t] = 2;
    this.pendingObject[t * 32] = word;
    this.pendingObject[t * 32 + 1] = this.signalWord[t];
    this.pendingSite[t] = site;
    return this.#advance(t);
  }
  #enter() {
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    if (t < 0) throw new ProtocolError("a step was announced outside any task");
    return t;
  }
  #refuseToGoOn() {
    const t = this.current;
    const name = this.taskNames[t] ?? "a task";
    if ((this.killed & (1 << t)) !== 0)
      throw new ProtocolError(
        `${name} went on after the finding that ended it: path code has no try, catch or finally`,
      );
    throw new ProtocolError(
      `${name} went on after an announcement that returned true (at ${this.pendingSite[t] || KIND_NAMES[this.pendingKind[t]]}): write \`if (k.step(...)) yield;\` and call paths with \`yield*\``,
    );
  }
  #advance(t) {
    if (this.#starting) {
      this.#owesYield = true;
      return true;
    }
    const replayed = this.#position < this.#keep;
    const next = replayed ? this.log.task[this.#position] : this.#decide();
    if (next === t) {
      if (replayed) this.#repeat(t);
      else this.#execute(t);
      return false;
    }
    this.#next = next;
    this.#owesYield = true;
    return true;
  }
  #decide() {
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
    const next = this.#driver.pick(this, enabled);
    if (next < 0) {
      this.#end = "stopped";
      return -1;
    }
    if ((enabled & (1 << next)) === 0)
      throw new ProtocolError(`the explorer picked task ${next}, which is not enabled`);
    return next;
  }
  /** Tasks whose pending step could execute now, as a bit mask. */
  enabledMask() {
    let mask = 0;
    for (let t = 0; t < this.tasks; t++) if (this.isEnabled(t)) mask |= 1 << t;
    return mask;
  }
  /** Could the pending step of task t execute now? */
  isEnabled(t) {
    const kind = this.pendingKind[t];
    const nums = this.memory.nums;
    const at = t * 32;
    switch (kind) {
      case 0:
        return false;
      case 6:
      case 12:
        return nums[this.pendingObject[at]] === 0;
      case 9:
        return nums[this.pendingObject[at]] >= 0;
      case 16:
        return nums[this.pendingObject[at]] >= 0 || nums[this.pendingObject[at + 1]] !== 0;
      case 17:
      case 18:
        return nums[this.pendingObject[at]] === 0 || nums[this.pendingObject[at + 1]] !== 0;
      case 19:
        if (this.pendingCount[t] === 1) return this.pendingCondition[t].holds(nums[this.pendingObject[at]]);
        return this.#enabledByValues(t, kind);
      default:
        return kind < FIRST_LATE_WAIT || this.#enabledByValues(t, kind);
    }
  }
  #enabledByValues(t, kind) {
    const values = [];
    const at = t * 32;
    for (let i = 0; i < this.pendingCount[t]; i++) values.push(this.memory.nums[this.pendingObject[at + i]]);
    return enabledAt(kind, this.pendingCondition[t], values, 0, values.length);
  }
  /** Class the pending step of task t would have on its i-th own object now. */
  pendingClass(t, i) {
    if (i > 0) return 1;
    return classAt(this.pendingKind[t], this.pendingOperand[t], this.memory.nums[this.pendingObject[t * 32]]);
  }
  #execute(t) {
    if (this.#position < this.#keep) {
      this.#repeat(t);
      return;
    }
    const nums = this.memory.nums;
    const i = this.#position++;
    const kind = this.pendingKind[t];
    const operand = this.pendingOperand[t];
    const word = this.pendingObject[t * 32];
    const value = nums[word];
    const nth = ++this.#steps[t];
    this.#stepsTaken++;
    const outcome = this.#outcome(t, kind, operand, value);
    this.#append(t, i, kind, operand, outcome, nth, value, word);
    this.result = outcome;
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== 1) this.#access.dead(life, word, true);
    if (this.pendingCount[t] > 1) this.#checkOthers(t, i);
    if (kind >= 4) this.#effects.apply(kind, operand, outcome, word, value, t + 1);
    if (this.#spinning.inVain[i] >= this.spinLimit) {
      this.#spun = true;
      this.#spins(t);
    }
  }
  /** Executes a step of the replayed prefix: its effects, and a look whether it is still the same step. */
  #repeat(t) {
    const log = this.log;
    const nums = this.memory.nums;
    const i = this.#position++;
    const kind = this.pendingKind[t];
    const word = this.pendingObject[t * 32];
    const value = nums[word];
    const first = log.firstAccess[i];
    if (
      log.task[i] !== t ||
      log.kind[i] !== kind ||
      log.object[first] !== word ||
      log.before[first] !== value ||
      log.operand[i] !== this.pendingOperand[t]
    )
      this.#nondeterminism(i, this.describePending(t));
    const outcome = log.outcome[i];
    this.result = outcome;
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== 1) this.#access.dead(life, word, true);
    if (this.pendingCount[t] > 1) this.#checkOthers(t, i);
    if (kind >= 4) this.#effects.apply(kind, this.pendingOperand[t], outcome, word, value, t + 1);
    if (this.#spinning.inVain[i] >= this.spinLimit) this.#spins(t);
  }
  #outcome(t, kind, operand, value) {
    if (kind !== 32) return outcomeAt(kind, operand, value);
    let mask = 0;
    for (let i = 0; i < this.pendingCount[t]; i++)
      if (this.memory.nums[this.pendingObject[t * 32 + i]] !== 0) mask |= 1 << i;
    return mask;
  }
  /** The objects of a step but the first: the same as before, of living rows. */
  #checkOthers(t, i) {
    const { nums, lifeOf } = this.memory;
    const log = this.log;
    const first = log.firstAccess[i];
    for (let j = 1; j < this.pendingCount[t]; j++) {
      const word = this.pendingObject[t * 32 + j];
      if (log.object[first + j] !== word || log.before[first + j] !== nums[word])
        this.#nondeterminism(i, this.describePending(t));
      const life = lifeOf[word];
      if (life >= 0 && nums[life] !== 1) this.#access.dead(life, word, true);
    }
  }
  #append(t, i, kind, operand, outcome, nth, value, word) {
    const log = this.log;
    const { nums, lifeOf } = this.memory;
    const role = this.rows.role[word];
    if (!mayName(kind, role))
      throw new ProtocolError(
        `${this.describePending(t)}: a ${KIND_NAMES[kind]} step does not go with a ${ROLE_NAMES[role]}`,
      );
    const previous = log.lastEntry[t];
    log.append(t, kind, operand, outcome, nth, this.pendingSite[t]);
    const count = this.pendingCount[t];
    const accessClass = classAt(kind, operand, value);
    log.access(word, accessClass, value);
    for (let j = 1; j < count; j++) {
      const object = this.pendingObject[t * 32 + j];
      log.access(object, 1, nums[object]);
    }
    if (kind !== 20) {
      const life = lifeOf[word];
      if (life >= 0) log.access(life, 1, nums[life]);
      for (let j = 1; j < count; j++) {
        const other = lifeOf[this.pendingObject[t * 32 + j]];
        if (other >= 0 && other !== life) log.access(other, 1, nums[other]);
      }
    }
    if (nth === 1 && this.birthWord[t] > 0) {
      const birth = this.birthWord[t];
      if (nums[birth] !== 0) log.access(birth, 1, nums[birth]);
    }
    if (this.raceDetection) {
      this.races.stepped(i);
      if (role !== 14 && this.races.touched(word)) this.#access.checkInit(word, i);
    }
    this.#spinning.count(i, previous, accessClass, this.detectors.spinning);
  }
  #spins(t) {
    const names = [];
    for (let j = 0; j < this.pendingCount[t]; j++) names.push(this.nameOf(this.pendingObject[t * 32 + j]));
    this.violation("spinning", {
      message: `${this.taskNames[t]} has read the same unchanged objects ${this.spinLimit} times in a row, ${names.join(", ")} last: wait for the change with k.await(condition, cells) instead`,
      objects: names,
    });
  }
  /** What a holder is called where names must be the same on every machine. */
  holderName(holder) {
    return holder === 0 ? "sequential code" : this.#tasks.paths[holder - 1];
  }
  /** A step of sequential code: takes effect at once. */
  #direct(kind, word, operand, site) {
    const nums = this.memory.nums;
    const value = nums[word];
    const role = this.rows.role[word];
    if (!mayName(kind, role))
      throw new ProtocolError(
        `${site ? `${site}: ` : ""}a ${KIND_NAMES[kind]} step does not go with ${this.nameOf(word)}, a ${ROLE_NAMES[role]}`,
      );
    const life = this.memory.lifeOf[word];
    if (life >= 0 && nums[life] !== 1) this.#access.dead(life, word, true);
    if (kind < 4) {
      this.result = kind === 1 ? value : 1;
      return false;
    }
    this.result = this.#directOutcome(kind, word, operand, value, site);
    this.#effects.apply(kind, operand, this.result, word, value, 0);
    return false;
  }
  /** Outcome of a step of sequential code that may have to wait. */
  #directOutcome(kind, word, operand, value, site) {
    if (kind === 4) return 1;
    const nums = this.memory.nums;
    const several = kind === 19 || kind === 32 || kind === 41;
    if (
      !(several
        ? this.#enabledByValues(31, kind)
        : isKillable(kind)
          ? outcomeAt(kind, operand, value) !== 0
          : enabledAt(kind, null, nums, word, 1))
    ) {
      const what =
        kind === 19
          ? `waiting for "${this.pendingCondition[31].name}"`
          : `${KIND_NAMES[kind]} of ${this.nameOf(word)}`;
      throw new WouldWait(
        `${site ? `${site}: ` : ""}${what} would wait, and sequential code has nobody to wait for`,
      );
    }
    return several ? this.#outcome(31, kind, operand, value) : outcomeAt(kind, operand, value);
  }
  /**
   * The running task is about to ask for a lock it may have to wait for. Looks at the order of locks, at recursion
   * and at atomic context. @param sleeps waiting for it is sleeping
   */
  asks(word, write, subclass, sleeps, site) {
    const t = this.current;
    if (!this.#exploring || t < 0 || !this.detectors.order) return;
    const entry = this.isNew ? this.#position - 1 : -2;
    if (this.held.list[t + 1].length > 0) {
      if (this.asking.whileHolding(t, word, write, subclass, sleeps, site, entry))
        this.#reportedWaits |= 1 << t;
    }
    if (write && entry !== -2) this.asking.toWrite(t, word, subclass, site, entry);
  }
  /** A finding when the running task is in atomic context. @param what sentence without its end: "A asks for m" */
  checkMaySleep(what, site) {
    this.asking.maySleep(this.current + 1, what, site);
  }
  /** Does what runs now stand behind a step beyond the replayed prefix? */
  get isNew() {
    return this.#position > this.#keep;
  }
  /** Newest log entry of this run, -1 before the first. */
  get entry() {
    return this.#position - 1;
  }
  /** Everything set up so far is the state each run starts from. */
  mark() {
    this.memory.mark();
    this.rows.mark();
    this.held.mark();
  }
  /** Brings back the marked state. `run` does it at its start. */
  reset() {
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
  run(specs, driver, keep) {
    if (this.rows.recycling)
      throw new ProtocolError("a machine that recycles rows cannot explore: make another one for it");
    if (this.#exploring) throw new ProtocolError("a machine runs one execution at a time");
    if (specs.length > 31)
      throw new ProtocolError(`${specs.length} tasks, but a machine can have at most 31`);
    if (keep > this.log.length)
      throw new ProtocolError(`cannot replay ${keep} entries: the log has ${this.log.length}`);
    this.reset();
    this.log.cut(Math.max(keep, 0));
    this.races.cut(keep);
    this.order.cut(keep);
    this.#driver = driver;
    this.#keep = keep;
    this.#position = 0;
    this.#end = "done";
    this.tasks = 0;
    this.ended = 0;
    this.killed = 0;
    this.daemons = 0;
    this.joinable = 0;
    this.pendingKind.fill(0);
    this.#countStepsKept();
    this.#tasks.reset();
    this.#exploring = true;
    try {
      for (let n = 0; n < specs.length; n++) this.#tasks.name(this.#tasks.number(-1, n), specs[n].name);
      for (const spec of specs) this.#start(this.#tasks.next(-1), spec, -1);
      this.#loop();
    } finally {
      this.#exploring = false;
      this.#starting = false;
      this.#owesYield = false;
      this.current = -1;
    }
    if (this.#end === "done") this.#judgeEnd();
    if (this.order.grown) this.asking.judge();
    return this.#end;
  }
  /** Steps of the replayed prefix count from the start: nobody asks before it is over. */
  #countStepsKept() {
    const log = this.log;
    this.#stepsTaken = 0;
    for (let t = 0; t < this.#tasks.count; t++) {
      const last = log.lastEntry[t];
      this.#steps[t] = last >= 0 ? log.nth[last] : 0;
      this.#stepsTaken += this.#steps[t];
    }
  }
  #start(task, spec, born) {
    const creator = this.current;
    this.#tasks.started(creator);
    if (task >= this.tasks) this.tasks = task + 1;
    if (spec.daemon) this.daemons |= 1 << task;
    if (spec.joinable) this.joinable |= 1 << task;
    this.races.born(task, born);
    const generator = spec.run();
    if (this.isNew) refuseNonGenerator(spec.name, generator);
    this.#generators[task] = spec.joinable ? this.#withExit(generator, task) : generator;
    const wasStarting = this.#starting;
    this.#starting = true;
    this.current = task;
    this.#resume(task);
    this.current = creator;
    this.#starting = wasStarting;
  }
  *#withExit(path, task) {
    yield* path;
    if (this.announce(51, this.endWord[task], 0, "")) yield;
  }
  /** Runs a task's code up to its next announcement or its end. */
  #resume(task) {
    this.#owesYield = false;
    try {
      const result = this.#generators[task].next();
      if (!this.#owesYield || result.done || result.value !== void 0) {
        if (result.done && !this.#owesYield) this.#finish(task);
        else this.#refuseYield(task, result);
      } else if ((this.killed & (1 << task)) !== 0) this.#refuseToGoOn();
    } catch (error) {
      if (error !== FATAL) throw error;
      this.#drop(task);
    }
    this.#owesYield = false;
  }
  #refuseYield(task, result) {
    if ((this.killed & (1 << task)) !== 0) this.#refuseToGoOn();
    const name = this.taskNames[task];
    if (result.done)
      throw new ProtocolError(
        `${name} returned after an announcement that returned true: write \`if (k.step(...)) yield;\``,
      );
    if (result.value !== void 0)
      throw new ProtocolError(
        `${name} yielded a value: a yield takes none, and paths are called with \`yield*\``,
      );
    throw new ProtocolError(
      `${name} yielded without having announced a step: write \`if (k.step(...)) yield;\``,
    );
  }
  /** The task was ended by a finding: it takes no further step, its locks stay held. */
  #drop(task) {
    this.pendingKind[task] = 0;
    this.killed |= 1 << task;
    this.#generators[task] = null;
    this.#next = -2;
  }
  #loop() {
    let t = this.#decide();
    while (t >= 0) {
      this.current = t;
      this.#next = -2;
      if (this.#executed(t)) this.#resume(t);
      t = this.#next === -2 ? this.#decide() : this.#next;
    }
  }
  /** Executes the pending step of t; false when a finding ended the task there. */
  #executed(t) {
    try {
      this.#execute(t);
      return true;
    } catch (error) {
      if (error !== FATAL) throw error;
      this.#drop(t);
      return false;
    }
  }
  #finish(task) {
    this.pendingKind[task] = 0;
    this.ended |= 1 << task;
    this.#generators[task] = null;
    this.#next = -2;
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
  bear(child, holder) {
    const spec = this.payload[holder];
    this.payload[holder] = null;
    const position = this.#position - 1;
    const next = this.#next;
    this.#tasks.name(child, spec.name);
    this.#start(child, spec, position);
    this.#owesYield = false;
    this.#next = next;
  }
  #judgeEnd() {
    const waiting = [];
    for (let t = 0; t < this.tasks; t++) {
      if (this.pendingKind[t] === 0 || (this.daemons & (1 << t)) !== 0) continue;
      waiting.push({
        task: t,
        holders: this.#inTheWayOf(t),
      });
    }
    if (waiting.length === 0) return;
    this.#end = "blocked";
    const stuck = judge(waiting, this.killed | this.#reportedWaits, this.killed !== 0);
    if (!stuck) return;
    const lines = stuck.tasks.map((t) => {
      const holders = waiting.find((w) => w.task === t).holders;
      return `${this.describePending(t)}${holders.length > 0 ? `, held by ${holders.map((h) => this.#describeHolder(h)).join(", ")}` : ""}`;
    });
    const objects = stuck.tasks.map((t) => this.nameOf(this.pendingObject[t * 32]));
    this.note(stuck.code, {
      message: `for ever waiting: ${lines.join("; ")}`,
      objects,
    });
  }
  #describeHolder(task) {
    return (this.ended & (1 << task)) !== 0
      ? `${this.taskNames[task]} (which has ended)`
      : this.taskNames[task];
  }
  /** Tasks that hold what the pending step of t waits for. */
  #inTheWayOf(t) {
    const found = [];
    for (let i = 0; i < this.pendingCount[t]; i++) {
      const word = this.pendingObject[t * 32 + i];
      const holder = this.places.holderOf(word);
      if (holder < 0) found.push(...this.held.tasksHolding(word, this.tasks));
      else if (this.memory.nums[word] === 0) found.push(holder - 1);
    }
    return found;
  }
  /** Picks an outcome: see `Machine.choose`. */
  chosen(site, count) {
    if (!(Number.isInteger(count) && count > 0))
      throw new ProtocolError(`choice "${site}" has ${count} outcomes: it needs at least 1`);
    const outcome = this.#exploring ? this.#chosenInRun(site, count) : this.sequentialChoice(site, count);
    if (!(outcome >= 0 && outcome < count))
      throw new ProtocolError(`outcome ${outcome} of choice "${site}" is not 0..${count - 1}`);
    return outcome;
  }
  #chosenInRun(site, count) {
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    const log = this.log;
    const n = this.siteNumber(site);
    if (this.#position < this.#keep) {
      const i = this.#position++;
      if (log.kind[i] !== 27 || log.task[i] !== t || log.operand[i] !== n)
        this.#nondeterminism(i, `a choice "${site}" of ${this.taskNames[t]}`);
      return log.outcome[i];
    }
    if (this.#position - this.#stepsTaken > this.stepLimit * MAX_CHOICES_PER_LIMIT)
      throw new ProtocolError(
        `${this.taskNames[t]} makes choice "${site}" without end: bound the loop, or take a step in it`,
      );
    const outcome = this.#driver.choose(this, site, count);
    const previous = log.lastEntry[t];
    const i = log.append(t, 27, n, outcome, this.#steps[t], site);
    this.#spinning.carry(i, previous);
    this.#position++;
    return outcome;
  }
  /** The task the running one would spawn next. */
  nextChild() {
    return this.#tasks.next(this.current);
  }
  /** Number of the creator of what is allocated now: 0 = sequential code. */
  get creator() {
    return this.current + 1;
  }
  get creatorPath() {
    return this.current < 0 ? "" : `${this.#tasks.paths[this.current]}.`;
  }
  readNum(word) {
    if (this.#exploring) this.#plain(word, false);
    return this.memory.nums[word];
  }
  writeNum(word, value) {
    if (this.#exploring) this.#plain(word, true);
    this.memory.setNum(word, value);
  }
  readRef(word) {
    if (this.#exploring) this.#plain(word, false);
    return this.memory.refs[word];
  }
  writeRef(word, value) {
    if (this.#exploring) this.#plain(word, true);
    this.memory.setRef(word, value);
  }
  readAtomic(word) {
    if (this.#position > this.#keep) this.#mustBeAnnounced(word, false);
    return this.memory.nums[word];
  }
  writeAtomic(word, value) {
    if (this.#position > this.#keep) this.#mustBeAnnounced(word, true);
    this.memory.setNum(word, value);
  }
  /** A plain access to a word that guards something outside the words (a tree): checks it as a field access. */
  touch(word, write) {
    if (this.#exploring) this.#plain(word, write);
  }
  /** The row of a word is used, without a particular field: it must be alive, and a free must be ordered after it. */
  touchRow(word) {
    const life = this.memory.lifeOf[word];
    if (!this.#exploring || life < 0) return;
    if (this.memory.nums[life] !== 1) this.#access.dead(life, word, false);
    this.#touchLife(life);
  }
  /** A look that the program does not take part in (for witnesses and reports): nothing is checked or recorded. */
  aside(look) {
    const exploring = this.#exploring;
    this.#exploring = false;
    const seen = look();
    this.#exploring = exploring;
    return seen;
  }
  /** The first value of an atomic, given without a step: see `Machine.init`. */
  initialise(word, value) {
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== 1) this.#access.dead(life, word, false);
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
  #refuseLateInit(word) {
    const log = this.log;
    let j = log.lastAccess[word];
    while (j >= 0 && log.entry[j] >= this.#position) j = log.previousAccess[j];
    if (j >= 0)
      throw new ProtocolError(
        `${this.nameOf(word)} gets a first value although steps have touched it in this run: announce a write instead`,
      );
  }
  #plain(word, write) {
    const life = this.memory.lifeOf[word];
    if (life >= 0 && this.memory.nums[life] !== 1) this.#access.dead(life, word, false);
    if (this.#owesYield) this.#refuseToGoOn();
    if (!this.raceDetection || this.#position <= this.#keep) return;
    const t = this.current;
    if (t < 0) return;
    if (this.detectors.dataRace) {
      const partner = this.races.touch(word, t, this.#steps[t], this.#position - 1, write);
      if (partner) this.#access.race(word, write, partner);
    }
    if (life >= 0) this.#touchLife(life);
  }
  #touchLife(life) {
    const t = this.current;
    if (this.raceDetection && this.isNew && t >= 0)
      this.races.touch(life, t, this.#steps[t], this.#position - 1, false);
  }
  #mustBeAnnounced(word, write) {
    if (!this.#exploring) return;
    const t = this.current;
    if (this.#owesYield) this.#refuseToGoOn();
    if (this.#starting || t < 0 || this.#steps[t] === 0)
      throw new ProtocolError(`${this.nameOf(word)} is touched before the task announced a step`);
    const at = t * 32;
    const kind = this.pendingKind[t];
    let named = this.pendingObject[at] === word;
    for (let i = 1; !named && i < this.pendingCount[t]; i++) named = this.pendingObject[at + i] === word;
    const allowed = write
      ? kind === 2 || kind === 3 || kind === 23 || (kind === 5 && this.result === 1)
      : kind !== 4 && kind !== 37 && kind !== 39;
    if (!named || !allowed)
      throw new ProtocolError(
        `${this.taskNames[t]} ${write ? "writes" : "reads"} ${this.nameOf(word)} behind a step that announced ${this.describePending(t)}: announce the access itself`,
      );
  }
  /** The running task puts a stand-in (see `Machine.poison`) where an object is expected: findings name the place. */
  placed(standIn) {
    this.#access.placed(standIn);
  }
  /** Where the value of a plain word comes from: the newest write this run. */
  originOf(word) {
    return this.#access.originOf(word);
  }
  /** Reports a violation and ends the running task. In sequential code it throws a `SequentialFinding`. */
  find(code, facts) {
    this.#report(code, facts, true);
    if (!this.#exploring) throw new SequentialFinding(`${code}: ${facts.message}`);
    this.killed |= 1 << this.current;
    this.#owesYield = true;
    throw FATAL;
  }
  /** Reports a violation; the task goes on. */
  note(code, facts) {
    this.#report(code, facts, false);
  }
  /** A fatal finding of a detector, unless the detector is switched off: then the task goes on. */
  violation(code, facts) {
    if (this.detectors.on(code)) this.find(code, facts);
  }
  #report(code, facts, fatal) {
    if (!this.detectors.on(code)) return;
    const t = this.current;
    this.findings.push({
      code,
      message: facts.message,
      at: facts.at ?? {
        task: t >= 0 ? this.taskNames[t] : "",
        site: facts.site ?? (t >= 0 ? this.pendingSite[t] : ""),
        event: this.#position - 1,
      },
      ...(facts.other ? { other: facts.other } : {}),
      objects: facts.objects ?? [],
      fatal,
      ...(facts.potential ? { potential: true } : {}),
    });
  }
  /** The plain code from here on belongs to this function: for findings, where a callee announced the last step. */
  at(site) {
    if (this.#exploring && this.current >= 0) this.pendingSite[this.current] = site;
  }
  /** Words for a human, kept with the present entry while a trace is told. */
  say(text) {
    if (this.telling)
      this.notes.push({
        entry: this.#position - 1,
        text,
      });
  }
  /** Name of a word for reports: its row's label or (slab, creator, n), and the field. */
  nameOf(word) {
    return this.rows.nameOf(word);
  }
  /** The pending or just executed step of task t in words. */
  describePending(t) {
    const kind = this.pendingKind[t];
    if (kind === 0) return `${this.taskNames[t]} (ended)`;
    const site = this.pendingSite[t];
    const objects = [];
    for (let i = 0; i < this.pendingCount[t]; i++)
      if (i === 0 || !isKillable(kind)) objects.push(this.nameOf(this.pendingObject[t * 32 + i]));
    const condition = kind === 19 ? ` "${this.pendingCondition[t].name}" of` : "";
    return `${this.taskNames[t]}: ${KIND_NAMES[kind]}${condition} ${objects.join(", ")}${site ? ` in ${site}` : ""}`;
  }
  /** Number of a choice site, stable within an exploration. */
  siteNumber(site) {
    let n = this.#sites.get(site);
    if (n === void 0) {
      n = this.#sites.size;
      this.#sites.set(site, n);
    }
    return n;
  }
  #conditionNumber(condition) {
    let n = this.#conditions.get(condition.name);
    if (n === void 0) {
      n = this.#conditions.size;
      this.#conditions.set(condition.name, n);
    }
    this.conditions[n] = condition;
    return n;
  }
  #nondeterminism(entry, now) {
    const log = this.log;
    throw new HiddenNondeterminism(
      `the same schedule did something else the second time, at entry ${entry}: first ${`${this.taskNames[log.task[entry]]}: ${KIND_NAMES[log.kind[entry]]}${log.site[entry] ? ` in ${log.site[entry]}` : ""}`}, now ${now}. A program under test may depend only on the machine: look for Date, Math.random, module state, Map or Set kept across runs`,
      entry,
    );
  }
};
/** From this kind on there are further kinds that can wait; between `AWAIT` and it there are none. */
const FIRST_LATE_WAIT = 32;
function refuseNonGenerator(name, generator) {
  const fix = "a task is a generator function: `run: function* () { ... }`";
  if (typeof generator !== "object" || generator === null)
    throw new ProtocolError(`task "${name}" gave ${generator === null ? "null" : typeof generator}: ${fix}`);
  if ("then" in generator || Symbol.asyncIterator in generator)
    throw new ProtocolError(`task "${name}" gave a promise (is it an async function?): ${fix}`);
  if (!("next" in generator) || typeof generator.next !== "function")
    throw new ProtocolError(`task "${name}" gave an object that is no generator: ${fix}`);
}
// src/sched/machine.ts
const HAS_ENDED = {
  name: "has ended",
  holds: (end) => end !== 0,
};
const GRACE_PERIOD_OVER = {
  name: "the grace period is over",
  holds: allOver,
};
const ITS_TURN = {
  name: "its turn",
  holds: allOver,
};
const WORK_IDLE = {
  name: "neither pending nor running",
  holds: (work) => work === 0,
};
const TIMER_QUIET = {
  name: "its handler does not run",
  holds: (timer) => timer % 2 === 0,
};
function allOver(...places) {
  return places.every((place) => place !== 0);
}
/** Shared state, tasks and one execution at a time. One machine serves a whole exploration. */
var Machine = class extends Execution$1 {
  /** Announces a step of any kind that takes one object. The named forms below read better. */
  step(kind, object, operand = 0, site = "") {
    if (kind === 19) throw new ProtocolError("an await needs its condition: k.await(condition, cells)");
    return this.announce(kind, object.word, operand, site);
  }
  /** Atomic read (READ_ONCE and kin): orders nothing. `result` is the value. */
  read(cell, site = "") {
    return this.announce(1, cell.word, 0, site);
  }
  /** Atomic write (WRITE_ONCE, set_bit): orders nothing. The plain code writes. */
  write(cell, site = "") {
    return this.announce(2, cell.word, 0, site);
  }
  /** As `write`, with the machine writing (WRITE_ONCE): one line where the value is known. */
  writeOnce(cell, value, site = "") {
    return this.announce(28, cell.word, value, site);
  }
  /** Atomic read-modify-write whose old value is looked at; fully ordered. The plain code reads and writes. */
  rmw(cell, site = "") {
    return this.announce(3, cell.word, 0, site);
  }
  /** Sets the value and reports the old one in `result` (xchg, test_and_set_bit); fully ordered. */
  exchange(cell, value, site = "") {
    return this.announce(29, cell.word, value, site);
  }
  /** Adds without looking (atomic_inc, atomic_add). The machine applies it. Two of them commute. */
  add(cell, amount, site = "") {
    return this.announce(4, cell.word, amount, site);
  }
  /** Compare and exchange: `result` is 1 when the value was `expected`; the plain code then writes. */
  cas(cell, expected, site = "") {
    return this.announce(5, cell.word, expected, site);
  }
  /** Load that takes over what a matching store released. */
  loadAcquire(cell, site = "") {
    return this.announce(22, cell.word, 0, site);
  }
  /** Store that hands over everything done before it. The plain code writes. */
  storeRelease(cell, site = "") {
    return this.announce(23, cell.word, 0, site);
  }
  /** Drops a reference: `result` is 1 when it was the last. The machine applies it. */
  decAndTest(cell, site = "") {
    return this.announce(24, cell.word, 0, site);
  }
  /** Takes a reference unless there is none left: `result` is 1 when it did. The machine applies it. */
  incNotZero(cell, site = "") {
    return this.announce(25, cell.word, 0, site);
  }
  /** First value of an atomic in a row nobody else knows yet (atomic_set before publishing). Not a step. */
  init(cell, value) {
    this.initialise(cell.word, value);
  }
  /** Sets a bit (set_bit): orders nothing. */
  setBit(flags, bit, site = "") {
    return this.announce(28, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit (clear_bit): orders nothing. */
  clearBit(flags, bit, site = "") {
    return this.announce(28, flags.bit(bit).word, 0, site);
  }
  /** Reads a bit: `result` is 0 or 1. */
  testBit(flags, bit, site = "") {
    return this.announce(1, flags.bit(bit).word, 0, site);
  }
  /** Sets a bit and reports in `result` what it was (test_and_set_bit); fully ordered. */
  testAndSetBit(flags, bit, site = "") {
    return this.announce(29, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit and reports in `result` what it was (test_and_clear_bit); fully ordered. */
  testAndClearBit(flags, bit, site = "") {
    return this.announce(29, flags.bit(bit).word, 0, site);
  }
  /** Reads the whole word: `result` is the mask of the bits that are set. Conflicts with a change of any bit. */
  readFlags(flags, site = "") {
    return this.announceSeveral(32, range(flags.word, flags.size), 0, site);
  }
  /** Takes a mutex, a spinlock. */
  lock(lock, site = "", subclass = 0) {
    this.asks(lock.word, true, subclass, this.rows.role[lock.word] !== 4, site);
    return this.announce(6, lock.word, subclass, site);
  }
  /** As `lock`; a pending signal cuts the wait short: then `interrupted`. */
  lockKillable(lock, site = "", subclass = 0) {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(18, lock.word, subclass, site);
  }
  /** `result` is 1 when it was free and is now held. */
  tryLock(lock, site = "", subclass = 0) {
    return this.announce(8, lock.word, subclass, site);
  }
  unlock(lock, site = "") {
    return this.announce(7, lock.word, 0, site);
  }
  readLock(lock, site = "", subclass = 0) {
    this.asks(lock.word, false, subclass, true, site);
    return this.announce(9, lock.word, subclass, site);
  }
  readLockKillable(lock, site = "", subclass = 0) {
    this.asks(lock.word, false, subclass, true, site);
    return this.announceKillable(16, lock.word, subclass, site);
  }
  readTryLock(lock, site = "", subclass = 0) {
    return this.announce(11, lock.word, subclass, site);
  }
  readUnlock(lock, site = "") {
    return this.announce(10, lock.word, 0, site);
  }
  writeLock(lock, site = "", subclass = 0) {
    this.asks(lock.word, true, subclass, true, site);
    return this.announce(12, lock.word, subclass, site);
  }
  writeLockKillable(lock, site = "", subclass = 0) {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(17, lock.word, subclass, site);
  }
  writeTryLock(lock, site = "", subclass = 0) {
    return this.announce(14, lock.word, subclass, site);
  }
  writeUnlock(lock, site = "") {
    return this.announce(13, lock.word, 0, site);
  }
  /** The writer becomes a reader without letting anybody in between. */
  downgrade(lock, site = "") {
    return this.announce(15, lock.word, 0, site);
  }
  /** Condition of a task's last killable step: a signal cut the wait short. */
  get interrupted() {
    return this.result === 0;
  }
  /** Takes a fair lock for reading. Waits behind every writer who came before, waiting ones included. */
  *fairReadLock(lock, site = "", subclass = 0) {
    if (this.enqueue(48, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Takes a fair lock for writing. Waits behind everybody who came before. */
  *fairWriteLock(lock, site = "", subclass = 0) {
    if (this.enqueue(49, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Gives a fair lock back, whichever way it was taken. */
  fairUnlock(lock, site = "") {
    const place = this.places.open(lock.word, this.creator);
    if (place < 0) {
      const name = this.nameOf(lock.word);
      this.find("lock-misuse", {
        message: `${name} is unlocked by a task that does not hold it`,
        objects: [name],
        site,
      });
    }
    return this.announce(50, place, 0, site);
  }
  enqueue(kind, lock, subclass, site) {
    this.asks(lock.word, kind === 49, subclass, true, site);
    return this.announce(kind, lock.word, subclass, site);
  }
  /** Waits for what the step just taken found in its way, if anything. */
  awaitOver(condition, site) {
    const words = this.obstacles[this.creator];
    return words.length === 0 ? false : this.announceSeveral(19, words, 0, site, condition);
  }
  /** Disables the interrupts of a line (local_irq_save): its handlers wait, and the task may not sleep. Nests. */
  irqDisable(line, site = "") {
    if (this.exploring && this.held.has(this.creator, line.word, true)) return this.nestIrq(line.word);
    return this.announce(6, line.word, 0, site);
  }
  irqEnable(line, site = "") {
    if (this.exploring && this.held.count(this.creator, line.word) > 1) return this.unnestIrq(line.word);
    return this.announce(7, line.word, 0, site);
  }
  /** A handler starts: waits until no task has the line disabled and no other handler of it runs. */
  irqEnter(line, site = "") {
    return this.announce(6, line.word, 0, site);
  }
  irqExit(line, site = "") {
    return this.announce(7, line.word, 0, site);
  }
  /** An inner disable is nobody else's business: no step. */
  nestIrq(word) {
    this.held.take(this.creator, word, true, 13, 0);
    return false;
  }
  unnestIrq(word) {
    this.held.drop(this.creator, word, true, 13);
    return false;
  }
  /** The running task holds the lock, in write mode when asked. */
  holds(lock, write = false) {
    return (
      this.held.has(this.creator, lock.word, true) ||
      (!write && this.held.has(this.creator, lock.word, false))
    );
  }
  /** A stated precondition: the running task holds the lock. A finding when it does not. */
  assertHeld(lock, write = false) {
    if (this.holds(lock, write)) return;
    const name = this.nameOf(lock.word);
    this.violation("lock-misuse", {
      message: `${name} must be held${write ? " for writing" : ""} here`,
      objects: [name],
    });
  }
  /** What stands here may sleep (an allocation, a copy from user space): a finding in atomic context. Not a step. */
  mightSleep(site = "") {
    if (this.exploring && this.current >= 0)
      this.checkMaySleep(`${this.taskNames[this.current]} may sleep${site ? ` in ${site}` : ""}`, site);
  }
  /**
   * What stands here may have to wait for whatever the pseudo-lock `name` stands for: an allocation that may start
   * reclaim, which takes locks of its own. Only the order of locks looks at it. Not a step.
   */
  mayEnter(name, site = "") {
    this.asks(this.asking.pseudoWord(name), true, 0, false, site);
  }
  /** The code from here to `leavePseudo` is what `mayEnter(name)` may have to wait for. Not a step. */
  enterPseudo(name, site = "") {
    const word = this.asking.pseudoWord(name);
    this.asks(word, true, 0, false, site);
    if (this.exploring) this.held.take(this.creator, word, true, 0, 0);
  }
  leavePseudo(name) {
    if (this.exploring && !this.held.drop(this.creator, this.asking.pseudoWord(name), true, 0))
      throw new ProtocolError(`leavePseudo("${name}") without enterPseudo`);
  }
  /** Waits until `condition` holds for the values of the cells (wait_event). Never spin: wait. */
  await(condition, cells, site = "") {
    if (this.exploring && this.current >= 0)
      this.checkMaySleep(`${this.taskNames[this.current]} waits for "${condition.name}"`, site);
    const words = cells.map((cell) => cell.word);
    return this.announceSeveral(19, words, 0, site, condition);
  }
  /** Announces that the task is about to sleep in the queue; `result` is the ticket for `schedule`. Then check again. */
  prepareToWait(queue, site = "") {
    return this.announce(40, queue.word, 0, site);
  }
  /** Sleeps until the queue was woken after the ticket was drawn. */
  schedule(queue, ticket, site = "") {
    return this.await(
      {
        name: `woken after wake-up ${ticket}`,
        holds: (wakes) => wakes !== ticket,
      },
      [queue],
      site,
    );
  }
  /** Wakes everybody who sleeps in the queue. Simplified: there are no exclusive waiters. */
  wakeUp(queue, site = "") {
    return this.announce(39, queue.word, 0, site);
  }
  /** It is done: lets one waiter go on. */
  complete(completion, site = "") {
    return this.announce(37, completion.word, 0, site);
  }
  /** It is done, for all waiters, present and future. */
  completeAll(completion, site = "") {
    return this.announce(28, completion.word, COMPLETED_FOR_ALL, site);
  }
  waitForCompletion(completion, site = "") {
    if (this.exploring && this.current >= 0)
      this.checkMaySleep(`${this.taskNames[this.current]} waits for ${this.nameOf(completion.word)}`, site);
    return this.announce(38, completion.word, 0, site);
  }
  /** A writer goes in. Writers must exclude each other by a lock. */
  seqWriteBegin(count, site = "") {
    return this.announce(33, count.word, 0, site);
  }
  seqWriteEnd(count, site = "") {
    return this.announce(34, count.word, 0, site);
  }
  /** A reader starts, once no writer is inside: `result` is what `seqReadRetry` takes. Read atomics in between. */
  seqReadBegin(count, site = "") {
    return this.announce(35, count.word, 0, site);
  }
  /** `result` is 1 when a writer was inside since `start`: read again. */
  seqReadRetry(count, start, site = "") {
    return this.announce(36, count.word, start, site);
  }
  /** Allocates a row, all fields 0, null or free. Not a step: nobody else knows it yet. */
  alloc(slab) {
    const prefix = this.creatorPath;
    const display = this.current < 0 ? "" : `${this.taskNames[this.current]}.`;
    return this.rows.allocate(this, slab, this.creator, prefix, display);
  }
  /** Gives a row back to its slab: conflicts with every access to it. */
  free(row, site = "") {
    return this.announce(20, row.at, 0, site);
  }
  /**
   * Freed rows, and those handed to `recycle`, are used again by later allocations: for libraries that run for long and
   * explore nothing. From here on a use after free is not found, and `run` refuses.
   */
  recycleRows() {
    this.rows.recycling = true;
  }
  get recycling() {
    return this.rows.recycling;
  }
  /** A row that nobody refers to any more, of a slab whose rows are never freed. Does nothing unless rows are recycled. */
  recycle(row) {
    if (this.rows.recycling) this.rows.recycle(row);
  }
  /** Names a row for reports ("child", "[heap]"). */
  label(row, text) {
    this.memory.setRef(row.at + 1, text);
  }
  /**
   * Something that is not an object but stands where one is expected (a reserved tree entry, an error pointer).
   * Passing it around is fine; touching a field is a finding with `code`.
   * @param name short, for fields: `NAME.field`. @param text what it is, in words
   */
  poison(slab, code, name, text) {
    return this.rows.poison(this, slab, code, name, text);
  }
  /** The row of a slab with this serial number: what a table entry or a packed word refers to. */
  rowOf(slab, serial) {
    return this.rows.bySerial(slab, serial);
  }
  /** Every row of a slab allocated so far in this run, set-up included, freed ones too. */
  rowsOf(slab) {
    return this.rows.ofSlab(slab);
  }
  /** The row whose life mark is word `at`. */
  rowAt(at) {
    return this.rows.at(at);
  }
  /** Rows allocated and not freed, permanent ones left out. */
  alive() {
    return this.rows.alive();
  }
  /** A further word for an entry of the sparse table at `word`; it lives and dies with the same row. */
  placeEntry(word, key) {
    return this.rows.placeEntry(word, key);
  }
  /** Enters a read section: what it sees stays until it leaves. Nests; the task may not sleep inside. */
  rcuReadLock(rcu, site = "") {
    return this.announce(43, rcu.word, 0, site);
  }
  rcuReadUnlock(rcu, site = "") {
    const depth = this.held.readDepth(this.creator, rcu.word);
    if (depth === 0) {
      const name = this.nameOf(rcu.word);
      this.find("rcu-misuse", {
        message: `a read section of ${name} is left that was never entered`,
        objects: [name],
        site,
      });
    }
    return this.announce(44, this.places.open(rcu.word, this.creator), depth === 1 ? 1 : 0, site);
  }
  /** Follows a reference that RCU protects (rcu_dereference). A finding outside a read section. */
  rcuDereference(cell, rcu, site = "") {
    if (this.exploring && !this.held.has(this.creator, rcu.word, false)) {
      const name = this.nameOf(cell.word);
      this.note("rcu-misuse", {
        message: `${this.taskNames[this.current]} follows ${name} outside any read section of ${this.nameOf(rcu.word)}`,
        objects: [name],
        site,
      });
    }
    return this.announce(47, cell.word, 0, site);
  }
  /** Waits until every read section that has begun by now is over (synchronize_rcu). */
  *synchronizeRcu(rcu, site = "") {
    if (this.startGracePeriod(rcu, site)) yield;
    if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
  }
  startGracePeriod(rcu, site) {
    if (this.exploring) this.checkMaySleep(`${this.taskNames[this.current]} waits for a grace period`, site);
    return this.announce(45, rcu.word, 0, site);
  }
  /**
   * Has `callback` run by the callback task of the domain (`rcuCallbacks`), once every read section that has begun by
   * now is over. In sequential code it is queued, too; `runCallbacks` runs it.
   */
  callRcu(rcu, callback, site = "") {
    this.payload[this.creator] = callback;
    return this.announce(46, rcu.word, 0, site);
  }
  /** Frees the row after a grace period (kfree_rcu). */
  freeRcu(rcu, row, site = "") {
    const free = (k) => k.free(row, site);
    const k = this;
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
  rcuCallbacks(rcu, name = "rcu callbacks") {
    return {
      name,
      daemon: true,
      run: () => this.runQueue(rcu, name),
    };
  }
  *runQueue(rcu, site) {
    for (let n = 1; ; n++) {
      if (
        this.await(
          {
            name: `callback ${n} is queued`,
            holds: (queued) => queued >= n,
          },
          [rcu],
          site,
        )
      )
        yield;
      const queued = this.callbacks(rcu)[n - 1];
      this.obstacles[this.creator] = queued.sections;
      if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
      yield* queued.callback.run();
      if (this.add(rcu.done, 1, site)) yield;
    }
  }
  /** Waits until every callback that was queued by now has run (rcu_barrier). */
  *rcuBarrier(rcu, site = "") {
    if (this.announce(1, rcu.word, 0, site)) yield;
    const queued = this.result;
    if (
      this.await(
        {
          name: `${queued} callbacks have run`,
          holds: (done) => done >= queued,
        },
        [rcu.done],
        site,
      )
    )
      yield;
  }
  /** Runs the callbacks that are queued, in sequential code (set-up, tear-down): nobody reads any more. */
  runCallbacks(rcu) {
    if (this.exploring)
      throw new ProtocolError("runCallbacks is for sequential code: tasks have the task of rcuCallbacks");
    for (let n = this.memory.nums[rcu.done.word]; n < this.callbacks(rcu).length; n++) {
      sequentially(this.callbacks(rcu)[n].callback.run());
      this.memory.setNum(rcu.done.word, n + 1);
    }
  }
  callbacks(rcu) {
    return this.memory.refs[rcu.word] ?? [];
  }
  /** Starts another task. Everything done so far happened before its first step. */
  spawn(spec, site = "") {
    if (!this.exploring)
      throw new ProtocolError(
        `spawn("${spec.name}") outside an exploration: sequential code calls the path with yield*`,
      );
    const child = this.nextChild();
    this.payload[this.creator] = spec;
    return this.announce(21, this.birthWord[child], child, site);
  }
  /** Waits for the end of a task that was made `joinable`. @param task its number, see `taskNumber` */
  join(task, site = "") {
    if (!(task >= 0 && task < this.tasks))
      throw new ProtocolError(`join: there is no task ${task} in this run`);
    if ((this.joinable & (1 << task)) === 0)
      throw new ProtocolError(
        `join: the end of ${this.taskNames[task]} is no step: give its task \`joinable: true\``,
      );
    return this.await(HAS_ENDED, [{ word: this.endWord[task] }], site);
  }
  /** Sends a task of this run a fatal signal. @param task its number, see `taskNumber` */
  signal(task, site = "") {
    if (!this.exploring) return false;
    if (!(task >= 0 && this.signalWord[task] > 0))
      throw new ProtocolError(`signal: there is no task ${task}`);
    return this.announce(26, this.signalWord[task], 0, site);
  }
  /** Looks whether a fatal signal is pending for the running task: `result` is 1 when it is. */
  signalPending(site = "") {
    if (!this.exploring) {
      this.result = 0;
      return false;
    }
    return this.announce(1, this.signalWord[this.current], 0, site);
  }
  /** Arms a timer or moves it; `result` is 1 when it was armed. @param deadline in ticks of its clock */
  armTimer(timer, deadline, site = "") {
    if (!(Number.isInteger(deadline) && deadline >= 0 && deadline < MAX_DEADLINE))
      throw new ProtocolError(`a deadline is an integer from 0 to ${MAX_DEADLINE - 1}, not ${deadline}`);
    return this.announce(52, timer.word, deadline + 1, site);
  }
  /** Disarms a timer; `result` is 1 when it was armed. Its handler may still be running. */
  cancelTimer(timer, site = "") {
    return this.announce(52, timer.word, 0, site);
  }
  /** Disarms a timer and waits for its handler (timer_delete_sync). */
  *cancelTimerSync(timer, site = "") {
    if (this.cancelTimer(timer, site)) yield;
    if (this.await(TIMER_QUIET, [timer], site)) yield;
  }
  /**
   * The task of a timer: fires when the timer is armed and no timer on the same clock is due earlier. Virtual time
   * orders timers with each other and nothing else: any task may be as slow or as fast as it likes.
   * @param clock all timers on the clock
   */
  timerTask(name, timer, clock, handler) {
    const words = [
      timer.word,
      ...clock.filter((other) => other.word !== timer.word).map((other) => other.word),
    ];
    return {
      name,
      daemon: true,
      run: () => this.serveTimer(name, words, handler),
    };
  }
  *serveTimer(site, words, handler) {
    for (;;) {
      if (this.announceSeveral(41, words, 0, site)) yield;
      yield* handler();
      if (this.announce(31, words[0], 1, site)) yield;
    }
  }
  /** Queues a work item; `result` is 0 when it was pending already. */
  *queueWork(work, site = "") {
    if (this.announce(30, work.word, 1, site)) yield;
    this.result = (this.result & 1) === 0 ? 1 : 0;
  }
  /** Takes back a pending work item; `result` is 1 when it was pending. It may still be running. */
  cancelWork(work, site = "") {
    return this.announce(31, work.word, 1, site);
  }
  /** Waits until the work item is neither pending nor running (flush_work). */
  flushWork(work, site = "") {
    return this.await(WORK_IDLE, [work], site);
  }
  /** The task of a work item. Simplified: every item has a worker of its own. */
  workTask(name, work, run) {
    return {
      name,
      daemon: true,
      run: () => this.serveWork(name, work, run),
    };
  }
  *serveWork(site, work, run) {
    for (;;) {
      if (this.announce(42, work.word, 0, site)) yield;
      yield* run();
      if (this.announce(31, work.word, 2, site)) yield;
    }
  }
  /**
   * Picks one of `count` outcomes (0 = the ordinary one). Not a step: returns at once, never suspends, conflicts
   * with nothing. The explorer tries every outcome its budget allows.
   */
  choose(site, count) {
    return this.chosen(site, count);
  }
  /** A failure that may happen here: true = it does. @param site names the place, part of the trace */
  fails(site) {
    return this.chosen(site, 2) === 1;
  }
  /** A stated invariant: a finding when it does not hold. */
  assert(condition, message, objects = []) {
    if (!condition)
      this.violation("assertion", {
        message,
        objects,
      });
  }
  /** Something happened that an exploration must have seen at least once to mean anything. */
  witness(name) {
    this.witnessed.add(name);
  }
  /** Switches a detector on or off. @param code what it finds, see `DETECTORS` */
  detect(code, on) {
    this.detectors.switch(code, on);
  }
  /** Detectors that are off. A verdict must name them. */
  get switchedOff() {
    const off = this.detectors.off();
    return this.raceDetection || off.includes("data-race") ? off : ["data-race", ...off].sort();
  }
  /**
   * Are plain fields scheduling points? They are not: without race detection an exploration has not seen what
   * happens when two tasks meet in a field, and its verdict is incomplete.
   */
  get fieldsAreSteps() {
    return false;
  }
  /** Name of a word without labels: the same for the same object on every machine. */
  stableName(word) {
    return this.rows.stableName(word);
  }
  /** Name of a row, by its label if it has one. */
  rowName(row) {
    return this.rows.nameOf(row.at);
  }
  /** Number of the task with this name, -1 if there is none. */
  taskNumber(name) {
    return this.taskNames.indexOf(name);
  }
  /** Text for a reference held in a field, free of anything that depends on the schedule. */
  referenceName(reference) {
    return this.rows.referenceName(reference);
  }
  /** Hash of everything that differs from the marked state; the same for the same state on every machine. */
  endStateHash() {
    return this.memory.hash(
      (word) => this.rows.stableName(word),
      (reference) => this.rows.referenceName(reference),
    );
  }
};
/**
 * Runs a path in sequential code (set-up, tear-down, libraries) and returns what it returns.
 *
 * Throws `WouldWait` where the path would have to wait for somebody else.
 */
function sequentially(path) {
  const result = path.next();
  if (!result.done)
    throw new ProtocolError(
      "a path yielded in sequential code: it may do so only where an announcement told it to",
    );
  return result.value;
}
function range(from, count) {
  return Array.from({ length: count }, (_, i) => from + i);
}
// src/check/execution.ts
/**
 * One program on one machine: set-up once, then executions, each judged at its end.
 *
 *     run -> findings of the steps -> (all ended, none by a finding) -> program.after -> rows still alive are leaks
 */
/** The program under test threw something that is neither a finding nor a breach of the protocol. */
var ProgramError = class extends Error {};
/** Most rows that a leak report names. */
const LEAKS_NAMED = 5;
/** A program set up on a machine. */
var Execution = class {
  program;
  machine;
  state;
  /** Made once: closures made anew for each execution would cost more than the execution. */
  tasks;
  #aliveAtMark;
  /** @param machine a fresh machine to use instead of the program's own */
  constructor(program, machine) {
    this.program = program;
    this.machine = machine ?? program.machine?.() ?? new Machine();
    this.state = this.#guard("set-up", () => program.setup(this.machine));
    this.tasks = this.#guard("tasks", () => program.tasks(this.machine, this.state));
    this.machine.mark();
    this.#aliveAtMark = new Set(this.machine.alive().map((row) => row.at));
  }
  /** Runs the tasks: see `Machine.run`. The end is not judged yet. */
  steps(driver, keep) {
    const machine = this.machine;
    return this.#guard("an execution", () => machine.run(this.tasks, driver, keep));
  }
  /** Runs and judges. */
  run(driver, keep) {
    const end = this.steps(driver, keep);
    const endState = this.machine.endStateHash();
    return {
      end,
      findings: this.judge(end),
      endState,
    };
  }
  /** Everything the execution that has just ended shows. Runs `after`, so the state is not the end state any more. */
  judge(end) {
    const { machine, program } = this;
    if (end === "done" && machine.killed === 0) {
      if (program.after)
        try {
          program.after(machine, this.state);
        } catch (error) {
          if (!(error instanceof SequentialFinding)) throw this.#explained("after", error);
        }
      if (program.leaks) this.#findLeaks();
    }
    return machine.findings;
  }
  #findLeaks() {
    const { machine } = this;
    const leaked = machine.alive().filter((row) => !this.#aliveAtMark.has(row.at));
    if (leaked.length === 0) return;
    const names = leaked.map((row) => machine.rowName(row)).sort();
    const named = names.slice(0, LEAKS_NAMED);
    const more = names.length > named.length ? ` and ${names.length - named.length} more` : "";
    machine.note("leak", {
      message: `never freed: ${named.join(", ")}${more}`,
      objects: named,
    });
  }
  /** Runs something that runs the program: what the program throws becomes a sentence. */
  guarded(run) {
    return this.#guard("an execution", run);
  }
  #guard(where, run) {
    try {
      return run();
    } catch (error) {
      throw this.#explained(where, error);
    }
  }
  #explained(where, error) {
    if (error instanceof ProtocolError || error instanceof HiddenNondeterminism) return error;
    if (error instanceof SequentialFinding || error instanceof WouldWait)
      return new ProgramError(`${this.program.name}: ${where} failed: ${error.message}`, { cause: error });
    const { machine } = this;
    const t = machine.log.length > 0 ? machine.log.task[machine.log.length - 1] : -1;
    const behind = where === "an execution" && t >= 0 ? `, behind ${machine.describePending(t)}` : "";
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new ProgramError(
      `${this.program.name}: ${where} threw ${what}${behind}. A program under test may not throw: errors of the modelled system are return values`,
      { cause: error },
    );
  }
};
// src/check/minimise.ts
/**
 * The shortest story of a finding within one execution.
 *
 * Steps that do not happen before the finding are dropped. What is left is a partial order, and every linearisation
 * of it is an execution that shows the same finding: the one with the fewest context switches is found exactly, by
 * breadth-first search over how far each task has come. A task that runs goes on as far as the order lets it, since
 * coming further never hinders another; so a state is left only by a switch, and levels of the search are numbers of
 * switches.
 *
 *     fewest faults     the explorer goes through fault budgets from 0 upwards
 *     fewest switches   here, per execution, and the best over all executions that show the finding
 *     fewest steps      among those, over all executions
 */
const { CHOICE: CHOICE$5 } = kind_exports;
/** States the search for the fewest switches may look at before it settles for what is shortest so far. */
const MOST_STATES = 5e4;
/** What the finding needs of the newest run, or everything. */
function neededFor(finding, machine, order) {
  const log = machine.log;
  const entry = finding ? stepAt(machine, finding.at.event) : -1;
  if (!finding || finding.at.task === "" || finding.potential === true || entry < 0)
    return {
      progress: Array.from(order.before.slice(log.length * order.stride, (log.length + 1) * order.stride)),
    };
  const progress = Array.from(order.clock.slice(entry * order.stride, (entry + 1) * order.stride));
  const other = finding.other ? stepAt(machine, finding.other.event) : -1;
  if (other < 0 || other === entry) return { progress };
  const row = other * order.stride;
  for (let t = 0; t < order.stride; t++) progress[t] = Math.max(progress[t], order.clock[row + t]);
  return {
    progress,
    pin: {
      entry,
      after: other,
    },
  };
}
/** The step that a log entry is or belongs to. */
function stepAt(machine, event) {
  let i = event;
  while (i >= 0 && machine.log.kind[i] === CHOICE$5) i--;
  return i;
}
/** A linearisation of the needed steps with the fewest switches. */
function linearise(needed, machine, order) {
  const log = machine.log;
  const tasks = order.stride;
  const goal = needed.progress;
  const ready = (progress, t) => {
    const n = progress[t] + 1;
    if (n > goal[t]) return false;
    const entry = order.entryOf[t][n];
    const row = entry * tasks;
    for (let u = 0; u < tasks; u++) if (u !== t && order.clock[row + u] > progress[u]) return false;
    const pin = needed.pin;
    return !pin || pin.entry !== entry || progress[log.task[pin.after]] >= log.nth[pin.after];
  };
  const run = (progress, t) => {
    const next = [...progress];
    while (ready(next, t)) next[t]++;
    return next;
  };
  const isGoal = (progress) => progress.every((n, t) => n >= goal[t]);
  const start = {
    progress: goal.map(() => 0),
    task: -1,
    from: null,
  };
  let level = [start];
  const seen = /* @__PURE__ */ new Set();
  let states = 0;
  let exact = true;
  let found = isGoal(start.progress) ? start : void 0;
  while (!found && level.length > 0) {
    const next = [];
    search: for (const place of level)
      for (let t = 0; t < tasks; t++) {
        if (t === place.task || !ready(place.progress, t)) continue;
        const progress = run(place.progress, t);
        const key = `${t}:${progress.join()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const reached = {
          progress,
          task: t,
          from: place,
        };
        if (isGoal(progress)) {
          found = reached;
          break search;
        }
        next.push(reached);
        if (++states > MOST_STATES) {
          exact = false;
          next.sort((a, b) => total(b.progress) - total(a.progress));
          next.length = 1;
          states = 0;
          break search;
        }
      }
    level = next;
  }
  if (!found) throw new Error("the steps of a finding cannot be put in order (a bug of the minimiser)");
  return {
    ...spell(found, machine, order),
    exact,
  };
}
function total(progress) {
  return progress.reduce((sum, n) => sum + n, 0);
}
/** The steps and choices along a path of places. */
function spell(end, machine, order) {
  const log = machine.log;
  const places = [];
  for (let p = end; p; p = p.from) places.unshift(p);
  const tasks = [];
  const choices = [];
  const behind = (entry) => {
    for (let i = entry + 1; i < log.length && log.kind[i] === CHOICE$5; i++) choices.push(log.outcome[i]);
  };
  behind(-1);
  for (let i = 1; i < places.length; i++) {
    const t = places[i].task;
    for (let n = places[i - 1].progress[t] + 1; n <= places[i].progress[t]; n++) {
      tasks.push(t);
      behind(order.entryOf[t][n]);
    }
  }
  let switches = 0;
  for (let i = 1; i < tasks.length; i++) if (tasks[i] !== tasks[i - 1]) switches++;
  return {
    tasks,
    choices,
    switches,
    faults: choices.filter((c) => c !== 0).length,
  };
}
/** The newest run as it is, up to the step the finding belongs to. */
function asItRan(finding, machine) {
  const log = machine.log;
  const tasks = [];
  const choices = [];
  const last = finding.at.task === "" || finding.potential === true ? log.length - 1 : finding.at.event;
  for (let i = 0; i < log.length; i++)
    if (log.kind[i] === CHOICE$5) choices.push(log.outcome[i]);
    else if (i > last) break;
    else tasks.push(log.task[i]);
  let switches = 0;
  for (let i = 1; i < tasks.length; i++) if (tasks[i] !== tasks[i - 1]) switches++;
  return {
    tasks,
    choices,
    switches,
    faults: choices.filter((c) => c !== 0).length,
    exact: false,
  };
}
// src/check/order.ts
/**
 * The happens-before order of a run: for every step, which steps of which tasks it depends on.
 *
 * Two steps are dependent when they belong to the same task, or name the same object with classes that conflict
 * (see `kind.ts` of `sched`). Happens-before is the transitive closure of dependency in log order; two runs with
 * the same steps and the same order are the same Mazurkiewicz trace. A step's *clock* says it all:
 *
 *     clock(i)[t] = number of steps of task t that happen before step i, or are step i
 *     e happens before i   iff   clock(i)[task of e] >= nth(e)
 *
 * Clocks are rows of one flat array, indexed by log entry; a choice has no clock of its own, it belongs to the step
 * in front of it. A prefix that stays the same between two runs keeps its clocks.
 *
 * The same walk adds up the *key* of the trace: a sum over the steps of a hash of (task, number, kind, objects,
 * classes, outcome, choices, clock). A sum does not depend on the order of independent steps, so that equal traces
 * have equal keys, on every machine: objects and tasks are hashed by name.
 */
const { W: W$1, CHOICE: CHOICE$4 } = kind_exports;
/** Clocks, step counts and key of the newest run of a machine. */
var Order = class {
  /** Numbers per row: at least the tasks of the run. */
  stride = 4;
  /** `clock[i * stride + t]`; undefined for choices. */
  clock = /* @__PURE__ */ new Int32Array(1024);
  /** `before[i * stride + t]` = steps of t among the entries < i. Valid for i = number of entries as well. */
  before = /* @__PURE__ */ new Int32Array(1028);
  /** `entryOf[t][n]` = log entry of the n-th step of t, from 1. */
  entryOf = [];
  /** Key of the first i entries: two independent sums. */
  #keyA = /* @__PURE__ */ new Int32Array(257);
  #keyB = /* @__PURE__ */ new Int32Array(257);
  #machine;
  #log;
  /** Hash of each word's and task's name, 0 = not yet known. */
  #wordHash = /* @__PURE__ */ new Int32Array(1024);
  #taskHash = /* @__PURE__ */ new Int32Array(32);
  constructor(machine) {
    this.#machine = machine;
    this.#log = machine.log;
  }
  /** Works out everything for the entries from `from` on; those before must be as they were. */
  update(from) {
    const log = this.#log;
    const tasks = this.#machine.tasks;
    let start = from;
    if (tasks > this.stride) {
      this.stride = Math.max(tasks, this.stride * 2);
      start = 0;
      this.clock = /* @__PURE__ */ new Int32Array(0);
      this.before = /* @__PURE__ */ new Int32Array(0);
    }
    this.#reserve(log.length + 1);
    if (start === 0) {
      this.before.fill(0, 0, this.stride);
      this.#keyA[0] = 0;
      this.#keyB[0] = 0;
    }
    while (this.entryOf.length < this.stride) this.entryOf.push(/* @__PURE__ */ new Int32Array(64));
    for (let i = start; i < log.length; i++) this.#entry(i);
  }
  #entry(i) {
    const log = this.#log;
    const { stride, clock, before } = this;
    const task = log.task[i];
    const row = i * stride;
    const next = row + stride;
    for (let t = 0; t < stride; t++) before[next + t] = before[row + t];
    if (log.kind[i] === CHOICE$4) {
      this.#addChoiceKey(i, task);
      return;
    }
    const nth = log.nth[i];
    before[next + task] = nth;
    let entries = this.entryOf[task];
    if (nth >= entries.length) {
      entries = grown(entries, nth * 2);
      this.entryOf[task] = entries;
    }
    entries[nth] = i;
    if (nth > 1) {
      const own = entries[nth - 1] * stride;
      for (let t = 0; t < stride; t++) clock[row + t] = clock[own + t];
    } else for (let t = 0; t < stride; t++) clock[row + t] = 0;
    clock[row + task] = nth;
    const { object, accessClass, entry, previousAccess } = log;
    let hashA =
      Math.imul(nth, 739982445) ^
      Math.imul(log.kind[i] + 1, 695872825) ^
      Math.imul(log.outcome[i], 458671337);
    const end = log.firstAccess[i + 1];
    for (let j = log.firstAccess[i]; j < end; j++) {
      const own = accessClass[j];
      for (let p = previousAccess[j]; p >= 0; p = previousAccess[p]) {
        const other = accessClass[p];
        if (own === W$1 || own !== other) {
          const e = entry[p];
          if (clock[row + log.task[e]] < log.nth[e]) {
            const from = e * stride;
            for (let t = 0; t < stride; t++)
              if (clock[from + t] > clock[row + t]) clock[row + t] = clock[from + t];
          }
        }
        if (other === W$1) break;
      }
      hashA = Math.imul(hashA ^ this.#hashOfWord(object[j]), 2246822507) + own;
    }
    let sum = 0;
    for (let t = 0; t < stride; t++) {
      const n = clock[row + t];
      if (n !== 0) sum = (sum + Math.imul(n ^ (n << 16), this.#hashOfTask(t))) | 0;
    }
    this.#addKey(i, Math.imul(hashA ^ (hashA >>> 15), 668265263) ^ this.#hashOfTask(task), sum);
  }
  #addKey(i, a, b) {
    let h = Math.imul(a ^ (b >>> 13) ^ (b << 11), 2246822507);
    h ^= h >>> 13;
    let g = Math.imul(b ^ (a >>> 15) ^ (a << 7), 3266489909);
    g ^= g >>> 16;
    this.#keyA[i + 1] = (this.#keyA[i] + Math.imul(h, 3266489909)) | 0;
    this.#keyB[i + 1] = (this.#keyB[i] + Math.imul(g, 668265263)) | 0;
  }
  #addChoiceKey(i, task) {
    const log = this.#log;
    let n = 1;
    for (let j = i - 1; j >= 0 && log.kind[j] === CHOICE$4; j--) if (log.task[j] === task) n++;
    const a = Math.imul(log.nth[i] * 64 + n, 739982445) ^ this.#hashOfTask(task);
    this.#addKey(i, a, Math.imul(log.outcome[i] + 1, 695872825) ^ hashText(log.site[i]));
  }
  /** Key of the first `entries` entries: two 32-bit sums. */
  keyAt(entries) {
    return [this.#keyA[entries], this.#keyB[entries]];
  }
  #hashOfWord(word) {
    if (word >= this.#wordHash.length) this.#wordHash = grown(this.#wordHash, word * 2);
    let hash = this.#wordHash[word];
    if (hash === 0) {
      hash = hashText(this.#machine.stableName(word)) | 1;
      this.#wordHash[word] = hash;
    }
    return hash;
  }
  #hashOfTask(task) {
    let hash = this.#taskHash[task];
    if (hash === 0) {
      hash = Math.imul(hashText(this.#machine.stableName(this.#machine.birthWord[task])), 2654435761) | 1;
      this.#taskHash[task] = hash;
    }
    return hash;
  }
  /** Does step `e` happen before step `i`, or is it step `i`? */
  happensBefore(e, i) {
    return this.clock[i * this.stride + this.#log.task[e]] >= this.#log.nth[e];
  }
  #reserve(entries) {
    const needed = entries * this.stride;
    if (needed + this.stride > this.before.length) {
      this.clock = grown(this.clock, needed * 2);
      this.before = grown(this.before, needed * 2 + this.stride);
    }
    if (entries >= this.#keyA.length) {
      this.#keyA = grown(this.#keyA, entries * 2);
      this.#keyB = grown(this.#keyB, entries * 2);
    }
  }
};
function grown(array, length) {
  const copy = new Int32Array(Math.max(length, array.length));
  copy.set(array);
  return copy;
}
// src/check/trace.ts
/**
 * A trace: one execution as a few numbers, enough to run it again anywhere.
 *
 * `schedule` is the list of tasks that took a step, run-length coded; `choices` the outcomes in order. It ends with
 * the step that the finding belongs to; a finding about the end of a run (deadlock, leak) needs the whole run.
 * Everything else lets a replay tell whether it is still the same program.
 */
const { CHOICE: CHOICE$3 } = kind_exports;
/** Entry `i` of the newest run in words that do not depend on the machine. */
function stepText(machine, i) {
  const log = machine.log;
  const task = machine.taskNames[log.task[i]];
  if (log.kind[i] === CHOICE$3) return `${task}: choice ${log.site[i]} = ${log.outcome[i]}`;
  const word = log.object[log.firstAccess[i]];
  return `${task}: ${KIND_NAMES[log.kind[i]]} ${machine.stableName(word)}${log.site[i] ? ` in ${log.site[i]}` : ""}`;
}
/** The fingerprint of the newest run: its key, and the order in which it took independent steps. */
function foldFingerprint(order, machine) {
  const [a, b] = order.keyAt(machine.log.length);
  let h = Math.imul(a ^ Math.imul(b, 2246822507), 3266489909);
  for (let i = 0; i < machine.log.length; i++)
    h = Math.imul(h ^ hashText(stepText(machine, i)), 16777619) ^ (h >>> 15);
  return h >>> 0;
}
// src/check/replay.ts
/**
 * Running a trace again.
 *
 * A trace names its tasks, so that it means the same on every machine: task numbers depend on which spawn an
 * exploration met first, names do not. `schedule` ends with the step the finding belongs to, or with the last step
 * of the run when the finding is about the end of it (a deadlock, a leak). Beyond its schedule a replay stops.
 */
const { CHOICE: CHOICE$2 } = kind_exports;
/** What a replay is told to do, and what it did so far. */
var ReplayDriver = class {
  /** Set when the program did not do what the schedule says. */
  divergence;
  #tasks;
  #schedule;
  #choices;
  #onStep;
  #run = 0;
  #inRun = 0;
  #choice = 0;
  constructor(tasks, schedule, choices, onStep) {
    this.#tasks = tasks;
    this.#schedule = schedule;
    this.#choices = choices;
    this.#onStep = onStep;
  }
  pick(machine, enabled) {
    this.#onStep?.(machine);
    while (this.#run < this.#schedule.length && this.#inRun >= this.#schedule[this.#run][1]) {
      this.#run++;
      this.#inRun = 0;
    }
    if (this.#run >= this.#schedule.length || this.divergence) return -1;
    const name = this.#tasks[this.#schedule[this.#run][0]];
    const task = machine.taskNames.indexOf(name);
    if (task < 0 || task >= machine.tasks)
      return this.#diverge(machine, `there is no task "${name}" at this point`);
    if ((enabled & (1 << task)) === 0) {
      const why = machine.pendingKind[task] === 0 ? "has ended" : `waits (${machine.describePending(task)})`;
      return this.#diverge(machine, `${name} should take a step but ${why}`);
    }
    this.#inRun++;
    return task;
  }
  choose(machine, site, count) {
    const n = this.#choice++;
    if (n >= this.#choices.length) {
      this.#diverge(machine, `the choice "${site}" is not in the trace`);
      return 0;
    }
    const outcome = this.#choices[n];
    if (outcome < count) return outcome;
    this.#diverge(machine, `the choice "${site}" has ${count} outcomes, the trace says outcome ${outcome}`);
    return 0;
  }
  /** Did the run use up the whole schedule? */
  get finished() {
    let run = this.#run;
    if (run < this.#schedule.length && this.#inRun >= this.#schedule[run][1]) run++;
    return run >= this.#schedule.length;
  }
  #diverge(machine, message) {
    this.divergence ??= {
      entry: machine.log.length,
      message,
    };
    return -1;
  }
};
/** Are these the same finding, word for word, wherever in the log they stand? */
function sameFinding(a, b) {
  return (
    a.code === b.code &&
    a.message === b.message &&
    a.at.task === b.at.task &&
    a.at.site === b.at.site &&
    a.other?.task === b.other?.task &&
    a.other?.site === b.other?.site &&
    a.fatal === b.fatal &&
    a.objects.length === b.objects.length &&
    a.objects.every((object, i) => object === b.objects[i])
  );
}
/** The newest run of an execution as a trace. */
function record(execution, run, order, about, finding) {
  const machine = execution.machine;
  const log = machine.log;
  const schedule = [];
  const choices = [];
  const steps = [];
  for (let i = 0; i < log.length; i++) {
    steps.push(stepText(machine, i));
    if (log.kind[i] === CHOICE$2) {
      choices.push(log.outcome[i]);
      continue;
    }
    const last = schedule.at(-1);
    if (last && last[0] === log.task[i]) last[1]++;
    else schedule.push([log.task[i], 1]);
  }
  return {
    v: 1,
    model: about.model,
    program: about.program,
    parameters: about.parameters,
    tasks: machine.taskNames.slice(0, machine.tasks),
    schedule,
    choices,
    steps,
    fingerprint: foldFingerprint(order, machine),
    endState: run.endState,
    ...(finding ? { finding } : {}),
  };
}
// src/check/collect.ts
/** Executions per finding whose story is worked out; beyond, only those with fewer steps than the best. */
const STORIES = 400;
/** What makes findings the same: code, function, fields, the other function. */
function groupOf(finding) {
  const fields = [...new Set(finding.objects.map(withoutInstance))].sort();
  const sites = [finding.at.site, finding.other?.site ?? ""];
  if (finding.code === "data-race") sites.sort();
  return [finding.code, sites[0], fields.join(","), sites[1]].join("|");
}
/** `entry#A.3.next[7]` -> `entry.next[]`. */
function withoutInstance(name) {
  return name.replace(/#[^\s[]*?\d+(?=$|[.[+])/, "").replace(/\[\d+\]/g, "[]");
}
/** The findings of one exploration. */
var Findings = class {
  #groups = /* @__PURE__ */ new Map();
  #program;
  #about;
  #raceDetection;
  #scratch;
  constructor(program, about, raceDetection) {
    this.#program = program;
    this.#about = about;
    this.#raceDetection = raceDetection;
  }
  get size() {
    return this.#groups.size;
  }
  /** Takes in what one execution showed; its run is the newest of `machine`. */
  add(findings, machine, order, faults) {
    const here = /* @__PURE__ */ new Set();
    for (const finding of findings) {
      const key = groupOf(finding);
      if (here.has(key)) continue;
      here.add(key);
      const group = this.#groups.get(key);
      if (!group) {
        this.#groups.set(key, {
          key,
          count: 1,
          tried: 1,
          best: this.#story(finding, machine, order),
        });
        continue;
      }
      group.count++;
      if (group.best.faults < faults) continue;
      this.#improve(group, finding, machine, order);
    }
  }
  #improve(group, finding, machine, order) {
    const { best } = group;
    const needed = neededFor(finding, machine, order);
    const steps = needed.progress.reduce((sum, n) => sum + n, 0);
    const least = needed.progress.filter((n) => n > 0).length - 1;
    if (least > best.switches || (least === best.switches && steps >= best.steps)) return;
    if (group.tried >= STORIES && steps >= best.steps) return;
    group.tried++;
    const line = linearise(needed, machine, order);
    if (line.switches > best.switches) return;
    if (line.switches === best.switches && line.tasks.length + line.choices.length >= best.steps) return;
    const found = this.#confirmed(finding, line, machine);
    if (found) group.best = found;
  }
  #story(finding, machine, order) {
    const short = linearise(neededFor(finding, machine, order), machine, order);
    const found = this.#confirmed(finding, short, machine);
    if (found) return found;
    const whole = linearise(neededFor(void 0, machine, order), machine, order);
    const again =
      this.#confirmed(
        finding,
        {
          ...whole,
          exact: false,
        },
        machine,
      ) ?? this.#confirmed(finding, asItRan(finding, machine), machine);
    if (again) return again;
    throw new Error(
      `${this.#program.name}: the finding "${finding.code}: ${finding.message}" did not come again when its schedule was replayed on a fresh machine. The program depends on something outside the machine: look for Date, Math.random, module state`,
    );
  }
  /** Replays a linearisation; the finding as it was found again, or undefined. */
  #confirmed(finding, line, machine) {
    if (!this.#scratch) {
      this.#scratch = new Execution(this.#program);
      this.#scratch.machine.raceDetection = this.#raceDetection;
    }
    const scratch = this.#scratch;
    const driver = new ReplayDriver(
      machine.taskNames.slice(0, machine.tasks),
      line.tasks.map((t) => [t, 1]),
      line.choices,
    );
    const run = scratch.run(driver, -1);
    if (driver.divergence) return void 0;
    const again = run.findings.find((f) => sameFinding(f, finding));
    if (!again) return void 0;
    const order = new Order(scratch.machine);
    order.update(0);
    const trace = record(scratch, run, order, this.#about, again);
    return {
      finding: again,
      count: 1,
      steps: line.tasks.length + line.choices.length,
      switches: line.switches,
      faults: line.faults,
      exact: line.exact,
      trace,
    };
  }
  /** Everything, to be taken up elsewhere. */
  groups() {
    return [...this.#groups.values()].map((group) => ({ ...group }));
  }
  /** Takes in groups from elsewhere: counts add up, the smaller story stays. */
  merge(groups) {
    for (const group of groups) {
      const own = this.#groups.get(group.key);
      if (!own) {
        this.#groups.set(group.key, { ...group });
        continue;
      }
      own.count += group.count;
      own.tried += group.tried;
      if (compareStories(group.best, own.best) < 0) own.best = group.best;
    }
  }
  /** All findings, smallest stories first. */
  list() {
    return [...this.#groups.values()]
      .map((group) => ({
        ...group.best,
        count: group.count,
      }))
      .sort((a, b) => compareStories(a, b) || (groupOf(a.finding) < groupOf(b.finding) ? -1 : 1));
  }
};
/** Fewest faults, then fewest switches, then fewest steps, then the order of their text. */
function compareStories(a, b) {
  return (
    a.faults - b.faults ||
    a.switches - b.switches ||
    a.steps - b.steps ||
    compareTexts(JSON.stringify(a.trace.steps), JSON.stringify(b.trace.steps))
  );
}
function compareTexts(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
// src/check/frontier.ts
/**
 * What is left of a search, as plain data: to stop and resume, and to divide the work.
 *
 * Numbers of words and tasks depend on what a machine met before; names do not. A frontier speaks in names. Where a
 * name means nothing yet on a machine (a row that no execution has allocated so far), its number stays open and is
 * filled in when the machine places it: see `Bindings`.
 */
const { CHOICE: CHOICE$1 } = kind_exports;
/** Name of a task made of the way it was spawned: the same on every machine. */
function taskPath(machine, task) {
  return machine.stableName(machine.birthWord[task]).replace(/\.birth$/, "");
}
/** The newest run as a path. */
function pathOf(machine) {
  const log = machine.log;
  const path = [];
  for (let i = 0; i < log.length; i++)
    path.push(log.kind[i] === CHOICE$1 ? log.outcome[i] : taskPath(machine, log.task[i]));
  return path;
}
function freezeStep(machine, step) {
  return {
    ...step,
    task: taskPath(machine, step.task),
    objects: step.objects.map((word) => machine.stableName(word)),
  };
}
function freezeBranch(machine, branch) {
  return {
    step: freezeStep(machine, branch.step),
    children: branch.children.map((child) => freezeBranch(machine, child)),
  };
}
/** Turns names into the numbers of one machine, those it does not know yet as soon as it does. */
var Bindings = class {
  #machine;
  #words = /* @__PURE__ */ new Map();
  #tasks = /* @__PURE__ */ new Map();
  /** What to fill in, by name. */
  #openWords = /* @__PURE__ */ new Map();
  #openTasks = /* @__PURE__ */ new Map();
  #wordsSeen = 1;
  #tasksSeen = 0;
  constructor(machine) {
    this.#machine = machine;
  }
  /** Are there names without a number? */
  get open() {
    return this.#openWords.size + this.#openTasks.size > 0;
  }
  /** Learns the names placed since it was last asked. */
  learn() {
    const machine = this.#machine;
    for (; this.#wordsSeen < machine.memory.size; this.#wordsSeen++) {
      const name = machine.stableName(this.#wordsSeen);
      this.#words.set(name, this.#wordsSeen);
      const open = this.#openWords.get(name);
      if (!open) continue;
      for (const [step, k] of open.places) step.objects[k] = this.#wordsSeen;
      this.#openWords.delete(name);
    }
    for (; this.#tasksSeen < machine.tasks; this.#tasksSeen++) {
      const name = taskPath(machine, this.#tasksSeen);
      this.#tasks.set(name, this.#tasksSeen);
      for (const step of this.#openTasks.get(name) ?? []) step.task = this.#tasksSeen;
      this.#openTasks.delete(name);
    }
  }
  /** Number of a task, -1 when the machine has not met it. */
  task(name) {
    return this.#tasks.get(name) ?? -1;
  }
  step(frozen) {
    const step = {
      ...frozen,
      task: this.task(frozen.task),
      objects: [],
    };
    if (step.task < 0) {
      step.task = NOBODY;
      const waiting = this.#openTasks.get(frozen.task);
      if (waiting) waiting.push(step);
      else this.#openTasks.set(frozen.task, [step]);
    }
    frozen.objects.forEach((name, k) => {
      const word = this.#words.get(name);
      if (word !== void 0) {
        step.objects.push(word);
        return;
      }
      let open = this.#openWords.get(name);
      if (!open) {
        open = {
          number: -1 - this.#openWords.size,
          places: [],
        };
        this.#openWords.set(name, open);
      }
      open.places.push([step, k]);
      step.objects.push(open.number);
    });
    return step;
  }
  branch(frozen) {
    return {
      step: this.step(frozen.step),
      children: frozen.children.map((child) => this.branch(child)),
    };
  }
};
/** Stands for a task that does not exist yet. */
const NOBODY = 1e3;
// src/check/wakeup.ts
/**
 * Do these steps, all of one task and at one state, cover every outcome that a budget of `faults` more failures
 * allows behind `prefix`? Each step lists the outcomes it was explored with.
 */
function coverAll(steps, faults, prefix = []) {
  const depth = prefix.length;
  let count = 0;
  for (const step of steps) {
    if (step.outcomes === null) return true;
    if (!startsWith(step.outcomes, prefix)) continue;
    if (step.outcomes.length === depth) return true;
    count = step.counts[depth];
  }
  if (count === 0) return false;
  const allowed = faults > 0 ? count : 1;
  for (let outcome = 0; outcome < allowed; outcome++)
    if (!coverAll(steps, outcome === 0 ? faults : faults - 1, [...prefix, outcome])) return false;
  return true;
}
function startsWith(outcomes, prefix) {
  if (outcomes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (outcomes[i] !== prefix[i]) return false;
  return true;
}
// src/check/dpor.ts
/**
 * Optimal dynamic partial-order reduction: exactly one execution per Mazurkiewicz trace.
 *
 * The search is stateless: a run is always re-executed from the start. The newest run stays on the machine's log as
 * the path of the search tree; each log entry is a node:
 *
 *     entry (step)     sleep   steps whose continuations from here are explored elsewhere
 *                      tree    sequences planned from here (a wakeup tree)
 *     entry (choice)   the outcomes not yet tried, when the choice is free
 *
 *     run to the end -> happens-before for the new part -> for each race plan the reversal -> backtrack to the
 *     deepest node with something left -> run with that prefix kept ...
 *
 * *Races.* Steps e before i of different tasks race when they depend on each other directly: no third step lies
 * between them in happens-before order. To reverse it, the part of the run after e that does not depend on e, and
 * then i, is planned from the node of e, unless what sleeps there or is planned there already leads to it.
 *
 * *Waiting.* A step that can be disabled mostly depends on what enabled it (unlock), and that cannot be reversed.
 * So its races are with the nearest steps before which it would have been enabled. Steps that wait for ever at the
 * end of a run are looked at the same way.
 *
 * *Choices* belong to the step in front of them. They return at once, one branch per outcome the budget allows,
 * and are no race points. In a planned sequence the recorded outcome is repeated and nothing branches; the step at
 * its end is free again. Outcomes are part of a step's identity, so a sleeping step with outcome 1 does not hinder
 * the same step with outcome 0. Where a step is not part of the sequence that is to be covered, its outcomes say
 * something only if the run at hand executes that very step, later, with the same history; otherwise all outcomes
 * together must be covered.
 */
const { AWAIT, CHOICE, NONE: NONE$1, W, R } = kind_exports;
const NO_STEPS = [];
const NO_NUMBERS = [];
/** No tree: nothing planned. */
const NO_CHILDREN = [];
/** How a step of the sequence to be planned relates to a step already known at a node. */
const APART = 0;
const FIRST = 1;
const COMMUTES = 2;
const UNKNOWN = 3;
/** It is the step at the end of v, whose outcomes there are not known. */
const UNKNOWN_FIRST = 4;
/** Kinds that wait for a lock: only its holders can be in their way. */
function isLockKind(kind) {
  switch (kind) {
    case 6:
    case 18:
    case 9:
    case 16:
    case 12:
    case 17:
      return true;
    default:
      return false;
  }
}
/** Kinds whose class on their first object depends on its value. */
function mayChangeClass(kind) {
  switch (kind) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 22:
    case 23:
      return false;
    default:
      return true;
  }
}
/** One node of the path; nodes are used again and again. */
var Node = class {
  /** Steps not to be taken first from here. Owned by the node. */
  sleep = NO_STEPS;
  /** Planned sequences still to be taken from here, oldest first. */
  children = NO_CHILDREN;
  /** For choices: how many outcomes it has. */
  count = 0;
  /** For choices: may it branch? Not when it was planned. */
  free = false;
  /** For steps: outcomes of the choices behind it, when planned. */
  planned = null;
  /** For steps: what was planned behind it. */
  behind = NO_CHILDREN;
  /** For steps: a copy that outlives the run, made when first needed. */
  copy = null;
  /** Faults before this entry. */
  faults = 0;
};
/** The search. `next` makes one execution; between two calls everything may be looked at. */
var OptimalSearch = class {
  order;
  /** Ways of the newest execution: how it ended. */
  end = "done";
  /** The newest execution was cut because everything enabled sleeps: a waste, never with an optimal search. */
  redundant = false;
  /** Entries kept from the execution before. */
  kept = 0;
  /** Faults in the newest execution. */
  faults = 0;
  /** A choice was not tried because of the fault budget. */
  refused = false;
  /** Choice sites met and the outcomes seen there. */
  sites;
  #machine;
  #log;
  #specs;
  #limits;
  #nodes = [];
  /** Nodes in use: those of the newest run, and none beyond a point of departure. */
  #depth = 0;
  /** Where the next execution departs from the newest one; -1 before the first. */
  #depart = -1;
  #started = false;
  #forced = -1;
  #lastStep = -1;
  #lastTask = -1;
  /** Entries below it are somebody else's: nothing is planned there. */
  #floor = 0;
  /** Names of a frontier whose numbers are still open. */
  #bindings = null;
  constructor(machine, specs, limits, sites = /* @__PURE__ */ new Map()) {
    this.sites = sites;
    this.#machine = machine;
    this.#log = machine.log;
    this.order = new Order(machine);
    this.#specs = specs;
    this.#limits = limits;
  }
  /** Makes the next execution; false when there is none left. */
  next() {
    if (this.#begin >= 0) {
      this.#depart = this.#begin;
      this.#begin = -1;
    } else if (this.#started && !this.#backtrack()) return false;
    const keep = this.#started ? this.#depart : 0;
    this.redundant = false;
    this.kept = keep;
    this.#lastStep = this.#stepBefore(keep);
    this.#lastTask = this.#lastStep >= 0 ? this.#log.task[this.#lastStep] : -1;
    this.faults = keep < this.#depth ? this.#nodes[keep].faults : this.faults;
    this.end = this.#machine.run(this.#specs(), this, this.#started ? keep : -1);
    this.#started = true;
    this.#depth = this.#log.length;
    this.order.update(keep);
    this.#planReversals(keep);
    return true;
  }
  /** What is left, as plain data. Only between two executions. */
  freeze() {
    const machine = this.#machine;
    const nodes = [];
    for (let entry = this.#floor; entry < this.#depth; entry++) {
      const { sleep, children, count, free } = this.#nodes[entry];
      if (sleep.length + children.length + count === 0) continue;
      nodes.push({
        entry,
        sleep: sleep.map((step) => freezeStep(machine, step)),
        children: children.map((child) => freezeBranch(machine, child)),
        count,
        free,
      });
    }
    return {
      path: this.#started ? pathOf(machine) : [],
      nodes,
      floor: this.#floor,
      executed: this.#started,
    };
  }
  /** Takes up where another search stopped. Before the first execution only. Runs the path once, uncounted. */
  thaw(frontier) {
    const machine = this.#machine;
    const { path } = frontier;
    const bindings = new Bindings(machine);
    const misfit = () => {
      throw new HiddenNondeterminism(
        "the program does not take the path that its frontier describes: it is another program, or depends on something outside the machine",
        machine.log.length,
      );
    };
    const along = {
      pick: (_, enabled) => {
        const next = path[machine.log.length];
        if (next === void 0) return -1;
        bindings.learn();
        const task = typeof next === "string" ? bindings.task(next) : -1;
        return task >= 0 && (enabled & (1 << task)) !== 0 ? task : misfit();
      },
      choose: (_, _site, count) => {
        const next = path[machine.log.length];
        if (next === void 0 && !frontier.executed) return 0;
        return typeof next === "number" && next < count ? next : misfit();
      },
    };
    this.end = machine.run(this.#specs(), along, -1);
    if (machine.log.length < path.length) misfit();
    const log = machine.log;
    this.#started = true;
    this.order.update(0);
    this.faults = 0;
    bindings.learn();
    for (let i = 0; i < path.length; i++) {
      this.#node(i);
      if (log.kind[i] === CHOICE && log.outcome[i] !== 0) this.faults++;
    }
    for (const { entry, sleep, children, count, free } of frontier.nodes) {
      const node = entry < path.length ? this.#nodes[entry] : this.#node(entry);
      node.sleep = sleep.length === 0 ? NO_STEPS : sleep.map((step) => bindings.step(step));
      node.children = children.length === 0 ? NO_CHILDREN : children.map((child) => bindings.branch(child));
      node.count = count;
      node.free = free;
    }
    if (bindings.open) this.#bindings = bindings;
    this.#floor = frontier.floor;
    if (!frontier.executed) this.#begin = path.length;
  }
  /** Where the first execution of a part that was never begun starts, -1 otherwise. */
  #begin = -1;
  #bind() {
    this.#bindings.learn();
    if (!this.#bindings.open) this.#bindings = null;
  }
  #stepBefore(entry) {
    let i = entry - 1;
    while (i >= 0 && this.#log.kind[i] === CHOICE) i--;
    return i;
  }
  /** The node of entry `i`, as new. */
  #node(i) {
    let node = this.#nodes[i];
    if (node === void 0) {
      node = new Node();
      this.#nodes[i] = node;
    } else {
      node.sleep = NO_STEPS;
      node.children = NO_CHILDREN;
      node.count = 0;
      node.free = false;
      node.planned = null;
      node.behind = NO_CHILDREN;
      node.copy = null;
    }
    node.faults = this.faults;
    this.#depth = i + 1;
    return node;
  }
  pick(machine, enabled) {
    const i = machine.log.length;
    if (this.redundant) return -1;
    if (this.#bindings !== null) this.#bind();
    const node = i < this.#depth ? this.#nodes[i] : this.#arrive(i);
    this.#lastStep = i;
    if (node.children.length > 0) return this.#takePlanned(machine, node, enabled, i);
    let awake = enabled;
    if (node.sleep.length > 0) awake &= ~this.#asleep(node.sleep, node.faults);
    if (awake === 0) {
      this.redundant = true;
      return -1;
    }
    const last = this.#lastTask;
    if (last >= 0 && (awake & (1 << last)) !== 0) return last;
    const task = 31 - Math.clz32(awake & -awake);
    this.#lastTask = task;
    return task;
  }
  #takePlanned(machine, node, enabled, i) {
    const child = node.children[0];
    node.children = node.children.length === 1 ? NO_CHILDREN : node.children.slice(1);
    node.planned = child.step.outcomes;
    node.behind = child.children.length > 0 ? child.children : NO_CHILDREN;
    const task = child.step.task;
    if ((enabled & (1 << task)) === 0)
      throw new HiddenNondeterminism(
        `${machine.taskNames[task]} cannot take the step it could take in an equivalent schedule: the program depends on something outside the machine, or accesses shared state that no step announces`,
        i,
      );
    this.#lastTask = task;
    return task;
  }
  choose(machine, site, count) {
    const i = machine.log.length;
    let outcome = 0;
    if (i < this.#depth) {
      outcome = this.#forced;
      this.#depth = i + 1;
    } else outcome = this.#firstOutcome(machine, i, count);
    const seen = this.sites.get(site);
    if (seen) seen.add(outcome);
    else this.sites.set(site, /* @__PURE__ */ new Set([outcome]));
    if (outcome !== 0) this.faults++;
    return outcome;
  }
  #firstOutcome(machine, i, count) {
    const step = this.#lastStep;
    const planned = step >= 0 ? this.#nodes[step].planned : null;
    const node = this.#node(i);
    node.count = count;
    if (planned !== null) {
      const n = i - step - 1;
      if (n >= planned.length || planned[n] >= count)
        throw new HiddenNondeterminism(
          `${machine.taskNames[machine.current]} makes a choice it did not make in an equivalent schedule: the program depends on something outside the machine, or accesses shared state that no step announces`,
          i,
        );
      return planned[n];
    }
    node.free = true;
    const first = this.#nextOutcome(i, step, -1, count, this.#limits.faults - this.faults);
    if (first >= 0) return first;
    this.redundant = true;
    return 0;
  }
  /** The smallest outcome > `after` that the budget allows and that does not sleep; -1 if none. */
  #nextOutcome(i, step, after, count, faultsLeft) {
    for (let outcome = after + 1; outcome < count; outcome++) {
      if (outcome > 0 && faultsLeft <= 0) {
        this.refused = true;
        return -1;
      }
      if (step < 0 || !this.#outcomeAsleep(i, step, outcome, faultsLeft - (outcome > 0 ? 1 : 0)))
        return outcome;
    }
    return -1;
  }
  #outcomeAsleep(i, step, outcome, faultsLeft) {
    const sleep = this.#nodes[step].sleep;
    if (sleep.length === 0) return false;
    const task = this.#log.task[step];
    const same = sleep.filter((s) => s.task === task);
    if (same.length === 0) return false;
    const prefix = [];
    for (let j = step + 1; j < i; j++) prefix.push(this.#log.outcome[j]);
    prefix.push(outcome);
    return coverAll(same, faultsLeft, prefix);
  }
  /** A new node behind the last step: what still sleeps there, what is planned there. */
  #arrive(i) {
    const node = this.#node(i);
    const last = this.#lastStep;
    if (last >= 0) {
      const previous = this.#nodes[last];
      node.children = previous.behind;
      if (previous.sleep.length > 0) node.sleep = this.#stillAsleep(previous.sleep, last);
    }
    return node;
  }
  #stillAsleep(sleep, executed) {
    const task = this.#log.task[executed];
    let kept = null;
    for (const s of sleep) {
      if (s.task === task || this.#conflictsWithEntry(s, executed)) continue;
      if (kept === null) kept = [s];
      else kept.push(s);
    }
    return kept ?? NO_STEPS;
  }
  #conflictsWithEntry(step, entry) {
    const log = this.#log;
    const { objects, classes } = step;
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      const object = log.object[j];
      for (let k = 0; k < objects.length; k++)
        if (objects[k] === object && (log.accessClass[j] === W || log.accessClass[j] !== classes[k]))
          return true;
    }
    return false;
  }
  /** Tasks whose next step sleeps in every outcome the budget allows. */
  #asleep(sleep, faults) {
    let mask = 0;
    for (const s of sleep) {
      if ((mask & (1 << s.task)) !== 0) continue;
      if (s.outcomes === null || s.outcomes.length === 0) mask |= 1 << s.task;
      else if (
        coverAll(
          sleep.filter((other) => other.task === s.task),
          this.#limits.faults - faults,
        )
      )
        mask |= 1 << s.task;
    }
    return mask;
  }
  /** Finds the deepest node with something left and sets the point of departure. */
  #backtrack() {
    const log = this.#log;
    let last = log.length - 1;
    for (let i = last; i >= this.#floor; i--) {
      const node = this.#nodes[i];
      if (log.kind[i] === CHOICE) {
        if (!node.free) continue;
        const step = this.#stepBefore(i);
        const faultsLeft = this.#limits.faults - node.faults;
        const outcome = this.#nextOutcome(i, step, log.outcome[i], node.count, faultsLeft);
        if (outcome < 0) continue;
        if (step >= 0) {
          this.#putToSleep(step, last);
          this.#nodes[step].copy = null;
        }
        this.#forced = outcome;
        this.#depth = i + 1;
        this.#depart = i;
        return true;
      }
      if (node.children.length > 0) {
        this.#putToSleep(i, last);
        node.copy = null;
        this.#depth = i + 1;
        this.#depart = i;
        return true;
      }
      last = i - 1;
    }
    return false;
  }
  /** The step at `entry`, with the outcomes behind it up to entry `last`, is explored from its node. */
  #putToSleep(entry, last) {
    const node = this.#nodes[entry];
    node.sleep = [...node.sleep, this.#copyOf(entry, last)];
  }
  /** The step at `entry` as a copy that outlives the run. */
  #copyOf(entry, last = this.#log.length - 1) {
    const node = this.#nodes[entry];
    if (node.copy) return node.copy;
    const log = this.#log;
    const objects = [];
    const classes = [];
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      objects.push(log.object[j]);
      classes.push(log.accessClass[j]);
    }
    let outcomes = NO_NUMBERS;
    let counts = NO_NUMBERS;
    if (entry < last && log.kind[entry + 1] === CHOICE) {
      const o = [];
      const c = [];
      for (let j = entry + 1; j <= last && log.kind[j] === CHOICE; j++) {
        o.push(log.outcome[j]);
        c.push(this.#nodes[j].count);
      }
      outcomes = o;
      counts = c;
    }
    node.copy = {
      task: log.task[entry],
      objects,
      classes,
      outcomes,
      counts,
      foreign: false,
    };
    return node.copy;
  }
  #task = 0;
  #entry = 0;
  #kind = 0;
  #condition = null;
  /** Objects it names, their classes, the newest access before it (-1 if none) and the value there. */
  #count = 0;
  #objects = /* @__PURE__ */ new Int32Array(64);
  #classes = /* @__PURE__ */ new Int32Array(64);
  #newest = /* @__PURE__ */ new Int32Array(64);
  #values = /* @__PURE__ */ new Float64Array(64);
  /** Objects that decide class and being enabled: the first so many. */
  #own = 0;
  /** Clocks: what happens before the step by program order; the same and what was found to race. */
  #base = /* @__PURE__ */ new Int32Array(32);
  #covered = /* @__PURE__ */ new Int32Array(32);
  #planReversals(from) {
    const log = this.#log;
    const machine = this.#machine;
    for (let i = from; i < log.length; i++)
      if (log.kind[i] !== CHOICE && this.#mayRace(i)) {
        this.#lookAtEntry(i);
        this.#findRaces();
      }
    if (this.end !== "blocked" && !this.redundant && machine.daemons === 0) return;
    for (let t = 0; t < machine.tasks; t++)
      if (machine.pendingKind[t] !== NONE$1 && !machine.isEnabled(t)) {
        this.#lookAtPending(t);
        this.#findRaces();
      }
  }
  /**
   * Can the step at `i` race with anything? Not when the newest access to each of its objects is a write that happens
   * before it by program order: most steps are ruled out by that.
   */
  #mayRace(i) {
    const log = this.#log;
    const task = log.task[i];
    const nth = log.nth[i];
    const { stride, clock, entryOf } = this.order;
    const own = nth > 1 ? entryOf[task][nth - 1] * stride : -1;
    const end = log.firstAccess[i + 1];
    for (let j = log.firstAccess[i]; j < end; j++) {
      const p = log.previousAccess[j];
      if (p < 0) continue;
      if (log.accessClass[p] !== W) return true;
      const e = log.entry[p];
      if (log.task[e] !== task && (own < 0 || clock[own + log.task[e]] < log.nth[e])) return true;
    }
    return false;
  }
  #lookAtEntry(i) {
    const log = this.#log;
    this.#task = log.task[i];
    this.#entry = i;
    this.#kind = log.kind[i];
    this.#setBase(log.nth[i]);
    const birth = log.nth[i] === 1 ? this.#machine.birthWord[this.#task] : 0;
    let count = 0;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      if (birth !== 0 && log.object[j] === birth) {
        this.#join(this.#base, log.entry[log.previousAccess[j]]);
        continue;
      }
      this.#objects[count] = log.object[j];
      this.#classes[count] = log.accessClass[j];
      this.#newest[count] = log.previousAccess[j];
      this.#values[count] = log.before[j];
      count++;
    }
    this.#count = count;
    if (canBlock(this.#kind))
      this.#setOwn(this.#kind === AWAIT ? this.#machine.conditions[log.operand[i]] : null);
  }
  /** Class of the step on its first object, with that object at `value`. */
  #classAt(value) {
    const { operand } = this.#log;
    const entry = this.#entry;
    return classAt(
      this.#kind,
      entry < this.#log.length ? operand[entry] : this.#machine.pendingOperand[this.#task],
      value,
    );
  }
  /** A waiting step looks at its own objects; the life marks behind them say nothing about being enabled. */
  #setOwn(condition) {
    const { lifeOf } = this.#machine.memory;
    this.#condition = condition;
    let own = 1;
    const isLife = (word) => {
      for (let k = 0; k < own; k++) if (lifeOf[this.#objects[k]] === word) return true;
      return false;
    };
    while (own < this.#count && !isLife(this.#objects[own])) own++;
    this.#own = own;
  }
  #lookAtPending(t) {
    const machine = this.#machine;
    const log = this.#log;
    const { lifeOf } = machine.memory;
    this.#task = t;
    this.#entry = log.length;
    this.#kind = machine.pendingKind[t];
    this.#count = 0;
    const steps = this.order.before[log.length * this.order.stride + t];
    this.#setBase(steps + 1);
    const birth = machine.birthWord[t];
    if (steps === 0 && log.lastAccess[birth] >= 0) this.#join(this.#base, log.entry[log.lastAccess[birth]]);
    const count = machine.pendingCount[t];
    for (let k = 0; k < count; k++)
      this.#addObject(machine.pendingObject[t * 32 + k], machine.pendingClass(t, k));
    for (let k = 0; k < count; k++) {
      const life = lifeOf[this.#objects[k]];
      if (life >= 0 && this.#at(life) < 0) this.#addObject(life, R);
    }
    this.#own = count;
    this.#condition = machine.pendingCondition[t];
  }
  #addObject(word, accessClass) {
    const k = this.#count++;
    this.#objects[k] = word;
    this.#classes[k] = accessClass;
    this.#newest[k] = this.#log.lastAccess[word];
    this.#values[k] = this.#machine.memory.nums[word];
  }
  /** Place of an object among those of the step, -1 if it is none of them. */
  #at(object) {
    for (let k = 0; k < this.#count; k++) if (this.#objects[k] === object) return k;
    return -1;
  }
  #setBase(nth) {
    const { stride, clock, entryOf } = this.order;
    const base = this.#base;
    if (nth > 1) {
      const row = entryOf[this.#task][nth - 1] * stride;
      for (let t = 0; t < stride; t++) base[t] = clock[row + t];
    } else for (let t = 0; t < stride; t++) base[t] = 0;
  }
  #join(into, entry) {
    const { stride, clock } = this.order;
    const row = entry * stride;
    for (let t = 0; t < stride; t++) if (clock[row + t] > into[t]) into[t] = clock[row + t];
  }
  #heads = /* @__PURE__ */ new Int32Array(64);
  /** Accesses before which a waiting step was not enabled: it takes the absence of several to enable it. */
  #hindering = [];
  /** Sets of steps whose joint absence enables a waiting step. */
  #sets = [];
  /**
   * Goes back over the accesses to the step's objects, newest first, and plans the reversal of each race.
   * What happens before a race already found is no race.
   */
  #findRaces() {
    const log = this.#log;
    const { stride } = this.order;
    const blocking = canBlock(this.#kind);
    const covered = this.#covered;
    for (let t = 0; t < stride; t++) covered[t] = this.#base[t];
    const heads = this.#heads;
    const objects = this.#count;
    for (let k = 0; k < objects; k++) heads[k] = this.#newest[k];
    this.#hindering.length = 0;
    this.#sets.length = 0;
    for (;;) {
      let at = -1;
      for (let k = 0; k < objects; k++) if (heads[k] >= 0 && (at < 0 || heads[k] > heads[at])) at = k;
      if (at < 0) break;
      const e = log.entry[heads[at]];
      const known = covered[log.task[e]] >= log.nth[e];
      const race = !known && (blocking ? this.#blockingRace(e) : this.#conflictsWith(e, this.#classes[0]));
      for (let k = 0; k < objects; k++) {
        const j = heads[k];
        if (j < 0 || log.entry[j] !== e) continue;
        heads[k] = log.accessClass[j] === W && (known || race) ? -1 : log.previousAccess[j];
      }
      if (race) {
        this.#gone.length = 1;
        this.#gone[0] = e;
        this.#planReversal();
        this.#join(covered, e);
      }
    }
    if (!blocking) return;
    if (this.#hindering.length > 1) this.#findSets([], 0);
    for (const set of this.#sets) {
      if (!this.#isMinimal(set, covered)) continue;
      this.#gone.length = 0;
      for (const e of set) this.#gone.push(e);
      this.#planReversal();
    }
  }
  /** Does the step, with this class on its first object, conflict with e, which stands at the heads? */
  #conflictsWith(e, first) {
    const heads = this.#heads;
    for (let k = 0; k < this.#count; k++)
      if (this.#conflictsAt(heads[k], e, k === 0 ? first : this.#classes[k])) return true;
    return false;
  }
  /** Would the waiting step be enabled without e alone, and conflict with it? If not, notes what else is in its way. */
  #blockingRace(e) {
    const gone = this.#gone;
    gone.length = 1;
    gone[0] = e;
    if (this.#enabledWithoutGone()) return this.#conflictsWith(e, this.#classAt(this.#cutValues[0]));
    if (this.#kind === AWAIT || !isLockKind(this.#kind)) {
      if (this.#moves(e)) this.#hindering.push(e);
      return false;
    }
    while (this.#addHolder()) if (this.#enabledWithoutGone()) break;
    const set = gone.filter((u) => !gone.some((w) => w !== u && this.order.happensBefore(w, u)));
    if (set.length > 1 && this.#enabledWithoutGone()) this.#sets.push(set);
    return false;
  }
  /** Adds the newest acquisition of the lock that nothing left releases to what is gone; false if there is none. */
  #addHolder() {
    const log = this.#log;
    const released = this.#released;
    released.fill(0);
    let next = this.#values[0];
    for (let j = this.#newest[0]; j >= 0; j = log.previousAccess[j]) {
      const f = log.entry[j];
      const delta = next - log.before[j];
      if (!this.#isGone(f)) {
        const task = log.task[f];
        if (log.accessClass[j] === W) {
          if (next === 0 || (next > 0 && released[task] > 0)) return false;
          this.#gone.push(f);
          return true;
        }
        if (delta < 0) released[task]++;
        else if (delta > 0 && released[task]-- === 0) {
          this.#gone.push(f);
          return true;
        }
      }
      next = log.before[j];
    }
    return false;
  }
  #released = /* @__PURE__ */ new Int32Array(32);
  /** Does e change the value of an object that decides whether the step is enabled? */
  #moves(e) {
    const log = this.#log;
    for (let k = 0; k < this.#own; k++) {
      let next = this.#values[k];
      for (let j = this.#newest[k]; j >= 0 && log.entry[j] >= e; j = log.previousAccess[j]) {
        if (log.entry[j] === e) return log.accessClass[j] === W || next !== log.before[j];
        next = log.before[j];
      }
    }
    return false;
  }
  /** Sets of two and more unordered hindering steps whose joint absence enables the step. */
  #findSets(chosen, from) {
    for (let i = from; i < this.#hindering.length; i++) {
      const e = this.#hindering[i];
      if (chosen.some((u) => this.order.happensBefore(e, u) || this.order.happensBefore(u, e))) continue;
      const set = [...chosen, e];
      if (set.length > 1) {
        this.#gone.length = 0;
        for (const u of set) this.#gone.push(u);
        if (this.#enabledWithoutGone()) {
          this.#sets.push(set);
          continue;
        }
      }
      this.#findSets(set, i + 1);
    }
  }
  /** Does the absence of these steps not entail a race found already, or another set? */
  #isMinimal(set, covered) {
    const log = this.#log;
    if (set.some((u) => covered[log.task[u]] >= log.nth[u])) return false;
    return !this.#sets.some(
      (other) =>
        other !== set &&
        other.every((w) => set.some((u) => this.order.happensBefore(u, w))) &&
        !(
          set.every((u) => other.some((w) => this.order.happensBefore(w, u))) &&
          this.#sets.indexOf(set) < this.#sets.indexOf(other)
        ),
    );
  }
  #conflictsAt(access, e, accessClass) {
    const log = this.#log;
    if (access < 0 || log.entry[access] !== e) return false;
    const other = log.accessClass[access];
    return other === W || other !== accessClass;
  }
  #cutValues = /* @__PURE__ */ new Float64Array(64);
  /** Steps taken out of the run, with all that depends on them. */
  #gone = [];
  #isGone(f) {
    const gone = this.#gone;
    for (let i = 0; i < gone.length; i++) if (this.order.happensBefore(gone[i], f)) return true;
    return false;
  }
  /** Would the step be enabled if what is gone had not happened? */
  #enabledWithoutGone() {
    const values = this.#cutValues;
    for (let k = 0; k < this.#own; k++) values[k] = this.#valueWithoutGone(k);
    return enabledAt(this.#kind, this.#condition, values, 0, this.#own);
  }
  /**
   * Value of the step's k-th object right before the step, had what is gone not happened: what the newest remaining
   * write left, moved by what the remaining commuting steps after it added.
   */
  #valueWithoutGone(k) {
    const log = this.#log;
    let next = this.#values[k];
    let added = 0;
    for (let j = this.#newest[k]; j >= 0; j = log.previousAccess[j]) {
      if (!this.#isGone(log.entry[j])) {
        if (log.accessClass[j] === W) return next + added;
        added += next - log.before[j];
      }
      next = log.before[j];
    }
    return next + added;
  }
  /** The earliest of the steps that are gone. */
  #e = 0;
  /** Steps of each task that lie before e, or that a walk down the tree has taken out of v. */
  #removed = /* @__PURE__ */ new Int32Array(32);
  /** Clock of the step after the reversal, and its classes there. */
  #cut = /* @__PURE__ */ new Int32Array(32);
  #cutClasses = /* @__PURE__ */ new Int32Array(64);
  /** Number of the step among those of its task. */
  #nth = 0;
  /** The step itself has been removed. */
  #stepRemoved = false;
  #planReversal() {
    let e = this.#gone[0];
    for (const u of this.#gone) if (u < e) e = u;
    if (e < this.#floor) return;
    this.#e = e;
    const { stride, before } = this.order;
    const node = this.#nodes[e];
    this.#nth = before[this.#entry * stride + this.#task] + 1;
    this.#stepRemoved = false;
    const removed = this.#removed;
    for (let t = 0; t < stride; t++) removed[t] = before[e * stride + t];
    this.#classifyWithout(e);
    let unknown = false;
    for (const s of node.sleep) {
      const relation = this.#relate(s);
      if (relation === FIRST || (relation === COMMUTES && !s.foreign)) return;
      if (relation >= UNKNOWN) unknown = true;
    }
    if (unknown && this.#sleepersCover(node)) return;
    if (node.children === NO_CHILDREN) node.children = [this.#rest()];
    else this.#insert(node.children, node.sleep);
  }
  /** Classes and clock of the step at the cut. */
  #classifyWithout(e) {
    const log = this.#log;
    const { stride } = this.order;
    const classes = this.#cutClasses;
    const objects = this.#count;
    for (let k = 0; k < objects; k++) classes[k] = this.#classes[k];
    if (mayChangeClass(this.#kind)) classes[0] = this.#classAt(this.#valueWithoutGone(0));
    const cut = this.#cut;
    for (let t = 0; t < stride; t++) cut[t] = this.#base[t];
    for (let k = 0; k < objects; k++)
      for (let j = this.#newest[k]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f < e) break;
        if (this.#isGone(f)) continue;
        const other = log.accessClass[j];
        if (other === W || other !== classes[k]) this.#join(cut, f);
        if (other === W) break;
      }
  }
  /** How the known step s relates to what is left of v. */
  #relate(s) {
    const u = s.task;
    const { stride, before, entryOf, clock } = this.order;
    const n = this.#removed[u] + 1;
    if (u === this.#task && !this.#stepRemoved && n === this.#nth) {
      if (!this.#isFirst(this.#cut, 0, u)) return APART;
      return s.outcomes === null || s.outcomes.length === 0 ? FIRST : UNKNOWN_FIRST;
    }
    if (n <= before[this.#entry * stride + u]) {
      const f = entryOf[u][n];
      if (!this.#isGone(f)) {
        if (!this.#isFirst(clock, f * stride, u)) return APART;
        return s.outcomes === null || this.#hasOutcomes(f, s.outcomes) ? FIRST : APART;
      }
    }
    if (this.#conflictsWithRest(s)) return APART;
    if (s.outcomes !== null && s.outcomes.length === 0) return COMMUTES;
    if (s.outcomes === null && !this.#sleepsElsewhere(u)) return COMMUTES;
    if (n <= before[this.#log.length * stride + u]) {
      const f = entryOf[u][n];
      if (this.#isFirst(clock, f * stride, u)) {
        if (s.outcomes !== null) return this.#hasOutcomes(f, s.outcomes) ? COMMUTES : APART;
        const { sleep } = this.#nodes[this.#e];
        return sleep.some((t) => t.foreign && t.task === u && this.#hasOutcomes(f, t.outcomes))
          ? APART
          : COMMUTES;
      }
    }
    return s.outcomes === null ? APART : UNKNOWN;
  }
  /** Are some outcomes of the task's step explored by another part of a divided search? */
  #sleepsElsewhere(task) {
    return this.#nodes[this.#e].sleep.some((s) => s.foreign && s.task === task);
  }
  /** Does s cover v only together with its other outcomes? */
  #coversInPart(s) {
    const relation = this.#relate(s);
    return relation === UNKNOWN_FIRST || (relation === UNKNOWN && !s.foreign);
  }
  /** Does nothing of v that is left happen before the step with this clock? */
  #isFirst(clock, row, task) {
    const removed = this.#removed;
    for (let t = 0; t < this.order.stride; t++) if (t !== task && clock[row + t] > removed[t]) return false;
    return true;
  }
  #hasOutcomes(entry, outcomes) {
    const log = this.#log;
    let i = entry + 1;
    for (const outcome of outcomes) {
      if (i >= log.length || log.kind[i] !== CHOICE || log.outcome[i] !== outcome) return false;
      i++;
    }
    return i >= log.length || log.kind[i] !== CHOICE;
  }
  /** Does s conflict with anything of v that is left? */
  #conflictsWithRest(s) {
    const log = this.#log;
    const e = this.#e;
    const removed = this.#removed;
    for (let k = 0; k < s.objects.length; k++) {
      const object = s.objects[k];
      const own = s.classes[k];
      if (!this.#stepRemoved) {
        const at = this.#at(object);
        if (at >= 0 && (own === W || own !== this.#cutClasses[at])) return true;
      }
      for (let j = log.lastAccess[object]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f >= this.#entry) continue;
        if (f <= e) break;
        const other = log.accessClass[j];
        if (own !== W && own === other) continue;
        if (log.nth[f] > removed[log.task[f]] && !this.#isGone(f)) return true;
      }
    }
    return false;
  }
  /** Is nothing of v left? */
  #usedUp() {
    if (!this.#stepRemoved) return false;
    const { stride, before, entryOf } = this.order;
    const row = this.#entry * stride;
    for (let t = 0; t < stride; t++) {
      const n = this.#removed[t] + 1;
      if (n <= before[row + t] && !this.#isGone(entryOf[t][n])) return false;
    }
    return true;
  }
  #remove(task) {
    if (task === this.#task && this.#removed[task] + 1 === this.#nth) this.#stepRemoved = true;
    this.#removed[task]++;
  }
  /** Faults still allowed where v ends. */
  #faultsLeft() {
    const log = this.#log;
    let left = this.#limits.faults - this.#nodes[this.#e].faults;
    for (let f = this.#e + 1; f < this.#entry; f++) {
      if (log.kind[f] !== CHOICE || log.outcome[f] === 0) continue;
      const step = this.#stepBefore(f);
      if (step > this.#e && !this.#isGone(step)) left--;
    }
    return left;
  }
  #sleepersCover(node) {
    const unknown = node.sleep.filter((s) => this.#coversInPart(s));
    const left = this.#faultsLeft();
    return unknown.some((s) =>
      coverAll(
        unknown.filter((other) => other.task === s.task),
        left,
      ),
    );
  }
  /**
   * Adds what is left of v to a tree, unless the tree already leads to it: down through the first child that may
   * come first, with the child taken out of v if it is in it.
   */
  #insert(children, sleep) {
    let level = children;
    let sleepers = sleep;
    descend: for (;;) {
      for (const child of level) {
        const relation = this.#relate(child.step);
        if (relation === APART) continue;
        if (relation >= UNKNOWN) {
          if (this.#insertBehindAll(level, sleepers, child.step.task)) return;
          continue;
        }
        if (relation === FIRST) {
          this.#remove(child.step.task);
          if (this.#usedUp()) return;
        }
        if (child.children.length === 0) return;
        level = child.children;
        sleepers = NO_STEPS;
        continue descend;
      }
      level.push(this.#rest());
      return;
    }
  }
  /** The children that are `task`'s step with every possible outcome lead to v together: v goes behind each. */
  #insertBehindAll(level, sleepers, task) {
    const inTree = level.filter((child) => child.step.task === task && this.#coversInPart(child.step));
    const asleep = sleepers.filter((s) => s.task === task && this.#coversInPart(s));
    if (!coverAll([...inTree.map((child) => child.step), ...asleep], this.#faultsLeft())) return false;
    const isStep = task === this.#task && !this.#stepRemoved && this.#removed[task] + 1 === this.#nth;
    const removed = this.#removed.slice();
    for (const child of inTree) {
      this.#removed.set(removed);
      this.#stepRemoved = false;
      if (isStep) this.#remove(task);
      if (child.children.length > 0 && !this.#usedUp()) this.#insert(child.children, NO_STEPS);
    }
    return true;
  }
  /** What is left of v, as a branch of a tree. */
  #rest() {
    const log = this.#log;
    let branch = null;
    if (!this.#stepRemoved)
      branch = {
        step: {
          task: this.#task,
          objects: listOf(this.#objects, this.#count),
          classes: listOf(this.#cutClasses, this.#count),
          outcomes: null,
          counts: NO_NUMBERS,
          foreign: false,
        },
        children: NO_CHILDREN,
      };
    for (let f = this.#entry - 1; f > this.#e; f--) {
      if (log.kind[f] === CHOICE || log.nth[f] <= this.#removed[log.task[f]] || this.#isGone(f)) continue;
      branch = {
        step: this.#copyOf(f),
        children: branch === null ? NO_CHILDREN : [branch],
      };
    }
    return branch;
  }
};
function listOf(numbers, count) {
  if (count === 1) return [numbers[0]];
  const list = [];
  for (let i = 0; i < count; i++) list.push(numbers[i]);
  return list;
}
// src/check/sample.ts
/**
 * Sampling: for what is too large to be exhausted. Each execution is a draw, made from the seed and its number alone.
 *
 *     random   every enabled task is equally likely at every step
 *     pct      tasks get random priorities, the highest enabled one runs; at d - 1 random points of the run the running
 *              task falls to the lowest. Finds a bug that needs d ordering decisions with a probability of at least
 *              1 / (n k^(d-1)) per run, for n tasks and k steps
 *     pos      partial-order sampling: every pending step gets a random score, the highest runs, and those it conflicts
 *              with draw again: spreads over traces rather than over interleavings
 *
 * Faults come at random choices, no more than the budget.
 */
const { NONE } = kind_exports;
/** A generator of numbers below 1, from a seed (mulberry32). */
function numbers(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 1831565813) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
/** Draws executions without end. */
var SampleSearch = class {
  order;
  end = "done";
  redundant = false;
  kept = 0;
  faults = 0;
  /** A sampled space is never exhausted. */
  refused = true;
  sites;
  /** Executions drawn. */
  drawn = 0;
  #machine;
  #specs;
  #options;
  #next = () => 0;
  /** By task: priority (pct) or score of its pending step (pos). */
  #scores = /* @__PURE__ */ new Float64Array(32);
  #scored = /* @__PURE__ */ new Int32Array(32);
  /** For pct: steps at which the running task falls. */
  #falls = [];
  #lowest = 0;
  #steps = 0;
  #choices = 0;
  /** Most seen in an execution so far. */
  #mostSteps = 1;
  #mostChoices = 1;
  #last = -1;
  constructor(machine, specs, options, sites = /* @__PURE__ */ new Map()) {
    this.#machine = machine;
    this.#specs = specs;
    this.#options = options;
    this.order = new Order(machine);
    this.sites = sites;
  }
  /** Draws the next execution. */
  next() {
    this.#next = numbers(
      Math.imul(this.#options.seed ^ 2654435769, 2246822507) + Math.imul(this.drawn++, 3266489909),
    );
    this.faults = 0;
    this.#steps = 0;
    this.#choices = 0;
    this.#last = -1;
    this.#lowest = 0;
    this.#scored.fill(-1);
    this.#falls = [];
    for (let i = 1; i < this.#options.depth; i++)
      this.#falls.push(Math.floor(this.#next() * this.#mostSteps));
    this.end = this.#machine.run(this.#specs(), this, -1);
    this.#mostSteps = Math.max(this.#mostSteps, this.#steps);
    this.#mostChoices = Math.max(this.#mostChoices, this.#choices);
    this.order.update(0);
    return true;
  }
  pick(machine, enabled) {
    const task = this.#pick(machine, enabled);
    this.#steps++;
    this.#last = task;
    return task;
  }
  #pick(machine, enabled) {
    if (this.#options.sampler === "random") {
      let n = Math.floor(this.#next() * bits(enabled));
      for (let t = 0; ; t++) if ((enabled & (1 << t)) !== 0 && n-- === 0) return t;
    }
    if (this.#options.sampler === "pct") {
      if (this.#last >= 0 && this.#falls.includes(this.#steps)) this.#scores[this.#last] = --this.#lowest;
      for (let t = 0; t < machine.tasks; t++) this.#score(t, 0);
    } else {
      if (this.#last >= 0) this.#redraw(machine, this.#last);
      for (let t = 0; t < machine.tasks; t++) {
        const taken = machine.log.lastEntry[t];
        this.#score(t, taken >= 0 ? machine.log.nth[taken] : 0);
      }
    }
    let best = -1;
    for (let t = 0; t < machine.tasks; t++)
      if ((enabled & (1 << t)) !== 0 && (best < 0 || this.#scores[t] > this.#scores[best])) best = t;
    return best;
  }
  /** A score for the task's n-th pending step, unless it has one. */
  #score(task, n) {
    if (this.#scored[task] === n) return;
    this.#scored[task] = n;
    this.#scores[task] = this.#next();
  }
  /** Steps that conflict with the one just executed draw again. */
  #redraw(machine, executed) {
    const log = machine.log;
    const entry = log.lastEntry[executed];
    for (let t = 0; t < machine.tasks; t++) {
      if (t === executed || machine.pendingKind[t] === NONE) continue;
      let conflicting = false;
      for (let k = 0; k < machine.pendingCount[t]; k++) {
        const object = machine.pendingObject[t * 32 + k];
        for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++)
          if (log.object[j] === object && conflicts(log.accessClass[j], machine.pendingClass(t, k)))
            conflicting = true;
      }
      if (conflicting) this.#scores[t] = this.#next();
    }
  }
  choose(_machine, site, count) {
    this.#choices++;
    const left = this.#options.faults - this.faults;
    let outcome = 0;
    if (left > 0 && this.#next() < Math.min(0.5, left / this.#mostChoices)) {
      outcome = 1 + Math.floor(this.#next() * (count - 1));
      if (outcome >= count) outcome = 0;
    }
    const seen = this.sites.get(site);
    if (seen) seen.add(outcome);
    else this.sites.set(site, /* @__PURE__ */ new Set([outcome]));
    if (outcome !== 0) this.faults++;
    return outcome;
  }
};
function bits(mask) {
  let n = 0;
  for (let m = mask; m !== 0; m &= m - 1) n++;
  return n;
}
// src/check/explore.ts
/**
 * An exploration: a program, an explorer, budgets, and what came of it, in slices given by the caller.
 *
 *     const exploration = explore(program, { faults: 2 });
 *     while (exploration.slice(1000)) tellSomebody(exploration.result());
 *     const result = exploration.result();
 *
 * Fault budgets are explored from 0 upwards. The round with budget f goes through all traces with at most f faults;
 * those with fewer were counted in earlier rounds and are only passed through, so that every trace counts once. By
 * default the exploration stops after the first round that has a finding.
 */
const STEPS = 1e5;
const DRAWS = 1e4;
/** Keys of drawn executions kept to tell repeats. */
const MOST_KEYS = 1e6;
/** Stops where the replayed part ends. */
const STOP = {
  pick: () => -1,
  choose: () => 0,
};
/** Starts an exploration; nothing runs before the first slice but the program's set-up. */
function explore(program, options = {}) {
  return new Exploration(program, options);
}
/** An exploration under way. */
var Exploration = class {
  #program;
  #options;
  #budgets;
  #all;
  #samples;
  /** Keys seen, for explorers that may repeat themselves. */
  #keys = /* @__PURE__ */ new Set();
  #execution;
  #findings;
  #sites = /* @__PURE__ */ new Map();
  #search;
  #round = 0;
  #faultsExhausted = -1;
  #finished = false;
  #reason;
  #executions = 0;
  #redundant = 0;
  #blocked = 0;
  #steps = 0;
  #keyA = 0;
  #keyB = 0;
  /** Executions after which the next one is run twice to compare. */
  #nextCheck = 1;
  #endState = 0;
  /** The newest execution came when the limit was reached already. */
  #uncounted = false;
  /** Tasks met before the exploration was stopped. */
  #tasksMet = [];
  #limited = 0;
  /** Findings in the part of the newest run that the next one repeats without looking. */
  #carried = [];
  constructor(program, options) {
    this.#program = program;
    this.#options = options;
    this.#samples = (options.explorer ?? "dpor") !== "dpor";
    if (this.#samples) this.#round = options.faults ?? 1;
    this.#budgets = {
      faults: options.faults ?? 1,
      stepsPerExecution: options.stepsPerExecution ?? STEPS,
      executions: options.executions ?? (this.#samples ? DRAWS : Number.POSITIVE_INFINITY),
    };
    this.#all = options.all ?? false;
    this.#execution = new Execution(program);
    const machine = this.#execution.machine;
    if (options.raceDetection !== void 0) machine.raceDetection = options.raceDetection;
    machine.stepLimit = this.#budgets.stepsPerExecution;
    this.#findings = new Findings(
      program,
      {
        model: options.model ?? "0",
        program: program.name,
        parameters: options.parameters ?? {},
      },
      machine.raceDetection,
    );
    this.#search = this.#newSearch();
  }
  get finished() {
    return this.#finished;
  }
  /** Were there choices that the fault budget ruled out? Then a larger one explores more. */
  get moreFaults() {
    return this.#search.refused;
  }
  /** The machine explored on: for reports between slices, never to be run by others. */
  get machine() {
    return this.#execution.machine;
  }
  #newSearch() {
    const { machine, tasks } = this.#execution;
    const { explorer = "dpor", seed = 1, depth = 3 } = this.#options;
    if (explorer !== "dpor")
      return new SampleSearch(
        machine,
        () => tasks,
        {
          sampler: explorer,
          seed,
          depth,
          faults: this.#budgets.faults,
        },
        this.#sites,
      );
    return new OptimalSearch(machine, () => tasks, { faults: this.#round }, this.#sites);
  }
  /** Makes up to so many executions. True when there is more to do. */
  slice(executions) {
    for (let n = 0; n < executions && !this.#finished; n++) this.#one();
    return !this.#finished;
  }
  #one() {
    const search = this.#search;
    if (!this.#execution.guarded(() => search.next())) {
      this.#endRound();
      return;
    }
    const { machine } = this.#execution;
    const { log } = machine;
    this.#steps += log.length - search.kept;
    if (search.redundant) {
      this.#redundant++;
      this.#carried = machine.findings;
      return;
    }
    if (this.#counts(search) && this.#executions >= this.#budgets.executions) {
      this.#uncounted = true;
      this.#finish(`the limit of ${this.#budgets.executions} executions was reached`);
      return;
    }
    this.#account(search, machine);
  }
  /** Executions with fewer faults were counted by earlier rounds. */
  #counts(search) {
    return this.#samples || search.faults === this.#round;
  }
  /** Judges and counts the newest execution. */
  #account(search, machine) {
    const found = this.#findingsOf(search, machine);
    if (!this.#counts(search)) return;
    this.#executions++;
    if (search.end === "blocked") this.#blocked++;
    if (search.end === "limit") this.#limited++;
    const [a, b] = search.order.keyAt(machine.log.length);
    this.#keyA = (this.#keyA + a) | 0;
    this.#keyB = (this.#keyB + b) | 0;
    if (this.#samples) {
      const key = `${a},${b}`;
      if (this.#keys.has(key)) this.#redundant++;
      else if (this.#keys.size < MOST_KEYS) this.#keys.add(key);
    }
    if (found.length > 0) this.#findings.add(found, machine, search.order, search.faults);
    if (this.#executions === this.#nextCheck) {
      this.#nextCheck *= 2;
      this.#checkRepeats();
    }
  }
  /** What the newest execution shows, the parts it repeated from the one before included. */
  #findingsOf(search, machine) {
    const before = this.#carried.filter(
      (f) => f.at.task !== "" && f.at.event < search.kept && f.potential !== true,
    );
    this.#carried = machine.findings;
    let found = machine.findings;
    if (before.length > 0) {
      const fresh = machine.findings.filter(
        (f) => !before.some((b) => b.at.event === f.at.event && b.message === f.message),
      );
      found = [...before, ...fresh];
      this.#carried = found;
    }
    if (!this.#counts(search)) return found;
    if (this.#executions + 1 === this.#nextCheck) this.#endState = machine.endStateHash();
    const atEnd = machine.findings.length;
    this.#execution.judge(search.end);
    const judged = machine.findings.slice(atEnd);
    return judged.length > 0 ? [...found, ...judged] : found;
  }
  /** Runs the newest execution once more, from the start, and compares. */
  #checkRepeats() {
    const { machine, program } = this.#execution;
    this.#execution.steps(STOP, machine.log.length);
    if (machine.endStateHash() === this.#endState) return;
    const changed = machine.memory.changesSince(0).map((change) => machine.nameOf(change.word));
    throw new HiddenNondeterminism(
      `${program.name}: the same schedule ended in another state the second time; what it writes: ${changed.slice(0, 8).join(", ")}. A program under test may depend only on the machine: look for Date, Math.random, module state, Map or Set kept across runs`,
      machine.log.length,
    );
  }
  #endRound() {
    this.#faultsExhausted = this.#round;
    const { refused } = this.#search;
    if (!refused) this.#faultsExhausted = this.#budgets.faults;
    if (!refused || this.#round >= this.#budgets.faults || (this.#findings.size > 0 && !this.#all)) {
      this.#finish(void 0);
      return;
    }
    this.#round++;
    this.#carried = [];
    this.#search = this.#newSearch();
  }
  #finish(reason) {
    this.#finished = true;
    this.#reason = reason;
  }
  /** Everything needed to go on later or elsewhere. Only between two slices. */
  checkpoint() {
    return {
      v: 1,
      program: this.#program.name,
      options: this.#options,
      round: this.#round,
      counts: [
        this.#faultsExhausted,
        this.#executions,
        this.#redundant,
        this.#blocked,
        this.#steps,
        this.#nextCheck,
        this.#limited,
        this.#finished ? 1 : 0,
        this.#uncounted ? 1 : 0,
      ],
      keys: [this.#keyA, this.#keyB],
      refused: this.#search.refused,
      sites: [...this.#sites].map(([site, outcomes]) => [site, [...outcomes]]),
      witnessed: [...this.machine.witnessed],
      tasks: this.#taskNames(),
      findings: this.#findings.groups(),
      frontier: this.#optimal("a checkpoint").freeze(),
    };
  }
  /** Names of all tasks met so far: those there from the start, then the spawned ones. */
  #taskNames() {
    const first = this.#execution.tasks.map((task) => task.name);
    const others = /* @__PURE__ */ new Set([...this.#tasksMet, ...this.machine.taskNames]);
    for (const name of first) others.delete(name);
    return [...first, ...[...others].sort()];
  }
  /** For `resume`. */
  restore(checkpoint) {
    this.#round = checkpoint.round;
    const [exhausted, executions, redundant, blocked, steps, nextCheck, limited, finished, uncounted] =
      checkpoint.counts;
    this.#faultsExhausted = exhausted;
    this.#executions = executions;
    this.#redundant = redundant;
    this.#blocked = blocked;
    this.#steps = steps;
    this.#nextCheck = nextCheck;
    this.#limited = limited;
    this.#finished = finished === 1;
    [this.#keyA, this.#keyB] = checkpoint.keys;
    for (const [site, outcomes] of checkpoint.sites) this.#sites.set(site, new Set(outcomes));
    this.#tasksMet = checkpoint.tasks;
    for (const name of checkpoint.witnessed) this.machine.witnessed.add(name);
    this.#findings.merge(checkpoint.findings);
    this.#takeUp(checkpoint.frontier);
    this.#search.refused = checkpoint.refused;
    if (uncounted === 0) return;
    this.#uncounted = executions >= this.#budgets.executions;
    if (this.#uncounted) {
      this.#reason = `the limit of ${this.#budgets.executions} executions was reached`;
      return;
    }
    this.#finished = false;
    this.#execution.guarded(() => this.#account(this.#search, this.machine));
  }
  /** For `explorePart`. */
  restrict(part) {
    this.#round = part.faults;
    this.#takeUp(part.frontier);
    this.#search.refused = false;
  }
  #optimal(what) {
    if (this.#search instanceof OptimalSearch) return this.#search;
    throw new Error(`${what} is for the exhaustive explorer: a sample is drawn again from its seed`);
  }
  #takeUp(frontier) {
    this.#search = this.#newSearch();
    const search = this.#optimal("resuming");
    this.#execution.guarded(() => search.thaw(frontier));
    this.#carried = this.machine.findings;
  }
  /** How things stand. */
  result() {
    const machine = this.#execution.machine;
    const witnesses = {};
    for (const name of this.#program.witnesses ?? []) witnesses[name] = machine.witnessed.has(name);
    const { verdict, reason } = this.#verdict(witnesses);
    return {
      program: this.#program.name,
      explorer: this.#options.explorer ?? "dpor",
      ...(this.#samples ? { seed: this.#options.seed ?? 1 } : {}),
      verdict,
      ...(reason === void 0 ? {} : { reason }),
      budgets: this.#budgets,
      faultsExhausted: this.#faultsExhausted,
      executions: this.#executions,
      redundant: this.#redundant,
      blocked: this.#blocked,
      steps: this.#steps,
      tasks: this.#taskNames(),
      witnesses,
      sites: [...this.#sites]
        .map(([site, outcomes]) => ({
          site,
          outcomes: [...outcomes].sort((a, b) => a - b),
        }))
        .sort((a, b) => (a.site < b.site ? -1 : 1)),
      findings: this.#findings.list(),
      keyHash: hex(this.#keyA) + hex(this.#keyB),
    };
  }
  #verdict(witnesses) {
    if (this.#findings.size > 0) return { verdict: "fails" };
    if (!this.#finished)
      return {
        verdict: "incomplete",
        reason: "still exploring",
      };
    if (this.#samples) {
      const { explorer, seed = 1 } = this.#options;
      return {
        verdict: "incomplete",
        reason: `${this.#executions} executions drawn (${explorer}, seed ${seed}), ${this.#keys.size} of them different: a sample proves nothing`,
      };
    }
    if (this.#reason !== void 0)
      return {
        verdict: "incomplete",
        reason: this.#reason,
      };
    if (this.#limited > 0)
      return {
        verdict: "incomplete",
        reason: `${this.#limited} executions were cut off after ${this.#budgets.stepsPerExecution} steps`,
      };
    if (!this.#execution.machine.raceDetection)
      return {
        verdict: "incomplete",
        reason: "race detection is off, and plain fields are no steps",
      };
    const missing = Object.keys(witnesses).filter((name) => !witnesses[name]);
    if (missing.length > 0)
      return {
        verdict: "vacuous",
        reason: `no execution showed: ${missing.join(", ")}`,
      };
    return { verdict: "holds" };
  }
};
function hex(n) {
  return (n >>> 0).toString(16).padStart(8, "0");
}
// test/check/world.ts
const cells = slab("cell", { value: atomic() }, { permanent: true });
const mutexes = slab("mutex", { lock: mutex() }, { permanent: true });
const rwsems = slab("rwsem", { lock: rwsem() }, { permanent: true });
/** Named shared things, made when first asked for during set-up. */
var World = class {
  k;
  constructor(k) {
    this.k = k;
  }
  cell(name, initial = 0) {
    const row = this.k.alloc(cells);
    this.k.label(row, name);
    if (initial !== 0) this.k.init(row.value, initial);
    return row.value;
  }
  cells(name, count) {
    return Array.from({ length: count }, (_, i) => this.cell(`${name}[${i}]`));
  }
  mutex(name) {
    const row = this.k.alloc(mutexes);
    this.k.label(row, name);
    return row.lock;
  }
  mutexes(name, count) {
    return Array.from({ length: count }, (_, i) => this.mutex(`${name}[${i}]`));
  }
  rwsem(name) {
    const row = this.k.alloc(rwsems);
    this.k.label(row, name);
    return row.lock;
  }
};
/** A program: shared things made once, tasks made for each execution. */
function program(name, build) {
  return {
    name,
    machine: () => new Machine(),
    setup: (k) => build(new World(k), k),
    tasks: (_k, make) =>
      make().map((run, i) => ({
        name: `t${i}`,
        run,
      })),
  };
}
// test/check/programs.ts
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i));
/** T tasks with S steps each, of which K write the same word and the others are private: (T*K)! / (K!)^T traces. */
const private60 = (tasks, steps, shared) =>
  program(`private(${tasks} x ${steps}, ${shared} shared)`, (w, k) => {
    const x = w.cell("x");
    const own = w.cells("own", tasks);
    return () =>
      times(
        tasks,
        (t) =>
          function* () {
            const every = steps / shared;
            for (let i = 1; i <= steps; i++)
              if (i % every === 0) {
                if (k.write(x)) yield;
                x.value = t + 1;
              } else {
                if (k.write(own[t])) yield;
                own[t].value = i;
              }
          },
      );
  });
// bench/check/spin.ts
/**
 * Against SPIN, in one run: generate + compile + verify of the models in this folder, and the same programs here through
 * the public API. Needs `spin` and `gcc`; without them the rows say that they are skipped (and fail where
 * BENCH_SPIN=required).
 *
 *   npm run bench:spin
 */
const MODELS = join(process.cwd(), "bench/check");
/** Times one model in a folder of its own. */
function spin(model, shared) {
  if (spawnSync("spin", ["-V"]).error || spawnSync("gcc", ["--version"]).error) return void 0;
  const folder = mkdtempSync(join(tmpdir(), "spin-"));
  try {
    copyFileSync(join(MODELS, model), join(folder, model));
    const startBuild = performance.now();
    execFileSync("spin", [`-DSHARED=${shared}`, "-a", model], { cwd: folder });
    execFileSync("gcc", ["-O2", "-DSAFETY", "-DNOBOUNDCHECK", "-w", "-o", "pan", "pan.c"], { cwd: folder });
    const startVerify = performance.now();
    const out = execFileSync("./pan", ["-m1000000", "-w24"], {
      cwd: folder,
      encoding: "utf8",
    });
    const end = performance.now();
    if (!/errors: 0/.test(out)) throw new Error(`${model}: SPIN reports errors:\n${out}`);
    return {
      states: Number(/([\d.e+]+) states, stored/.exec(out)?.[1]),
      build: startVerify - startBuild,
      verify: end - startVerify,
    };
  } finally {
    rmSync(folder, {
      recursive: true,
      force: true,
    });
  }
}
function ours(program, traces) {
  const start = performance.now();
  const exploration = explore(program, { faults: 0 });
  while (exploration.slice(1e4));
  const ms = performance.now() - start;
  const result = exploration.result();
  if (result.executions !== traces || result.redundant !== 0)
    throw new Error(`${program.name}: ${result.executions} executions, ${result.redundant} redundant`);
  return ms;
}
const row = (model, shared, traces, what) => {
  const theirs = spin(model, shared);
  if (!theirs) {
    console.log(`${what}: skipped, needs spin and gcc`);
    if (process.env.BENCH_SPIN === "required") process.exitCode = 1;
    return;
  }
  const ms = ours(private60(3, 60, shared), traces);
  const ratio = ms / (theirs.build + theirs.verify);
  console.log(`${what}, ${shared} shared writes each`);
  console.log(
    `  SPIN        ${String(theirs.states).padStart(9)} states      build ${(theirs.build / 1e3).toFixed(2)} s + verify ${(theirs.verify / 1e3).toFixed(2)} s`,
  );
  console.log(`  interleaf   ${String(traces).padStart(9)} executions  ${(ms / 1e3).toFixed(2)} s`);
  const against =
    ratio > 1 ? `${ratio.toFixed(2)}x as long as SPIN` : `${(1 / ratio).toFixed(1)}x faster than SPIN`;
  const verifyOnly = ms / theirs.verify;
  console.log(`  ${against}, build included; against verification alone ${verifyOnly.toFixed(2)}x as long`);
};
row("history.pml", 5, 756756, "every order of writes is a state of its own");
row("private.pml", 3, 1680, "private work that only shows as private at run time");
row("merging.pml", 4, 34650, "histories that merge: here state matching wins");
console.log(`peak resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);

export {};
