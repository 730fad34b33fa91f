/** Mutants of the explorer: `from` stands exactly once in `file`. `why` explains a survivor. */
const DPOR = "src/check/dpor.ts";
const PLAN = "src/check/plan.ts";
const RACES = "src/check/races.ts";
const STEP = "src/check/racing-step.ts";
const WAKEUP = "src/check/wakeup.ts";
const ORDER = "src/check/order.ts";
const KIND = "src/sched/kind.ts";
const PARTITION = "src/check/partition.ts";
const BOUNDED = "src/check/bounded.ts";

/** The dependency rule without one pair of classes: 1 reads, 2 writes, 3 is a write trylock that failed, 4 adds. */
const PAIRS = [
  ["a write and a write", 2, 2],
  ["a read and a write", 1, 2],
  ["a failed write trylock and a write", 3, 2],
  ["an addition and a write", 4, 2],
  ["a read and a failed write trylock", 1, 3],
  ["a read and an addition", 1, 4],
];

export const MUTANTS = [
  ...PAIRS.map(([name, a, b]) => ({
    name: `${name} happen in any order`,
    file: ORDER,
    from: "if (own === W || own !== other) {",
    to: `if ((own === W || own !== other) && !(own + other === ${a + b} && own * other === ${a * b})) {`,
  })),
  ...PAIRS.map(([name, a, b]) => ({
    name: `${name} do not race`,
    file: RACES,
    from: "return other === W || other !== accessClass;",
    to: `return (other === W || other !== accessClass) && !(other + accessClass === ${a + b} && other * accessClass === ${a * b});`,
  })),
  {
    name: "a task that waits for ever is lost: the first",
    file: RACES,
    from: "    for (let t = 0; t < machine.tasks; t++) {\n      if (machine.pendingKind[t] !== NONE && !machine.isEnabled(t)) {",
    to: "    for (let t = 1; t < machine.tasks; t++) {\n      if (machine.pendingKind[t] !== NONE && !machine.isEnabled(t)) {",
  },
  {
    name: "a killable lock waits although there is a signal",
    file: "src/sched/execution.ts",
    from: "return nums[this.pendingObject[at]] === 0 || nums[this.pendingObject[at + 1]] !== 0;",
    to: "return nums[this.pendingObject[at]] === 0;",
  },
  {
    name: "a plan goes behind every outcome, whatever the budget",
    file: PLAN,
    from: "if (faults > left) continue; // there is no budget for it and v",
    to: "",
  },
  {
    name: "faults on the way down a tree are forgotten",
    file: PLAN,
    from: "} else passed += faultsOf(child.step);",
    to: "}",
    why: "a step that commutes with the plan and has outcomes is one of the same run, which kept within the budget",
  },
  {
    name: "faults of an outcome are forgotten behind it",
    file: PLAN,
    from: "this.#insert(child.children, NO_STEPS, passed + faults);",
    to: "this.#insert(child.children, NO_STEPS, passed);",
  },
  {
    name: "parts begin with nobody asleep",
    file: PARTITION,
    from: 'if (met.kind === "end" || steps === this.#depth) this.#add(asleep, path.length);',
    to: 'if (met.kind === "end" || steps === this.#depth) this.#add([], path.length);',
  },
  {
    name: "sleepers are not woken while parts are cut",
    file: PARTITION,
    from: "if (at >= 0 && (log.accessClass[j] === W || log.accessClass[j] !== s.classes[at])) return false;",
    to: "",
  },
  {
    name: "a resumed search has forgotten what sleeps",
    file: DPOR,
    from: "node.sleep = sleep.length === 0 ? NO_STEPS : sleep.map((step) => bindings.step(step));",
    to: "node.sleep = NO_STEPS;",
  },
  {
    name: "a resumed search has forgotten its plans",
    file: DPOR,
    from: "node.children = children.length === 0 ? NO_CHILDREN : children.map((child) => bindings.branch(child));",
    to: "node.children = NO_CHILDREN;",
  },
  {
    name: "a known place is known however dear it was",
    file: BOUNDED,
    from: "if (known !== undefined && known <= used) {",
    to: "if (known !== undefined) {",
  },
  {
    name: "a place is known whoever may go on for free",
    file: BOUNDED,
    from: "const key = `${this.order.keyAt(i).join()},${last}`;",
    to: "const key = `${this.order.keyAt(i).join()}`;",
  },
  {
    name: "switching away from a task that waits costs, too",
    file: BOUNDED,
    from: "if ((enabled & (1 << task)) !== 0) last = task;",
    to: "last = task;",
  },
  { name: "two reads conflict", file: KIND, from: "return a === W || a !== b;", to: "return true;" },
  {
    name: "a failed write trylock only reads",
    file: KIND,
    from: "case WRITE_TRYLOCK:\n      return value === 0 ? W : X;",
    to: "case WRITE_TRYLOCK:\n      return value === 0 ? W : R;",
  },
  {
    name: "an interrupted write lock only reads",
    file: KIND,
    from: "case WRITE_LOCK_KILLABLE:\n      return value === 0 ? W : X;",
    to: "case WRITE_LOCK_KILLABLE:\n      return value === 0 ? W : R;",
  },
  {
    name: "a failed trylock writes",
    file: KIND,
    from: "case TRYLOCK:\n      return value === 0 ? W : R;",
    to: "case TRYLOCK:\n      return W;",
  },
  {
    name: "a failed compare-and-swap writes",
    file: KIND,
    from: "case CAS:\n      return value === operand ? W : R;",
    to: "case CAS:\n      return W;",
  },
  {
    name: "adds are reads",
    file: KIND,
    from: "case ADD:\n    case COMPLETE:\n    case WAKE:\n      return A;",
    to: "case ADD:\n    case COMPLETE:\n    case WAKE:\n      return R;",
  },
  {
    name: "sleeping steps never wake",
    file: DPOR,
    from: "if (s.task === task || this.#conflictsWithEntry(s, executed)) continue;",
    to: "if (s.task === task) continue;",
  },
  {
    name: "sleeping steps wake at once",
    file: DPOR,
    from: "if (s.task === task || this.#conflictsWithEntry(s, executed)) continue;",
    to: "continue;",
  },
  {
    name: "steps that wait for ever do not race",
    file: RACES,
    from: "if (machine.pendingKind[t] !== NONE && !machine.isEnabled(t)) {",
    to: "if (machine.pendingKind[t] === -1) {",
  },
  {
    name: "races do not look through unlock",
    file: RACES,
    from: "const blocking = canBlock(this.#step.kind);",
    to: "const blocking = false;",
  },
  {
    name: "no joint absence of several steps",
    file: RACES,
    from: "if (this.#hindering.length > 1) this.#findSets([], 0);",
    to: "",
  },
  {
    name: "no joint absence of several holders",
    file: RACES,
    from: "if (set.length > 1 && this.#step.enabledWithoutGone()) this.#sets.push(set);",
    to: "",
  },
  {
    name: "what happens before a race is a race, too",
    file: RACES,
    from: "        this.#step.join(covered, e);\n",
    to: "",
  },
  {
    name: "program order is no order for races",
    file: RACES,
    from: "for (let t = 0; t < stride; t++) covered[t] = this.#step.base[t];",
    to: "for (let t = 0; t < stride; t++) covered[t] = 0;",
  },
  {
    name: "a sleeping step never makes a plan redundant",
    file: PLAN,
    from: "if (relation === FIRST || (relation === COMMUTES && !s.foreign)) return;",
    to: "",
  },
  {
    name: "a foreign sleeper counts like an own one",
    file: PLAN,
    from: "if (relation === FIRST || (relation === COMMUTES && !s.foreign)) return;",
    to: "if (relation === FIRST || relation === COMMUTES) return;",
  },
  {
    name: "classes are not worked out anew after the reversal",
    file: PLAN,
    from: "if (mayChangeClass(this.#step.kind)) classes[0]",
    to: "if (this.#step.kind < 0) classes[0]",
  },
  {
    name: "what depends on the race stays in the plan",
    file: PLAN,
    from: "log.nth[f] <= this.#removed[log.task[f]] || this.#step.isGone(f))",
    to: "log.nth[f] <= this.#removed[log.task[f]])",
  },
  {
    name: "a leaf of the tree is extended",
    file: PLAN,
    from: "if (child.children.length === 0) return; // a leaf",
    to: "if (child.children.length < 0) return; // a leaf",
  },
  {
    name: "only the first child of a tree is looked at",
    file: PLAN,
    from: "if (relation === APART) continue;",
    to: "if (relation === APART) break;",
  },
  {
    name: "an explored step is not put to sleep",
    file: DPOR,
    from: "node.sleep = node.sleep.length === 0 ? [copy] : [...node.sleep, copy];",
    to: "node.copy = copy;",
  },
  {
    name: "planned choices branch again",
    file: DPOR,
    from: "      return planned[n];\n",
    to: "      node.free = true;\n      return planned[n];\n",
  },
  {
    name: "outcomes are no part of a step",
    file: PLAN,
    from: "return i >= log.length || log.kind[i] !== CHOICE;\n",
    to: "return true;\n",
    why: "a step whose choices so far fell alike makes the same number of them: a longer list does not begin with a complete one",
  },
  {
    name: "a choice of another world leads to the plan, too",
    file: PLAN,
    from: "if (s.outcomes !== null) return this.#hasOutcomes(f, s.outcomes) ? COMMUTES : APART;",
    to: "if (s.outcomes !== null) return COMMUTES;",
    why: "who sleeps with one outcome was tried with all that the budget allows, at its own node: a plan with another outcome is covered as well; a step that was tried elsewhere counts for nothing here. 30,000 random programs have no trace less (seeds from 1,000,000)",
  },
  {
    name: "one outcome asleep is all outcomes asleep",
    file: WAKEUP,
    from: "const allowed = faults > 0 ? count : 1;",
    to: "const allowed = 1;",
    why: "the outcomes of a step are tried one behind the other at its own node: where the first sleeps, those that the budget allows do",
  },
  {
    name: "the fault budget is per choice",
    file: WAKEUP,
    from: "if (!coverAll(steps, outcome === 0 ? faults : faults - 1, [...prefix, outcome])) return false;",
    to: "if (!coverAll(steps, faults, [...prefix, outcome])) return false;",
  },
  {
    name: "happens-before ends at a read",
    file: ORDER,
    from: "if (other === W) break; // what is older happens before it",
    to: "break;",
  },
  {
    name: "adds happen before each other",
    file: ORDER,
    from: "if (own === W || own !== other) {",
    to: "if (own === W || own !== other || own === 4) {",
  },
  {
    name: "the newest write is left out of an object's value",
    file: STEP,
    from: "if (log.accessClass[j] === W) return next + added;",
    to: "if (log.accessClass[j] === W) return added;",
  },
  {
    name: "commuting steps are left out of an object's value",
    file: STEP,
    from: "added += next - log.before[j];",
    to: "",
  },
  {
    name: "the life mark of a row is no object",
    file: STEP,
    from: "if (life >= 0 && this.at(life) < 0) this.#addObject(life, R);",
    to: "",
    why: "taking back a free never enables a step that waits for a lock; and a run in which the row is freed first has planned what a sleeping free would hide",
  },
  {
    name: "only the first object of a step conflicts",
    file: DPOR,
    from: "for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {\n      const object = log.object[j];",
    to: "for (let j = log.firstAccess[entry]; j < log.firstAccess[entry] + 1; j++) {\n      const object = log.object[j];",
  },
];
