/**
 * What the explorer is compared with: the same model as flat state machines, hand-written for it, under an optimal
 * search that knows there is one shared word. A trace is an order of the shared writes, so the search goes through those;
 * each execution runs its steps one by one, as a checker without snapshots has to.
 */

/** Runs every trace from the start; returns how many there were. */
export function flatSearch(tasks: number, steps: number, shared: number): number {
  const every = steps / shared;
  const position = new Int32Array(tasks);
  const own = new Float64Array(tasks);
  let x = 0;
  /** Takes one step of a task; true when it was a shared write. */
  const step = (t: number): boolean => {
    const i = ++position[t];
    if (i % every === 0) {
      x = t + 1;
      return true;
    }
    own[t] = i;
    return false;
  };
  const order: number[] = [];
  const left = new Int32Array(tasks).fill(shared);
  let traces = 0;
  const execute = (): void => {
    position.fill(0);
    for (const t of order) while (!step(t));
    if (x === 0) throw new Error("nothing was written");
    traces++;
  };
  const search = (): void => {
    if (order.length === tasks * shared) {
      execute();
      return;
    }
    for (let t = 0; t < tasks; t++) {
      if (left[t] === 0) continue;
      left[t]--;
      order.push(t);
      search();
      order.pop();
      left[t]++;
    }
  };
  search();
  return traces;
}
