/** The worked example of src/check/README.md, as it stands there. */
import { explore } from "../../src/check/index.ts";
import {
  type Atomic,
  atomic,
  type Lock,
  type Machine,
  mutex,
  type Path,
  type Row,
  slab,
} from "../../src/sched/index.ts";

// biome-ignore format: as in the README
// --- begin
interface Account extends Row {
  readonly balance: Atomic;
  readonly lock: Lock;
}
const accounts = slab<Account>("account", { balance: atomic(), lock: mutex() });

function* withdraw(k: Machine, account: Account): Path {
  if (k.lock(account.lock, "look")) yield;
  if (k.read(account.balance, "look")) yield;
  const enough = account.balance.value >= 10;
  if (k.unlock(account.lock, "look")) yield;
  if (!enough) return;
  if (k.lock(account.lock, "withdraw")) yield;
  if (k.rmw(account.balance, "withdraw")) yield;
  account.balance.value -= 10;
  k.assert(account.balance.value >= 0, "the account is overdrawn");
  if (k.unlock(account.lock, "withdraw")) yield;
}
// --- end

export function example(show: (value: unknown) => void): void {
  // --- begin
  const exploration = explore({
    name: "two tellers",
    setup: (k) => {
      const account = k.alloc(accounts);
      k.init(account.balance, 10);
      return account;
    },
    tasks: (k, account) => [
      { name: "A", run: () => withdraw(k, account) },
      { name: "B", run: () => withdraw(k, account) },
    ],
  });
  while (exploration.slice(1000));
  const result = exploration.result();

  show(result.verdict); // → "fails"
  show(result.findings[0].finding.message); // → "the account is overdrawn"
  show(result.redundant); // → 0
  // --- end
}
