import { expect, test } from "vitest";
import { explore, type Program } from "../../src/check/index.ts";
import { type Lock, mutex, num, type Row, slab } from "../../src/sched/index.ts";

interface Account extends Row {
  balance: number;
  readonly lock: Lock;
}
const accounts = slab<Account>("account", { balance: num("account.lock"), lock: mutex() });

test("the example of the README says what the README says", () => {
  const transfer: Program<readonly [Account, Account]> = {
    name: "two transfers",
    setup: (k) => [k.alloc(accounts), k.alloc(accounts)],
    tasks: (k, [a, b]) =>
      [
        { name: "there", from: a, to: b },
        { name: "back", from: b, to: a },
      ].map(({ name, from, to }) => ({
        name,
        *run() {
          if (k.lock(from.lock, "transfer")) yield;
          if (k.lock(to.lock, "transfer")) yield;
          from.balance -= 1;
          to.balance += 1;
          if (k.unlock(to.lock, "transfer")) yield;
          if (k.unlock(from.lock, "transfer")) yield;
        },
      })),
  };
  const exploration = explore(transfer);
  while (exploration.slice(1000));
  const { verdict, executions, findings } = exploration.result();
  expect(verdict).toBe("fails");
  expect(executions).toBe(3);
  const deadlock = findings.find((found) => found.finding.code === "deadlock");
  expect(deadlock).toMatchObject({ switches: 1, steps: 2 });
});
