/**
 * A lock-free stack (Treiber 1986) whose nodes are used again, and the ABA problem.
 *
 *     pop:  top = head; next = top.next;  CAS head: top -> next
 *
 * Between the reads and the compare-and-swap another task may pop `top` and more, and push `top` back: head is what it was,
 * `next` is not. The cure counts every change of head in the same word.
 *
 *     npx interleaf check examples/checker/treiber-stack.ts#naive       fails
 *     npx interleaf check examples/checker/treiber-stack.ts#counted     holds
 */
import type { Program } from "interleaf/check";
import { type Atomic, atomic, type Machine, type Path, type Row, slab } from "interleaf/sched";

interface Head extends Row {
  /** Number of the top node, 0 for none; with the cure plus NODES times the number of changes. */
  readonly top: Atomic;
}
interface Node extends Row {
  readonly next: Atomic;
  /** 1 while a task has it. */
  readonly taken: Atomic;
}
const heads = slab<Head>("head", { top: atomic() });
const nodes = slab<Node>("node", { next: atomic(), taken: atomic() });

interface Stack {
  readonly head: Head;
  /** By number, from 1. */
  readonly nodes: readonly Node[];
  readonly counts: boolean;
}
const NODES = 8;

// What head becomes: the new top, and with the cure one change more.
const changed = (stack: Stack, before: number, top: number): number =>
  stack.counts ? (Math.floor(before / NODES) + 1) * NODES + top : top;

function* pop(k: Machine, stack: Stack): Path<number> {
  for (;;) {
    if (k.loadAcquire(stack.head.top, "pop")) yield;
    const before = stack.head.top.value;
    const top = before % NODES;
    if (top === 0) return 0;
    const node = stack.nodes[top - 1];
    if (k.read(node.next, "pop")) yield;
    const next = node.next.value;
    if (k.cas(stack.head.top, before, "pop")) yield;
    if (k.result !== 1) continue;
    stack.head.top.value = changed(stack, before, next);
    if (k.rmw(node.taken, "pop")) yield;
    k.assert(node.taken.value === 0, `node ${top} is given to two tasks`);
    node.taken.value = 1;
    return top;
  }
}

function* push(k: Machine, stack: Stack, top: number): Path {
  const node = stack.nodes[top - 1];
  if (k.write(node.taken, "push")) yield;
  node.taken.value = 0;
  for (;;) {
    if (k.loadAcquire(stack.head.top, "push")) yield;
    const before = stack.head.top.value;
    if (k.write(node.next, "push")) yield;
    node.next.value = before % NODES;
    if (k.cas(stack.head.top, before, "push")) yield;
    if (k.result !== 1) continue;
    stack.head.top.value = changed(stack, before, top);
    return;
  }
}

const program = (name: string, counts: boolean): Program<Stack> => ({
  name,
  setup: (k) => {
    const stack = { head: k.alloc(heads), nodes: [1, 2].map(() => k.alloc(nodes)), counts };
    k.init(stack.nodes[0].next, 2);
    k.init(stack.head.top, 1); // 1 -> 2
    return stack;
  },
  tasks: (k, stack) => [
    {
      name: "A",
      *run() {
        yield* pop(k, stack);
        yield* pop(k, stack);
      },
    },
    {
      name: "B",
      *run() {
        const first = yield* pop(k, stack);
        yield* pop(k, stack);
        if (first !== 0) yield* push(k, stack, first);
      },
    },
  ],
});

export const naive: Program<Stack> = program("naive stack", false);
export const counted: Program<Stack> = program("counted stack", true);
