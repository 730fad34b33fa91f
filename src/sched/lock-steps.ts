/**
 * Steps on locks, and statements about them: see `machine.ts`. `subclass` tells a nested lock of the same class apart for the
 * order of locks (the subclass of lockdep).
 */

import { AtomicSteps } from "./atomic-steps.ts";
import { NO, NO_SITE } from "./execution.ts";
import { type Lock } from "./fields.ts";
import {
  AWAIT,
  type Condition,
  DOWNGRADE,
  ENQUEUE_READ,
  ENQUEUE_WRITE,
  LEAVE_QUEUE,
  LOCK,
  LOCK_KILLABLE,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  TRYLOCK,
  UNLOCK,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import { type Path, ProtocolError, type Suspend } from "./protocol.ts";
import { IRQ, SPIN } from "./roles.ts";

const ITS_TURN: Condition = { name: "its turn", holds: allOver };

/** Every place is closed. */
export function allOver(...places: number[]): boolean {
  return places.every((place) => place !== 0);
}

/** The part of `Machine` that speaks of locks. */
export abstract class LockSteps extends AtomicSteps {
  /** Takes a mutex, a spinlock. */
  lock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, this.rows.role[lock.word] !== SPIN, site);
    return this.announce(LOCK, lock.word, subclass, site);
  }
  /** As `lock`; a pending signal cuts the wait short: then `interrupted`. */
  lockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(LOCK_KILLABLE, lock.word, subclass, site);
  }
  /** `result` is 1 when it was free and is now held. */
  tryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(TRYLOCK, lock.word, subclass, site);
  }
  unlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(UNLOCK, lock.word, 0, site);
  }
  readLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, false, subclass, true, site);
    return this.announce(READ_LOCK, lock.word, subclass, site);
  }
  readLockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, false, subclass, true, site);
    return this.announceKillable(READ_LOCK_KILLABLE, lock.word, subclass, site);
  }
  readTryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(READ_TRYLOCK, lock.word, subclass, site);
  }
  readUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(READ_UNLOCK, lock.word, 0, site);
  }
  writeLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announce(WRITE_LOCK, lock.word, subclass, site);
  }
  writeLockKillable(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    this.asks(lock.word, true, subclass, true, site);
    return this.announceKillable(WRITE_LOCK_KILLABLE, lock.word, subclass, site);
  }
  writeTryLock(lock: Lock, site: string = NO_SITE, subclass = 0): Suspend {
    return this.announce(WRITE_TRYLOCK, lock.word, subclass, site);
  }
  writeUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(WRITE_UNLOCK, lock.word, 0, site);
  }
  /** The writer becomes a reader without letting anybody in between. */
  downgrade(lock: Lock, site: string = NO_SITE): Suspend {
    return this.announce(DOWNGRADE, lock.word, 0, site);
  }

  /** Condition of a task's last killable step: a signal cut the wait short. */
  get interrupted(): boolean {
    return this.result === 0;
  }

  // ---- fair reader/writer locks: whoever comes first is served first. Simplified: no trylock, no signals

  /** Takes a fair lock for reading. Waits behind every writer who came before, waiting ones included. */
  *fairReadLock(lock: Lock, site: string = NO_SITE, subclass = 0): Path {
    if (this.enqueue(ENQUEUE_READ, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Takes a fair lock for writing. Waits behind everybody who came before. */
  *fairWriteLock(lock: Lock, site: string = NO_SITE, subclass = 0): Path {
    if (this.enqueue(ENQUEUE_WRITE, lock, subclass, site)) yield;
    if (this.awaitOver(ITS_TURN, site)) yield;
  }
  /** Gives a fair lock back, whichever way it was taken. */
  fairUnlock(lock: Lock, site: string = NO_SITE): Suspend {
    const place = this.places.open(lock.word, this.creator);
    if (place < 0) {
      const name = this.nameOf(lock.word);
      this.find("lock-misuse", {
        message: `${name} is unlocked by a task that does not hold it`,
        objects: [name],
        site,
      });
    }
    return this.announce(LEAVE_QUEUE, place, 0, site);
  }
  protected enqueue(kind: number, lock: Lock, subclass: number, site: string): Suspend {
    this.asks(lock.word, kind === ENQUEUE_WRITE, subclass, true, site);
    return this.announce(kind, lock.word, subclass, site);
  }
  /** Waits for what the step just taken found in its way, if anything. */
  protected awaitOver(condition: Condition, site: string): Suspend {
    const words = this.obstacles[this.creator];
    return words.length === 0 ? NO : this.announceSeveral(AWAIT, words, 0, site, condition);
  }

  // ---- interrupts: a line is disabled by the tasks of a processor, entered by its handlers

  /** Disables the interrupts of a line (local_irq_save): its handlers wait, and the task may not sleep. Nests. */
  irqDisable(line: Lock, site: string = NO_SITE): Suspend {
    if (this.exploring && this.held.has(this.creator, line.word, true)) return this.nestIrq(line.word);
    return this.announce(LOCK, line.word, 0, site);
  }
  irqEnable(line: Lock, site: string = NO_SITE): Suspend {
    if (this.exploring && this.held.count(this.creator, line.word) > 1) return this.unnestIrq(line.word);
    return this.announce(UNLOCK, line.word, 0, site);
  }
  /** A handler starts: waits until no task has the line disabled and no other handler of it runs. */
  irqEnter(line: Lock, site: string = NO_SITE): Suspend {
    return this.announce(LOCK, line.word, 0, site);
  }
  irqExit(line: Lock, site: string = NO_SITE): Suspend {
    return this.announce(UNLOCK, line.word, 0, site);
  }
  /** An inner disable is nobody else's business: no step. */
  protected nestIrq(word: number): Suspend {
    this.held.take(this.creator, word, true, IRQ, 0);
    return NO;
  }
  protected unnestIrq(word: number): Suspend {
    this.held.drop(this.creator, word, true, IRQ);
    return NO;
  }

  // ---- statements about locks

  /** The running task holds the lock, in write mode when asked. */
  holds(lock: Lock, write = false): boolean {
    return (
      this.held.has(this.creator, lock.word, true) ||
      (!write && this.held.has(this.creator, lock.word, false))
    );
  }

  /** A stated precondition: the running task holds the lock. A finding when it does not. */
  assertHeld(lock: Lock, write = false): void {
    if (this.holds(lock, write)) return;
    const name = this.nameOf(lock.word);
    this.violation("lock-misuse", {
      message: `${name} must be held${write ? " for writing" : ""} here`,
      objects: [name],
    });
  }

  /** What stands here may sleep (an allocation, a copy from user space): a finding in atomic context. Not a step. */
  mightSleep(site: string = NO_SITE): void {
    if (this.mayNotSleep)
      this.checkMaySleep(`${this.taskNames[this.current]} may sleep${site ? ` in ${site}` : ""}`, site);
  }

  /**
   * What stands here may have to wait for whatever the pseudo-lock `name` stands for: an allocation that may start
   * reclaim, which takes locks of its own. Only the order of locks looks at it. Not a step.
   */
  mayEnter(name: string, site: string = NO_SITE): void {
    this.asks(this.asking.pseudoWord(name), true, 0, false, site);
  }
  /** The code from here to `leavePseudo` is what `mayEnter(name)` may have to wait for. Not a step. */
  enterPseudo(name: string, site: string = NO_SITE): void {
    const word = this.asking.pseudoWord(name);
    this.asks(word, true, 0, false, site);
    if (this.exploring) this.held.take(this.creator, word, true, 0, 0);
  }
  leavePseudo(name: string): void {
    if (this.exploring && !this.held.drop(this.creator, this.asking.pseudoWord(name), true, 0)) {
      throw new ProtocolError(`leavePseudo("${name}") without enterPseudo`);
    }
  }
}
