/**
 * Names that many objects share: what matters about an object is mostly which field of what it is.
 */

/** `entry#A.3.next[7]` -> `entry.next[]`. */
export function withoutInstance(name: string): string {
  return name.replace(/#[^\s[]*?\d+(?=$|[.[+])/, "").replace(/\[\d+\]/g, "[]");
}

/** The same, but rows that were given a name of their own keep it: `cell[2].lock`. */
export function withoutSerial(name: string): string {
  return name.replace(/#[^\s[]*?\d+(?=$|[.[+])/, "").replace(/\[\d+\]$/, "[]");
}
