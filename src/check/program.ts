/**
 * A program under test: shared state, tasks, and what must hold when all is over.
 *
 *     const program: Program<Account> = {
 *       name: "two withdrawals",
 *       setup: (k) => k.alloc(accounts),
 *       tasks: (k, account) => [
 *         { name: "A", run: () => withdraw(k, account) },
 *         { name: "B", run: () => withdraw(k, account) },
 *       ],
 *     };
 */
import type { Machine, TaskSpec } from "../sched/index.ts";

/** What an explorer runs. Everything it does may depend only on the machine it is given. */
export interface Program<S = unknown, M extends Machine = Machine> {
  readonly name: string;
  /** A fresh machine; `new Machine()` when left out. */
  machine?(): M;
  /** Builds the shared state, sequentially. Runs once; each execution starts from what it leaves. */
  setup(machine: M): S;
  /** The tasks. Called once; `run` of each is called for every execution and may keep nothing from one to the next. */
  tasks(machine: M, state: S): readonly TaskSpec[];
  /**
   * Runs sequentially after each execution in which every task came to its end and none was ended by a finding:
   * tear down what is left, state what must hold (`machine.note`, `machine.assert`).
   */
  after?(machine: M, state: S): void;
  /** Rows still allocated after `after` are leaks. */
  readonly leaks?: boolean;
  /** Names that `machine.witness` must have seen, or a clean exploration is vacuous. */
  readonly witnesses?: readonly string[];
  /** Messages of `machine.assert` that some execution must reach: coverage warns of those that none did. */
  readonly assertions?: readonly string[];
}
