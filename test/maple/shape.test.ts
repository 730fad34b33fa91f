/**
 * The shape of trees, pinned: which node holds what after each step of a few long programs, and what was asked of the
 * allocator. The tree agrees with what was recorded on a live kernel (kernel.test.ts); whoever changes a number here has
 * changed that, or has to show that the kernel does the same.
 */
import { expect, it } from "vitest";
import { type Estimate, MAX_INDEX, MapleTree, ZERO_ENTRY } from "../../src/maple/index.ts";
import { Counter, dice } from "./world.ts";

/** FNV-1a over the characters of a text, 32 bits. */
function hash(text: string, start: number): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

interface Program {
  readonly seed: number;
  /** Stores lie in [0, space) and are at most `width` long; of `of` steps, about one is an erase. */
  readonly space: number;
  readonly width: number;
  readonly of: number;
  /** Of so many stores one reaches far. */
  readonly rare: number;
  readonly steps: number;
  /** Looks at the tree every so many steps. */
  readonly every: number;
  readonly rcu: boolean;
  readonly estimate: Estimate;
}

function shapeOf({ seed, space, width, of, rare, steps, every, rcu, estimate }: Program): string {
  const roll = dice(seed);
  const counter = new Counter();
  const tree = new MapleTree<unknown>({ rcu, estimate, allocator: counter });
  let h = 0x811c9dc5;
  let highest = 0;
  for (let k = 0; k < steps; k++) {
    const first = roll(space);
    if (roll(of) === 0) tree.erase(first);
    else {
      const reach = roll(rare) === 0 ? space >> roll(5) : width;
      const last = roll(10 * rare) === 0 ? MAX_INDEX : first + roll(reach);
      const kind = roll(10);
      tree.store(first, last, kind < 3 ? undefined : kind === 3 ? ZERO_ENTRY : k);
    }
    if (k % every === 0) {
      h = hash(tree.toString().replaceAll(/(leaf|inner) \d+/g, "$1"), h);
      h = hash(`${tree.size} ${tree.nodes} ${counter.requests.join()} ${counter.out}`, h);
      counter.requests.length = 0;
    }
    highest = Math.max(highest, tree.height);
  }
  tree.validate();
  return `${highest} ${h.toString(16)}`;
}

const small = { space: 120, width: 6, of: 4, rare: 30, steps: 400, every: 1 };
const middle = { space: 2000, width: 8, of: 5, rare: 60, steps: 1500, every: 6 };
const large = { space: 60_000, width: 20, of: 6, rare: 800, steps: 6000, every: 100 };
const PINNED: [Program, string][] = [
  [{ seed: 1, ...small, rcu: false, estimate: "room" }, "2 14f7f2de"],
  [{ seed: 2, ...small, rcu: true, estimate: "height" }, "2 3b829802"],
  [{ seed: 3, ...small, of: 2, rcu: false, estimate: "always" }, "2 339b2530"],
  [{ seed: 4, ...middle, rcu: false, estimate: "room" }, "3 9de546c3"],
  [{ seed: 5, ...middle, rcu: true, estimate: "room" }, "3 77188946"],
  [{ seed: 6, ...middle, of: 2, rcu: false, estimate: "height" }, "3 472dd805"],
  [{ seed: 7, ...large, rcu: false, estimate: "room" }, "4 c2e70248"],
  [{ seed: 8, ...large, width: 4, rcu: true, estimate: "height" }, "4 21da5181"],
];

for (const [program, shape] of PINNED) {
  const { seed, space, rcu, estimate } = program;
  it(`program ${seed}: ${space} indices, rcu ${rcu}, estimate ${estimate}`, () => {
    expect(shapeOf(program)).toBe(shape);
  });
}
