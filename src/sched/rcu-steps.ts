/**
 * Read sections, grace periods and what is deferred until they are over: see `machine.ts`.
 */
import type { Callback, QueuedCallback } from "./effects.ts";
import { NO_SITE } from "./execution.ts";
import { type Atomic, type AtomicRef, type Rcu } from "./fields.ts";
import {
  type Condition,
  RCU_CALL,
  RCU_DEREFERENCE,
  RCU_GRACE_START,
  RCU_READ_LOCK,
  RCU_READ_UNLOCK,
  READ,
} from "./kind.ts";
import { allOver } from "./lock-steps.ts";
import type { Machine } from "./machine.ts";
import { type Path, ProtocolError, type Suspend, sequentially, type TaskSpec } from "./protocol.ts";
import type { Row } from "./slab.ts";
import { WaitingSteps } from "./waiting-steps.ts";

const GRACE_PERIOD_OVER: Condition = { name: "the grace period is over", holds: allOver };

/** The part of `Machine` that speaks of RCU. */
export abstract class RcuSteps extends WaitingSteps {
  /** Enters a read section: what it sees stays until it leaves. Nests; the task may not sleep inside. */
  rcuReadLock(rcu: Rcu, site: string = NO_SITE): Suspend {
    return this.announce(RCU_READ_LOCK, rcu.word, 0, site);
  }
  rcuReadUnlock(rcu: Rcu, site: string = NO_SITE): Suspend {
    const depth = this.held.readDepth(this.creator, rcu.word);
    if (depth === 0) {
      const name = this.nameOf(rcu.word);
      this.find("rcu-misuse", {
        message: `a read section of ${name} is left that was never entered`,
        objects: [name],
        site,
      });
    }
    return this.announce(
      RCU_READ_UNLOCK,
      this.places.open(rcu.word, this.creator),
      depth === 1 ? 1 : 0,
      site,
    );
  }
  /** Follows a reference that RCU protects (rcu_dereference). A finding outside a read section. */
  rcuDereference(cell: Atomic | AtomicRef<Row>, rcu: Rcu, site: string = NO_SITE): Suspend {
    if (this.exploring && !this.held.has(this.creator, rcu.word, false)) {
      const name = this.nameOf(cell.word);
      this.note("rcu-misuse", {
        message: `${this.taskNames[this.current]} follows ${name} outside any read section of ${this.nameOf(rcu.word)}`,
        objects: [name],
        site,
      });
    }
    return this.announce(RCU_DEREFERENCE, cell.word, 0, site);
  }
  /** Waits until every read section that has begun by now is over (synchronize_rcu). */
  *synchronizeRcu(rcu: Rcu, site: string = NO_SITE): Path {
    if (this.startGracePeriod(rcu, site)) yield;
    if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
  }
  protected startGracePeriod(rcu: Rcu, site: string): Suspend {
    if (this.mayNotSleep)
      this.checkMaySleep(`${this.taskNames[this.current]} waits for a grace period`, site);
    return this.announce(RCU_GRACE_START, rcu.word, 0, site);
  }
  /**
   * Has `callback` run by the callback task of the domain (`rcuCallbacks`), once every read section that has begun by
   * now is over. In sequential code it is queued, too; `runCallbacks` runs it.
   */
  callRcu(rcu: Rcu, callback: Callback, site: string = NO_SITE): Suspend {
    this.payload[this.creator] = callback;
    return this.announce(RCU_CALL, rcu.word, 0, site);
  }
  /** Frees the row after a grace period (kfree_rcu). */
  freeRcu(rcu: Rcu, row: Row, site: string = NO_SITE): Suspend {
    const free = (k: Machine): Suspend => k.free(row, site);
    const k = this as unknown as Machine;
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
  rcuCallbacks(rcu: Rcu, name = "rcu callbacks"): TaskSpec {
    return { name, daemon: true, run: () => this.runQueue(rcu, name) };
  }
  protected *runQueue(rcu: Rcu, site: string): Path {
    for (let n = 1; ; n++) {
      if (this.await({ name: `callback ${n} is queued`, holds: (queued) => queued >= n }, [rcu], site)) yield;
      const queued = this.callbacks(rcu)[n - 1];
      this.obstacles[this.creator] = queued.sections;
      if (this.awaitOver(GRACE_PERIOD_OVER, site)) yield;
      yield* queued.callback.run();
      if (this.add(rcu.done, 1, site)) yield;
    }
  }
  /** Waits until every callback that was queued by now has run (rcu_barrier). */
  *rcuBarrier(rcu: Rcu, site: string = NO_SITE): Path {
    if (this.announce(READ, rcu.word, 0, site)) yield;
    const queued = this.result;
    if (
      this.await({ name: `${queued} callbacks have run`, holds: (done) => done >= queued }, [rcu.done], site)
    )
      yield;
  }
  /** Runs the callbacks that are queued, in sequential code (set-up, tear-down): nobody reads any more. */
  runCallbacks(rcu: Rcu): void {
    if (this.exploring)
      throw new ProtocolError("runCallbacks is for sequential code: tasks have the task of rcuCallbacks");
    for (let n = this.memory.nums[rcu.done.word]; n < this.callbacks(rcu).length; n++) {
      sequentially(this.callbacks(rcu)[n].callback.run());
      this.memory.setNum(rcu.done.word, n + 1);
    }
  }
  protected callbacks(rcu: Rcu): readonly QueuedCallback[] {
    return (this.memory.refs[rcu.word] as readonly QueuedCallback[] | undefined) ?? [];
  }
}
