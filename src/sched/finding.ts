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
}

/** What the finder says of a finding; place and task are filled in by the machine. */
export interface FindingFacts {
  readonly message: string;
  readonly objects?: readonly string[];
  readonly other?: Place;
}

/** What a code means, for `explain`: registered by the floor that raises it. */
export interface Explanation {
  readonly code: string;
  readonly title: string;
  /** What it means, why it matters, what to look at: a few sentences. */
  readonly text: string;
}

/** Codes that `sched` raises itself. */
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
    text: "A row was given back to its slab that is already free.",
  },
  {
    code: "data-race",
    title: "two plain accesses, one a write, are ordered by nothing",
    text: "Two tasks touch the same plain field, at least one writes, and no lock, release/acquire pair or spawn orders them. The field's guard says what should.",
  },
  {
    code: "deadlock",
    title: "tasks wait for each other for ever",
    text: "The run ended with tasks waiting for locks that no running task will release. The report lists who waits for what and who holds it.",
  },
  {
    code: "lost-wakeup",
    title: "a task waits for ever for a condition",
    text: "The run ended with a task waiting for a condition that nobody left can make true.",
  },
  {
    code: "lock-misuse",
    title: "a lock is used against its rules",
    text: "Unlocked without being held by this task, taken again by its holder, or asserted held when it is not.",
  },
  {
    code: "lock-leak",
    title: "a task ends with a lock held",
    text: "The task finished while holding a lock; nobody can release it any more.",
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
