/** The nodes of a tree as plain data and as text. */

import { type Core, MAX_INDEX } from "./core.ts";

/** One node: where it stands, what its slots hold. */
export interface NodePicture {
  /** Unit of the arena; the same number `validate` names. */
  node: number;
  kind: "leaf" | "inner";
  min: number;
  max: number;
  /** Largest null run below. */
  gap: number;
  slots: SlotPicture[];
}

/** One slot of a node. */
export interface SlotPicture {
  first: number;
  last: number;
  /** Leaf: the entry, undefined for a null range. */
  value?: unknown;
  /** Inner node: the child. */
  child?: NodePicture;
}

/** The nodes from the root down; undefined while the tree has none. */
export function picture(t: Core): NodePicture | undefined {
  return t.height === 0 ? undefined : node(t, t.root, t.height - 1, 0);
}

function node(t: Core, n: number, levels: number, min: number): NodePicture {
  const { P, S, E } = t;
  const slots: SlotPicture[] = [];
  let first = min;
  for (let i = n << 4; i < (n << 4) + E[n]; i++) {
    const last = P[i];
    if (levels > 0) slots.push({ first, last, child: node(t, S[i], levels - 1, first) });
    else slots.push({ first, last, value: t.values.get(S[i]) });
    first = last + 1;
  }
  const gap = levels > 0 ? t.innerGap(n) : t.leafGap(n, min);
  return { node: n, kind: levels > 0 ? "inner" : "leaf", min, max: first - 1, gap, slots };
}

/** The picture as indented text. */
export function text(root: NodePicture | undefined): string {
  if (root === undefined) return "(no node)";
  const lines: string[] = [];
  const write = (p: NodePicture, indent: string): void => {
    lines.push(`${indent}${p.kind} ${p.node} [${p.min}, ${edge(p.max)}] gap ${edge(p.gap)}`);
    for (const slot of p.slots) {
      if (slot.child !== undefined) write(slot.child, `${indent}  `);
      else
        lines.push(
          `${indent}  ${slot.first}-${edge(slot.last)}: ${slot.value === undefined ? "-" : show(slot.value)}`,
        );
    }
  };
  write(root, "");
  return lines.join("\n");
}

function edge(n: number): string {
  return n >= MAX_INDEX ? "max" : String(n);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const { toString } = value as { toString?: unknown };
  if (toString !== undefined && toString !== Object.prototype.toString) return String(value);
  // An object that says nothing of itself, or one without a prototype, which `String` would refuse.
  return (value as object).constructor?.name ?? "object";
}
