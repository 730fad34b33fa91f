/**
 * Steps on atomics and flags: see `machine.ts`.
 */
import { Execution, NO_SITE } from "./execution.ts";
import { type Atomic, type AtomicRef, type Flags, type Lock } from "./fields.ts";
import {
  ADD,
  AWAIT,
  CAS,
  DEC_AND_TEST,
  EXCHANGE,
  INC_NOT_ZERO,
  LOAD_ACQUIRE,
  READ,
  READ_ALL,
  RMW,
  STORE,
  STORE_RELEASE,
  WRITE,
} from "./kind.ts";
import { ProtocolError, type Suspend } from "./protocol.ts";
import type { Row } from "./slab.ts";

/** The part of `Machine` that speaks of atomics and flags. */
export abstract class AtomicSteps extends Execution {
  /** Announces a step of any kind that takes one object. The named forms below read better. */
  step(kind: number, object: Lock | Atomic, operand = 0, site: string = NO_SITE): Suspend {
    if (kind === AWAIT) throw new ProtocolError("an await needs its condition: k.await(condition, cells)");
    return this.announce(kind, object.word, operand, site);
  }
  /** Atomic read (READ_ONCE and kin): orders nothing. `result` is the value. */
  read(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(READ, cell.word, 0, site);
  }
  /** Atomic write (WRITE_ONCE, set_bit): orders nothing. The plain code writes. */
  write(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(WRITE, cell.word, 0, site);
  }
  /** As `write`, with the machine writing (WRITE_ONCE): one line where the value is known. */
  writeOnce(cell: Atomic | AtomicRef<Row>, value: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, cell.word, value, site);
  }
  /** Atomic read-modify-write whose old value is looked at; fully ordered. The plain code reads and writes. */
  rmw(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(RMW, cell.word, 0, site);
  }
  /** Sets the value and reports the old one in `result` (xchg, test_and_set_bit); fully ordered. */
  exchange(cell: Atomic | AtomicRef<Row>, value: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, cell.word, value, site);
  }
  /** Adds without looking (atomic_inc, atomic_add). The machine applies it. Two of them commute. */
  add(cell: Atomic, amount: number, site: string = NO_SITE): Suspend {
    return this.announce(ADD, cell.word, amount, site);
  }
  /** Compare and exchange: `result` is 1 when the value was `expected`; the plain code then writes. */
  cas(cell: Atomic | AtomicRef<Row>, expected: number, site: string = NO_SITE): Suspend {
    return this.announce(CAS, cell.word, expected, site);
  }
  /** Load that takes over what a matching store released. */
  loadAcquire(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(LOAD_ACQUIRE, cell.word, 0, site);
  }
  /** Store that hands over everything done before it. The plain code writes. */
  storeRelease(cell: Atomic | AtomicRef<Row>, site: string = NO_SITE): Suspend {
    return this.announce(STORE_RELEASE, cell.word, 0, site);
  }
  /** Drops a reference: `result` is 1 when it was the last. The machine applies it. */
  decAndTest(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(DEC_AND_TEST, cell.word, 0, site);
  }
  /** Takes a reference unless there is none left: `result` is 1 when it did. The machine applies it. */
  incNotZero(cell: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(INC_NOT_ZERO, cell.word, 0, site);
  }

  /** First value of an atomic in a row nobody else knows yet (atomic_set before publishing). Not a step. */
  init(cell: Atomic | AtomicRef<Row>, value: number): void {
    this.initialise(cell.word, value);
  }

  // =====================================================================================================
  // Flags: each bit is an object of its own

  /** Sets a bit (set_bit): orders nothing. */
  setBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit (clear_bit): orders nothing. */
  clearBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(STORE, flags.bit(bit).word, 0, site);
  }
  /** Reads a bit: `result` is 0 or 1. */
  testBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(READ, flags.bit(bit).word, 0, site);
  }
  /** Sets a bit and reports in `result` what it was (test_and_set_bit); fully ordered. */
  testAndSetBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, flags.bit(bit).word, 1, site);
  }
  /** Clears a bit and reports in `result` what it was (test_and_clear_bit); fully ordered. */
  testAndClearBit(flags: Flags, bit: number, site: string = NO_SITE): Suspend {
    return this.announce(EXCHANGE, flags.bit(bit).word, 0, site);
  }
  /** Reads the whole word: `result` is the mask of the bits that are set. Conflicts with a change of any bit. */
  readFlags(flags: Flags, site: string = NO_SITE): Suspend {
    return this.announceSeveral(READ_ALL, range(flags.word, flags.size), 0, site);
  }
  /** Reads several atomics in one step, as hardware may do: `result` is the mask of those that are not 0. */
  readTogether(cells: readonly Atomic[], site: string = NO_SITE): Suspend {
    const words = cells.map((cell) => cell.word);
    return this.announceSeveral(READ_ALL, words, 0, site);
  }
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
