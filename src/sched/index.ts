/** interleaf/sched: shared memory, tasks, announced steps, and one execution of them. */
export {
  EXPLANATIONS,
  type Explanation,
  type Finding,
  type FindingFacts,
  type Place,
} from "./finding.ts";
export * as kinds from "./kind.ts";
export type { AccessClass, Condition } from "./kind.ts";
export { canBlock, classAt, conflicts, deltaOf, enabledAt, KIND_NAMES, MAX_OBJECTS, outcomeAt } from "./kind.ts";
export type { Log } from "./log.ts";
export {
  type Driver,
  HiddenNondeterminism,
  Machine,
  MAX_TASKS,
  type Path,
  ProtocolError,
  type RunEnd,
  sequentially,
  SequentialFinding,
  type Suspend,
  type TaskSpec,
  WouldWait,
} from "./machine.ts";
export { hashText, type Memory, mix, type Tracked, type WordChange } from "./memory.ts";
export {
  type Atomic,
  atomic,
  bool,
  type FieldSpec,
  type List,
  list,
  type Lock,
  mutex,
  num,
  ref,
  refcount,
  type Row,
  rwsem,
  Slab,
  type Sparse,
  slab,
  sparse,
  spinlock,
  type Table,
  type Tally,
  table,
  tally,
} from "./slab.ts";
