/**
 * The order in which locks are taken, and what is wrong with it although nobody has got stuck yet.
 *
 * Whoever asks for lock b while holding lock a adds the edge a -> b. A cycle is a deadlock that only waits for the
 * right schedule. As in lockdep the nodes are lock *classes*: all locks of one field of one slab, told apart by a
 * subclass where code nests them on purpose (`k.lock(child.lock, site, 1)`). Three rules keep false alarms away:
 *
 *   - a trylock waits for nothing: it adds no edge, only what is taken behind it does
 *   - within one class the nodes are the locks themselves: nesting two of them is fine as long as *their* order
 *     has no cycle (lockdep would ask for a subclass)
 *   - a cycle all of whose edges were taken under one common lock cannot close (lockdep reports it)
 *
 * Readers do not shut each other out, so a lock that every edge of the cycle only reads closes nothing, unless
 * somebody also writes it: then a waiting writer stands between them. The same holds for one task that reads a lock
 * twice (a fair lock makes the second read wait behind the writer, who waits for the first).
 *
 * A pseudo-lock (`Machine.mayEnter`, `enterPseudo`) has a class and nothing else: what an allocation may have to
 * wait for, for example.
 *
 * All edges belong to one run and are cut back with its log. They are judged when the run is over, in an order of
 * their own: which circle is reported depends on what the tasks did, not on who did it first.
 */

/** A node: a lock class with subclass, or a lock within its class. */
type Node = number;

/** Somebody asked for `to` while holding `from`. */
export interface Edge {
  readonly from: Node;
  readonly to: Node;
  /** The lock held is only read; the lock asked for is only read. */
  readonly fromRead: boolean;
  readonly toRead: boolean;
  /** Words of the other locks held at the time. */
  readonly gates: readonly number[];
  readonly task: number;
  readonly site: string;
  readonly entry: number;
}

/** One edge of a cycle, for reports: who asked for `to` while holding `from`. */
export interface OrderStep {
  readonly task: number;
  readonly from: string;
  readonly to: string;
  readonly site: string;
  readonly entry: number;
}

/** Somebody asked for a node. */
export interface Asked {
  readonly node: Node;
  readonly task: number;
  readonly site: string;
  readonly entry: number;
}

/** Longest cycle looked for. */
const MAX_CYCLE = 8;

/** Edges of one run. */
export class LockOrder {
  readonly #numbers: Map<string, Node> = new Map();
  readonly #names: string[] = [];
  readonly #edges: Edge[] = [];
  readonly #from: Map<Node, Edge[]> = new Map();
  /** Nodes that were asked for in write mode, and locks that one task read twice. */
  readonly #writers: Asked[] = [];
  readonly #rereaders: Asked[] = [];
  /** What was there at the last cut. */
  #kept = 0;

  /** Number of a node. @param name stable name of the class, or of the lock */
  node(name: string): Node {
    let n = this.#numbers.get(name);
    if (n === undefined) {
      n = this.#names.length;
      this.#numbers.set(name, n);
      this.#names.push(name);
    }
    return n;
  }

  nameOf(node: Node): string {
    return this.#names[node];
  }

