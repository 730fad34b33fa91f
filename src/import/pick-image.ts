/**
 * Choosing one snapshot of a file that holds several.
 */

import type { Snapshot, SnapshotKind } from "./snapshot.ts";

/** Which snapshot is wanted; what is not told does not matter. */
export interface ImageWish {
  pid?: number;
  kind?: SnapshotKind;
}

/** One line per snapshot: `pid 8645 end, 119 areas, /usr/bin/redis-server (line 136)`. */
export function listImages(snapshots: readonly Snapshot[]): string[] {
  return snapshots.map(({ image, kind, line }) => {
    const who = image.pid === undefined ? "process without pid" : `pid ${image.pid}`;
    const count = image.areas.length === 1 ? "1 area" : `${image.areas.length} areas`;
    const program = image.program === undefined ? "" : `, ${image.program}`;
    return `${who}${kind === undefined ? "" : ` ${kind}`}, ${count}${program} (line ${line})`;
  });
}

/**
 * The snapshot that is wanted, or a message that lists what there is.
 *
 * Where several fit: the one with most areas, `start` snapshots only if there is no other (a process right after
 * exec has nothing of its own yet), the first in the file among equals.
 */
export function pickImage(
  snapshots: readonly Snapshot[],
  wish: ImageWish = {},
): { ok: true; snapshot: Snapshot } | { ok: false; message: string } {
  let best: Snapshot | undefined;
  for (const snapshot of snapshots) {
    if (wish.pid !== undefined && snapshot.image.pid !== wish.pid) continue;
    if (wish.kind !== undefined && snapshot.kind !== wish.kind) continue;
    if (best === undefined || better(snapshot, best)) best = snapshot;
  }
  if (best !== undefined) return { ok: true, snapshot: best };
  const wanted = [wish.pid === undefined ? "" : `pid ${wish.pid}`, wish.kind ?? ""].filter(
    (part) => part !== "",
  );
  const there = listImages(snapshots).map((line) => `\n  ${line}`);
  const what = wanted.length === 0 ? "at all" : `of ${wanted.join(" ")}`;
  return { ok: false, message: `there is no image ${what}; there is:${there.join("") || " nothing"}` };
}

function better(a: Snapshot, b: Snapshot): boolean {
  if ((a.kind === "start") !== (b.kind === "start")) return b.kind === "start";
  return a.image.areas.length > b.image.areas.length;
}
