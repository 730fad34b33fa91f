/**
 * What a fork of a process would meet in each design of fork: how many allocations could fail, and what one failing half-way
 * would leave for others to find. Not a formula: the model forks the image, once to count, and once more with one failure.
 *
 *     list       (to 6.0)   the child holds the areas that are finished
 *     bulk       (6.1)      the same
 *     dup        (6.8)      the child holds the parent's areas behind the marker
 *     dup, flags (6.14)     the same, and flags that say so
 *     teardown   (7.0)      nothing is left
 *
 * Each private area that can be written is taken to hold one written page (where smaps tells, those that hold any).
 */
import {
  describeDesigns,
  dupMm,
  dupMmap,
  type Image,
  Kernel,
  layOut,
  markerOf,
  newMm,
  PRESETS,
  plant,
} from "../mm/index.ts";

/** One design of fork. */
export interface ForkDesignCost {
  /** Kernel whose preset it is. */
  readonly kernel: string;
  readonly copy: string;
  readonly recovery: string;
  /** Allocations and charges of a fork that succeeds: each may fail. */
  readonly allocations: number;
  /** The same by site, most frequent first. */
  readonly sites: readonly { readonly site: string; readonly count: number }[];
  /** What the child's tree holds when copying the area in the middle fails and the lock is dropped. */
  readonly left: {
    /** Areas of the child's own. */
    readonly own: number;
    /** Areas of the parent: whoever follows one of these is in the wrong address space. */
    readonly stale: number;
    readonly marker: boolean;
  };
}

/** Oldest kernel of each design. */
const KERNELS = ["6.0", "6.6", "6.12", "6.18", "7.0"];

/** Of larger images only that many areas are forked. */
export const MOST_FORKED_AREAS = 2000;

/** Forks the image in each design. Areas behind the first `MOST_FORKED_AREAS` are left out. */
export function forkCosts(image: Image): ForkDesignCost[] {
  const areas = image.areas.slice(0, MOST_FORKED_AREAS);
  const planted = plant({ ...image, areas }, 1, false).areas;
  return KERNELS.map((kernel) => {
    const designs = PRESETS[kernel]!;
    const names = describeDesigns(designs);
    const counting = laidOut(kernel, planted);
    const sites = new Map<string, number>();
    let allocations = 0;
    let copies = 0;
    counting.k.sequentialChoice = (site) => {
      allocations++;
      sites.set(site, (sites.get(site) ?? 0) + 1);
      if (site.startsWith("vm_area_dup")) copies++;
      return 0;
    };
    runAll(dupMm(counting.k, counting.parent, "child"));

    const failing = laidOut(kernel, planted);
    let at = 0;
    const middle = Math.ceil(copies / 2);
    failing.k.sequentialChoice = (site) => (site.startsWith("vm_area_dup") && ++at === middle ? 1 : 0);
    const child = newMm(failing.k, "child");
    runAll(dupMmap(failing.k, child, failing.parent));
    const left = { own: 0, stale: 0, marker: false };
    for (let entry = child.tree.find(0); entry !== null; entry = child.tree.find(child.tree.foundEnd)) {
      if (entry === markerOf(failing.k)) left.marker = true;
      else if (entry.mm === child) left.own++;
      else left.stale++;
    }
    const bySite = [...sites].map(([site, count]) => ({ site, count })).sort((a, b) => b.count - a.count);
    const copy = names["fork.copy"]!;
    const recovery = names["fork.recovery"]!;
    return { kernel, copy, recovery, allocations, sites: bySite, left };
  });
}

function laidOut(
  kernel: string,
  areas: Parameters<typeof layOut>[2],
): { k: Kernel; parent: ReturnType<typeof layOut> } {
  const k = new Kernel(PRESETS[kernel]!, "any");
  k.naming = false;
  return { k, parent: layOut(k, "parent", areas) };
}

/** Runs a path to its end; nobody else is there. */
function runAll(path: Iterator<void, unknown, void>): void {
  while (path.next().done !== true);
}