  /** Forgets what was seen behind the first `entries` log entries; -1 forgets everything. */
  cut(entries: number): void {
    while (this.#edges.length > 0 && this.#edges[this.#edges.length - 1].entry >= entries) {
      const edge = this.#edges.pop()!;
      this.#from.get(edge.from)!.pop();
    }
    for (const asked of [this.#writers, this.#rereaders]) {
      while (asked.length > 0 && asked[asked.length - 1].entry >= entries) asked.pop();
    }
    if (entries < 0) {
      this.#rereaders.length = 0;
      this.#edges.length = 0;
      this.#from.clear();
      this.#writers.length = 0;
    }
    this.#kept = this.#edges.length + this.#writers.length + this.#rereaders.length;
  }

  /** Somebody asks for the node in write mode. */
  writes(asked: Asked): void {
    remember(this.#writers, asked);
  }

  /** Somebody reads the lock who reads it already. */
  readsAgain(asked: Asked): void {
    remember(this.#rereaders, asked);
  }

  /** Adds an edge, unless the same task did the same before, guarded by no more than now. */
  add(edge: Edge): void {
    let known = this.#from.get(edge.from);
    if (known === undefined) {
      known = [];
      this.#from.set(edge.from, known);
    }
    for (const other of known) {
      if (
        other.to === edge.to &&
        other.task === edge.task &&
        other.fromRead === edge.fromRead &&
        other.toRead === edge.toRead &&
        other.gates.every((gate) => edge.gates.includes(gate))
      ) {
        return;
      }
    }
    this.#edges.push(edge);
    known.push(edge);
  }

  /** Has anything been added since the last cut? */
  get grown(): boolean {
    return this.#edges.length + this.#writers.length + this.#rereaders.length > this.#kept;
  }

  /** Every circle that can close, once each: from its node with the smallest name on. */
  cycles(): (readonly OrderStep[])[] {
    const found: (readonly OrderStep[])[] = [];
    const inCircles = this.#nodesInCircles();
    for (const node of inCircles) {
      const seen = new Set<string>();
      for (const edge of this.#sorted(node, inCircles)) this.#follow(node, [edge], seen, found, inCircles);
    }
    return found.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  }

  /** Nodes that have a way out and a way in among themselves: none where locks are taken in one order. */
  #nodesInCircles(): ReadonlySet<Node> {
    const left = new Set<Node>(this.#from.keys());
    for (let size = -1; size !== left.size; ) {
      size = left.size;
      const entered = new Set<Node>();
      for (const node of left) {
        const ways = this.#from.get(node)!.filter((edge) => left.has(edge.to));
        if (ways.length === 0) left.delete(node);
        for (const edge of ways) entered.add(edge.to);
      }
      for (const node of left) if (!entered.has(node)) left.delete(node);
    }
    return left;
  }

  #sorted(from: Node, inCircles: ReadonlySet<Node>): readonly Edge[] {
    const edges = this.#from.get(from)!.filter((edge) => inCircles.has(edge.to));
    return edges.sort((a, b) => (this.#text(a) < this.#text(b) ? -1 : 1));
  }

  #text(e: Edge): string {
    return `${this.#names[e.to]} ${e.task} ${e.site} ${e.fromRead} ${e.toRead} ${e.gates.join()}`;
  }

  #follow(
    first: Node,
    path: Edge[],
    seen: Set<string>,
    found: (readonly OrderStep[])[],
    inCircles: ReadonlySet<Node>,
  ): void {
    const last = path[path.length - 1];
    if (last.to === first) {
      const way = path.map((edge) => edge.from).join();
      if (seen.has(way) || !this.#closes(path)) return;
      seen.add(way);
      found.push(path.map((edge) => this.#tell(edge)));
      return;
    }
    if (path.length >= MAX_CYCLE || this.#names[last.to] < this.#names[first]) return;
    for (const next of this.#sorted(last.to, inCircles)) {
      if (path.some((edge) => edge.from === next.from)) continue;
      path.push(next);
      this.#follow(first, path, seen, found, inCircles);
      path.pop();
    }
  }

  #tell(edge: Edge): OrderStep {
    return {
      task: edge.task,
      from: this.#names[edge.from],
      to: this.#names[edge.to],
      site: edge.site,
      entry: edge.entry,
    };
  }

  /** Who reads a lock twice that another task writes, once per lock and reader. */
  recursiveReads(): { readonly reader: Asked; readonly writer: Asked }[] {
    const found: { readonly reader: Asked; readonly writer: Asked }[] = [];
    for (const reader of this.#rereaders) {
      const writers = this.#writers.filter(
        (asked) => asked.node === reader.node && asked.task !== reader.task,
      );
      if (writers.length > 0)
        found.push({ reader, writer: writers.reduce((a, b) => (a.task < b.task ? a : b)) });
    }
    const key = (f: { readonly reader: Asked }): string => `${this.#names[f.reader.node]} ${f.reader.task}`;
    return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  #closes(path: readonly Edge[]): boolean {
    for (let i = 0; i < path.length; i++) {
      const edge = path[i];
      const next = path[(i + 1) % path.length];
      if (edge.toRead && next.fromRead && !this.#writers.some((w) => w.node === edge.to)) return false;
    }
    const [first, ...rest] = path;
    return !first.gates.some((gate) => rest.length > 0 && rest.every((edge) => edge.gates.includes(gate)));
  }
}

function remember(list: Asked[], asked: Asked): void {
  if (!list.some((other) => other.node === asked.node && other.task === asked.task)) list.push(asked);
}

function text(cycle: readonly OrderStep[]): string {
  return cycle.map((step) => `${step.from} ${step.task}`).join();
}
