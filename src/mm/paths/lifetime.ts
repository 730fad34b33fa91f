/**
 * References to an mm: who may still use it, and who frees it.
 *
 * Kernel counterpart: mmget, mmput, mmgrab, mmdrop in include/linux/sched/mm.h and kernel/fork.c (6.12).
 */
import type { Path, Suspend } from "../../sched/index.ts";
import type { Kernel } from "../kernel.ts";
import { type Mm, rssOf } from "../mm-struct.ts";
import { exitMmap } from "./exit.ts";

/** One more user; the caller has one already (mmget). */
export function mmget(k: Kernel, mm: Mm, site: string): Suspend {
  return k.add(mm.users, 1, site);
}

/** A user, unless the mm is being torn down (mmget_not_zero): then `k.result` is 0. */
export function mmgetNotZero(k: Kernel, mm: Mm, site: string): Suspend {
  return k.incNotZero(mm.users, site);
}

/** One more reference to the structure (mmgrab). */
export function mmgrab(k: Kernel, mm: Mm, site: string): Suspend {
  return k.add(mm.count, 1, site);
}

/** One user less (mmput). The last one tears the address space down, whoever it is. */
export function* mmput(k: Kernel, mm: Mm, site: string): Path {
  if (k.decAndTest(mm.users, site)) yield;
  if (k.result !== 0) yield* lastUserGone(k, mm);
}

/**
 * As mmput(), for callers that must not tear an address space down themselves (mmput_async): the last user leaves it to
 * a worker.
 */
export function* mmputAsync(k: Kernel, mm: Mm, site: string): Path {
  if (k.decAndTest(mm.users, site)) yield;
  if (k.result === 0) return;
  if (k.spawn({ name: "kworker", run: () => lastUserGone(k, mm) }, site)) yield;
}

/** __mmput() */
function* lastUserGone(k: Kernel, mm: Mm): Path {
  if (k.exploring) k.witness(`${k.taskNames[k.current]} tears ${k.rowName(mm)} down`);
  yield* exitMmap(k, mm);
  if (mm.onMmlist) {
    if (k.lock(k.global.mmlistLock, "__mmput")) yield;
    k.global.mmlist.remove(mm);
    mm.onMmlist = false;
    if (k.unlock(k.global.mmlistLock, "__mmput")) yield;
  }
  yield* mmdrop(k, mm, "__mmput");
}

/** One reference less (mmdrop). The last one frees the structure, after check_mm(). */
export function* mmdrop(k: Kernel, mm: Mm, site: string): Path {
  if (k.decAndTest(mm.count, site)) yield;
  if (k.result !== 0) yield* freeMm(k, mm, site);
}

/** As mmdrop(), from the middle of a context switch, where some kernels must not free (mmdrop_sched). */
export function* mmdropSched(k: Kernel, mm: Mm, site: string): Path {
  if (k.decAndTest(mm.count, site)) yield;
  if (k.result === 0) return;
  if (!k.designs.mmdropSched.delayed) yield* freeMm(k, mm, site);
  else if (k.spawn({ name: "rcu callback", run: () => freeMm(k, mm, site) }, site)) yield;
}

/** __mmdrop(), with check_mm(). `site`: who called mmdrop(). */
function* freeMm(k: Kernel, mm: Mm, site: string): Path {
  if (k.exploring) k.witness(`the drop in ${site} frees ${k.rowName(mm)}`);
  const rss = rssOf(mm.rss.total);
  if (rss.anon !== 0 || rss.swap !== 0 || rss.file !== 0) {
    k.note("bad-rss", {
      message: `${k.rowName(mm)} is freed with rss counters anon=${rss.anon} swap=${rss.swap} file=${rss.file}`,
      objects: [k.rowName(mm)],
    });
  }
  if (k.designs.exitReaperSync.emptiesTree && mm.tree.size !== 0) {
    k.note("leak", {
      message: `${k.rowName(mm)} is freed with ${mm.tree.size} entries left in its tree`,
      objects: [k.rowName(mm)],
    });
  }
  if (k.free(mm, "__mmdrop")) yield;
}
