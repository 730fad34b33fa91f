import {
  type Atomic,
  atomic,
  type Driver,
  type Lock,
  Machine,
  mutex,
  num,
  type Path,
  type Row,
  refcount,
  type Slab,
  slab,
} from "../../src/sched/index.ts";

// The example of src/sched/README.md, line by line; `readme.test.ts` compares and runs it.
export function example(print: (value: unknown) => void): void {
  // --- begin
  // What is shared is declared once: each field with what guards it.
  interface Account extends Row {
    balance: number;
    readonly lock: Lock;
    readonly users: Atomic;
    readonly closing: Atomic;
  }
  const accounts: Slab<Account> = slab<Account>("account", {
    balance: num("account.lock"),
    lock: mutex(),
    users: refcount(),
    closing: atomic(),
  });

  const k = new Machine();
  const account = k.alloc(accounts);
  account.balance = 100; // set-up is sequential code: nothing is announced to anybody
  k.init(account.users, 2);
  k.mark(); // every run starts from here

  // A path: each access to a lock or an atomic is announced, the plain code behind it runs alone.
  function* withdraw(amount: number): Path {
    if (k.lock(account.lock, "withdraw")) yield;
    account.balance -= amount;
    if (k.unlock(account.lock, "withdraw")) yield;
    yield* put();
  }
  function* put(): Path {
    if (k.decAndTest(account.users, "put")) yield;
    if (k.result === 1) if (k.free(account, "put")) yield;
  }
  function* peek(): Path {
    if (k.read(account.closing, "peek")) yield;
    print(account.balance); // without the lock, and without a reference
  }
  const specs = [
    { name: "A", run: () => withdraw(30) },
    { name: "B", run: () => withdraw(20) },
  ];

  // A driver picks among the enabled tasks, given as a bit mask. Here: by a written schedule.
  const follow = (schedule: string): Driver => {
    const letters = schedule.split("");
    return {
      pick: (_machine, enabled) => {
        const task = (letters.shift() ?? "").charCodeAt(0) - 65;
        return (enabled >> task) & 1 ? task : 31 - Math.clz32(enabled);
      },
      choose: () => 0,
    };
  };
  print(k.run(specs, follow("ABABABAB"), -1)); // → "done"
  print([k.findings.length, k.alive().length]); // → [0,0]

  // The same two with a third who keeps to no rule: one schedule shows a race, another a use after free.
  const three = [...specs, { name: "C", run: peek }];
  k.run(three, follow("AACAABBBB"), -1);
  print(k.findings.map((finding) => finding.code)); // → ["data-race","data-race","use-after-free"]
  k.run(three, follow("AAABBBBC"), -1);
  print(k.findings.map((finding) => finding.message)); // → ["account#1.closing is used by a read step after it was freed"]

  // The log says what happened, step by step; what leaves the machine is named without numbers of this machine.
  print(k.log.length); // → 8
  print([k.nameOf(account.lock.word), k.stableName(account.lock.word)]); // → ["account#1.lock","account#1+3"]
  // --- end
}
