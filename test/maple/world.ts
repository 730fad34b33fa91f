/** The vocabulary of these tests: a tree and its oracle side by side, allocators that count and refuse. */
import { MAX_INDEX, MapleTree, type MapleTreeOptions, type NodeAllocator } from "../../src/maple/index.ts";
import { dice, Oracle, type Piece } from "./oracle.ts";

export { dice, Oracle };

/** Mutation runs repeat the tests thousands of times and ask for shorter ones. */
export const QUICK: boolean = process.env["MAPLE_QUICK"] !== undefined;

/** Counts nodes; refuses the calls that `refuse` names. */
export class Counter implements NodeAllocator {
  /** Nodes handed out and not given back. */
  out = 0;
  /** Every request, in order. */
  requests: number[] = [];
  refuse: (call: number) => boolean = () => false;

  allocate(count: number): boolean {
    this.requests.push(count);
    if (this.refuse(this.requests.length - 1)) return false;
    this.out += count;
    return true;
  }

  release(count: number): void {
    if (!(count > 0 && count <= this.out)) throw new Error(`${count} of ${this.out} nodes given back`);
    this.out -= count;
  }
}

/** A tree, a sorted array that must always say the same, and the checks of both. */
export class Pair {
  readonly oracle: Oracle<unknown> = new Oracle();
  readonly counter: Counter = new Counter();
  readonly tree: MapleTree<unknown>;

  constructor(options: MapleTreeOptions = {}) {
    this.tree = new MapleTree<unknown>({ allocator: this.counter, ...options });
  }

  store(first: number, last: number, value: unknown): void {
    if (!this.tree.store(first, last, value)) throw new Error("refused");
    this.oracle.store(first, last, value);
    this.check();
  }

  erase(index: number): void {
    const piece = this.oracle.at(index);
    const erased = this.tree.erase(index);
    if (erased !== piece?.value) throw new Error(`erase(${index}): ${String(erased)}`);
    if (piece !== undefined) this.oracle.store(piece.first, piece.last, undefined);
    this.check();
  }

  check(): void {
    this.tree.validate();
    if (this.counter.out !== this.tree.nodes && this.counter.requests.length > 0) {
      throw new Error(`the allocator has ${this.counter.out} nodes out, the tree has ${this.tree.nodes}`);
    }
    if (this.tree.size !== this.oracle.pieces.length) {
      throw new Error(`size ${this.tree.size}, oracle ${this.oracle.pieces.length}`);
    }
  }

  /** Compares everything that can be read. */
  compare(): void {
    same([...this.tree.entries()], this.oracle.pieces);
  }
}

export function same(entries: readonly [number, number, unknown][], pieces: readonly Piece<unknown>[]): void {
  if (entries.length !== pieces.length) throw new Error(`${entries.length} entries, oracle ${pieces.length}`);
  entries.forEach(([first, last, value], i) => {
    const piece = pieces[i]!;
    if (first !== piece.first || last !== piece.last || value !== piece.value) {
      throw new Error(`entry ${i}: [${first}, ${last}], oracle [${piece.first}, ${piece.last}]`);
    }
  });
}

/** How a random program picks its ranges. */
export interface Geometry {
  name: string;
  /** Indices used. */
  space: number;
  /** Longest range, mostly. */
  length: number;
  rcu?: boolean;
  estimate?: "room" | "height" | "always";
  snapshots?: boolean;
}

/** Runs a random program on a pair, comparing after every step. */
export function runProgram(geometry: Geometry, seed: number, steps: number): void {
  const random = dice(seed);
  const { space, length } = geometry;
  const options: MapleTreeOptions = { rcu: geometry.rcu ?? false, estimate: geometry.estimate ?? "room" };
  const pair = new Pair(options);
  const { tree, oracle } = pair;
  const anyIndex = (): number =>
    space === MAX_INDEX ? random(2 ** 32) * 2 ** 21 + random(2 ** 21) : random(space);
  const anyPiece = (): Piece<unknown> | undefined => oracle.pieces[random(Math.max(1, oracle.pieces.length))];
  let snapshot: ReturnType<typeof tree.snapshot> | undefined;
  let kept: Piece<unknown>[] = [];
  let fresh = 0;
  for (let step = 0; step < steps; step++) {
    try {
      let first = anyIndex();
      let last = Math.min(MAX_INDEX, first + random(length));
      const piece = anyPiece();
      const other = anyPiece();
      switch (random(40)) {
        case 0:
          first = 0;
          break;
        case 1:
          last = MAX_INDEX;
          break;
        case 2:
        case 3:
          if (piece !== undefined) ({ first, last } = piece);
          break;
        case 4:
          if (piece !== undefined && other !== undefined) {
            first = Math.min(piece.first, other.first);
            last = Math.max(piece.last, other.last);
          }
          break;
        case 5:
          // Touches a range from the left.
          if (piece !== undefined && piece.first > 0) {
            last = piece.first - 1;
            first = Math.max(0, last - random(length));
          }
          break;
        default:
      }
      // Grows, stays, shrinks, in turns.
      const erasing = random(10) < [2, 5, 8][Math.floor(step / 400) % 3]!;
      const value = erasing ? undefined : random(2) === 0 ? ++fresh : { fresh: ++fresh };
      const way = random(4);
      if (erasing && way === 0) pair.erase(first);
      else if (way === 1) {
        const prepared = tree.prepareStore(first, last, value)!;
        tree.commitStore(prepared);
        oracle.store(first, last, value);
        pair.check();
      } else pair.store(first, last, value);
      if (geometry.snapshots === true) {
        if (random(40) === 0) {
          if (snapshot !== undefined) tree.forget(snapshot);
          snapshot = tree.snapshot();
          kept = oracle.pieces.map((p) => ({ ...p }));
        } else if (snapshot !== undefined && random(50) === 0) {
          tree.restore(snapshot);
          oracle.pieces = kept.map((p) => ({ ...p }));
          pair.counter.out = tree.nodes;
          pair.check();
        }
      }
      const index = anyIndex();
      if (tree.load(index) !== oracle.load(index)) throw new Error(`load(${index})`);
      const found = tree.find(index);
      if (found?.first !== oracle.find(index)?.first) throw new Error(`find(${index})`);
      const size = 1 + random(2 * length);
      const low = anyIndex();
      const high = Math.min(MAX_INDEX, low + random(20 * length));
      if (tree.emptyArea(low, high, size) !== oracle.lowestGap(low, high, size)) {
        throw new Error(`emptyArea(${low}, ${high}, ${size})`);
      }
      if (tree.emptyAreaRev(low, high, size) !== oracle.highestGap(low, high, size)) {
        throw new Error(`emptyAreaRev(${low}, ${high}, ${size})`);
      }
      if (step % 16 === 0) pair.compare();
    } catch (error) {
      throw new Error(`${geometry.name}, seed ${seed}, step ${step}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
