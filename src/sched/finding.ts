/**
 * Findings: what a checker reports about the program under test. Data, never an exception the program can see.
 *
 * A *fatal* finding ends its task: there is no sensible way to go on after touching freed memory. The task's locks
 * stay held, the others run on. Others (a data race, a leak) are noted and the run goes on.
 */

/** A place a finding speaks of: which task, in which function, at which of its events. */
export interface Place {
  readonly task: string;
  /** Function named by the step that was executing. */
  readonly site: string;
  /** Index in the event log of the run. */
  readonly event: number;
}

/** One violation, found in one run. */
export interface Finding {
  /** Stable code, e.g. `use-after-free`: `explain CODE` tells what it means. */
  readonly code: string;
  /** One sentence with the names of this run. */
  readonly message: string;
  readonly at: Place;
  /** The other side, where there is one: who freed, who wrote, who holds. */
  readonly other?: Place;
  /** Names of the objects involved, most important first. */
  readonly objects: readonly string[];
  /** The task ended here. */
  readonly fatal: boolean;
  /** Nothing has gone wrong in this run: the run shows that another could. An explorer may look for that one. */
  readonly potential?: true;
}

/** What the finder says of a finding; place and task are filled in by the machine. */
export interface FindingFacts {
  readonly message: string;
  readonly objects?: readonly string[];
  readonly other?: Place;
  /** Function to name instead of that of the newest step: for findings at an announcement. */
  readonly site?: string;
  /** Place to name instead of the running task's. */
  readonly at?: Place;
  readonly potential?: true;
}

/** What a code means, for `explain`: registered by the floor that raises it. */
export interface Explanation {
  readonly code: string;
  readonly title: string;
  /** What it means, why it matters, what to look at: a few sentences. */
  readonly text: string;
}

/** Codes that `sched` raises itself. Each is a detector that can be switched off: see `Machine.detect`. */
export const EXPLANATIONS: readonly Explanation[] = [
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
    text: "The task goes in a circle: it repeats the same steps, sees the same each time, and changes no field in between; nobody else has a part in it. Wait instead: k.await(condition, cells) is one step that runs when the condition holds, and keeps the number of schedules finite. A loop that only counts in a local variable looks the same: raise the machine's spinLimit, or keep the count in a field.",
  },
  {
    code: "livelock",
    title: "tasks keep each other trying for ever",
    text: "The task repeats the same steps and sees the same each time, because in every round another task takes something and gives it back, or undoes what was done. Both are busy and neither gets on: two that back off from each other in step, for example. Give one of them precedence, or take the locks in one order.",
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
];
