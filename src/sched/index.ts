/** interleaf/sched: shared memory, tasks, announced steps, and one execution of them. */
export { DETECTORS } from "./detectors.ts";
export type { Callback } from "./effects.ts";
export {
  type Atomic,
  type AtomicRef,
  atomic,
  atomicRef,
  bool,
  completion,
  type FieldSpec,
  type Flags,
  fairRwsem,
  flags,
  irqLine,
  type List,
  type Lock,
  list,
  mutex,
  num,
  type Rcu,
  rcu,
  ref,
  refcount,
  rwsem,
  type Sparse,
  seqcount,
  sparse,
  spinlock,
  type Table,
  type Tally,
  table,
  tally,
  timer,
  waitQueue,
  work,
} from "./fields.ts";
export {
  EXPLANATIONS,
  type Explanation,
  type Finding,
  type FindingFacts,
  type Place,
} from "./finding.ts";
export type { AccessClass, Condition } from "./kind.ts";
export * as kinds from "./kind.ts";
export {
  canBlock,
  classAt,
  conflicts,
  deltaOf,
  enabledAt,
  KIND_NAMES,
  MAX_OBJECTS,
  outcomeAt,
} from "./kind.ts";
export type { Log } from "./log.ts";
export { Machine } from "./machine.ts";
export { hashText, type Memory, mix, type Tracked, type WordChange } from "./memory.ts";
export {
  type Driver,
  ENDS_AT_ONCE,
  HiddenNondeterminism,
  MAX_TASKS,
  type Path,
  ProtocolError,
  type RunEnd,
  SequentialFinding,
  type Suspend,
  sequentially,
  type TaskSpec,
  WouldWait,
} from "./protocol.ts";
export { type Row, Slab, slab } from "./slab.ts";
