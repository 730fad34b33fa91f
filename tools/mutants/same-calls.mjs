/**
 * A program of system calls, the same for two copies of the model: what one answers, the other must.
 *
 * Mutants that change what a single process sees are noticed here; that the model itself is right is the business of the
 * tests that hold it to recordings of a live kernel.
 */

const PAGE = 4096;
const OPERATIONS = 250;
const BASE = 0x10000000;
const PAGES = 24;

/** Numbers that look random and are the same every time. @param {number} seed */
function numbers(seed) {
  let state = seed;
  /** @param {number} below */
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Plays one program; gives what was answered, call by call.
 * @param {any} mm the module interleaf/mm
 * @param {string} kernel
 * @param {number} seed
 */
export function* answers(mm, kernel, seed) {
  const {
    AddressSpace,
    MAP_ANONYMOUS,
    MAP_FIXED,
    MAP_LOCKED,
    MAP_PRIVATE,
    MAP_SHARED,
    MREMAP_FIXED,
    MREMAP_MAYMOVE,
  } = mm;
  const below = numbers(seed);
  const parent = AddressSpace.boot({ kernel });
  /** @type {any[]} */
  const spaces = [parent];
  for (let i = 0; i < OPERATIONS; i++) {
    const n = below(spaces.length);
    const space = spaces[n];
    const at = BASE + below(PAGES) * PAGE;
    const length = (1 + below(6)) * PAGE;
    const prot = [0, 1, 3, 3, 3][below(5)];
    const kind = below(12);
    let answer;
    if (kind < 3) {
      const type = below(3) === 0 ? MAP_SHARED : MAP_PRIVATE;
      const how = below(4) === 0 ? MAP_LOCKED : 0;
      answer = space.mmap(at, length, prot, type | MAP_ANONYMOUS | (below(4) === 0 ? 0 : MAP_FIXED) | how);
    } else if (kind < 5) answer = space.munmap(at, length);
    else if (kind < 6) answer = space.mprotect(at, length, prot);
    else if (kind < 7) {
      const to = BASE + (PAGES + below(PAGES)) * PAGE;
      answer = space.mremap(at, length, (1 + below(6)) * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    } else if (kind < 9) answer = space.write(at, i + 1);
    else if (kind < 10) answer = `${space.read(at)} ${space.read(at)}`;
    else if (kind < 11 && spaces.length < 4) {
      const child = space.fork();
      answer = typeof child;
      spaces.push(child);
    } else if (n > 0) {
      space.exit();
      spaces.splice(n, 1);
      answer = "exit";
    }
    yield `${i} ${kind} ${answer}\n${spaces.map((s) => `${s.maps()}${JSON.stringify(s.rss)}`).join("--\n")}`;
  }
  for (const space of spaces.reverse()) space.exit();
  yield "all have exited";
}
