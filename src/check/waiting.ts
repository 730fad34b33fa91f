/**
 * Which kinds of steps wait for a lock.
 */
import { kinds } from "../sched/index.ts";

/** Kinds that wait for a lock: only its holders can be in their way. */
export function isLockKind(kind: number): boolean {
  switch (kind) {
    case kinds.LOCK:
    case kinds.LOCK_KILLABLE:
    case kinds.READ_LOCK:
    case kinds.READ_LOCK_KILLABLE:
    case kinds.WRITE_LOCK:
    case kinds.WRITE_LOCK_KILLABLE:
      return true;
    default:
      return false;
  }
}
