/**
 * `munmap.lock = downgrade`: the lock is downgraded, and readers come in, page faults among them.
 *
 * Models dd2283f2605e (4.20) to 5.7, where a stack could still grow into the hole under the read lock; and 6.5 and later, where growing
 * takes the write lock.
 */
import type { MunmapLock } from "../../decisions.ts";

export const munmapDowngrade: MunmapLock = {
  point: "munmap.lock",
  name: "downgrade",
  title: "yes: the lock is downgraded",
  source: "dd2283f2605e (4.20); 6.5",
  downgrades: () => true,
};
