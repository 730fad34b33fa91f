// One mmap and one munmap on an address space of 1,000 areas, on the built library: microseconds per pair, 10th percentile
// of short slices.
//
//     npm run build && node bench/mm/pair.mjs
import { AddressSpace } from "../../dist/mm/index.js";

const AREAS = 1000;
const PAIRS = 200;
const SLICES = 1000;

const space = AddressSpace.boot();
for (let i = 0; i < AREAS; i++) {
  if (space.mmap(0x1000_0000_0000 + i * 16384, 4096, 1, 0x32) < 0) throw new Error("the areas do not fit");
}
const slices = [];
let sum = 0;
for (let slice = 0; slice < SLICES; slice++) {
  const from = performance.now();
  for (let i = 0; i < PAIRS; i++) {
    const at = space.mmap(0, 16384, 3, 0x22);
    sum += at;
    if (space.munmap(at, 16384) !== 0) throw new Error("munmap failed");
  }
  slices.push(((performance.now() - from) / PAIRS) * 1000);
}
slices.sort((a, b) => a - b);
const at = (part) => slices[Math.floor(slices.length * part)].toFixed(2);
console.log(
  `mmap + munmap on ${AREAS} areas: ${at(0.1)} us per pair (median ${at(0.5)}), checksum ${sum % 997}`,
);
