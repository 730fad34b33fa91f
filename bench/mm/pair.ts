/**
 * One mmap and one munmap on an address space of 1,000 areas: microseconds per pair, 10th percentile of short slices.
 *
 *     npx jiti bench/mm/pair.ts
 */
import { AddressSpace } from "../../src/mm/index.ts";

const AREAS = 1000;
const PAIRS = 200;
const SLICES = 2000;

const space = AddressSpace.boot();
for (let i = 0; i < AREAS; i++) {
  if (space.mmap(0x1000_0000_0000 + i * 16384, 4096, 1, 0x32) < 0) throw new Error("the areas do not fit");
}
const slices: number[] = [];
let sum = 0;
for (let slice = 0; slice < SLICES; slice++) {
  const from = process.hrtime.bigint();
  for (let i = 0; i < PAIRS; i++) {
    const at = space.mmap(0, 16384, 3, 0x22);
    sum += at;
    if (space.munmap(at, 16384) !== 0) throw new Error("munmap failed");
  }
  slices.push(Number(process.hrtime.bigint() - from) / PAIRS / 1000);
}
slices.sort((a, b) => a - b);
const at = (part: number): string => (slices[Math.floor(slices.length * part)] ?? 0).toFixed(2);
console.log(
  `mmap + munmap on ${AREAS} areas: ${at(0.1)} us per pair (median ${at(0.5)}), checksum ${sum % 997}`,
);
