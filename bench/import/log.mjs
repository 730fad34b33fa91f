// A log as strace -f -ttt -y writes it, made up and always the same: a program that maps libraries and then works like an
// allocator, with threads and now and then a fork. `chunks(lines)` gives it piece by piece.

const PAGE = 4096;
const BASE = 0x7f1200000000;
const SLOTS = 600;
const CHUNK_LINES = 500;

/** A generator of pseudo-random numbers below `n` (xorshift). */
function numbers(seed) {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

/** Chunks of text with `lines` lines in all. */
export function* chunks(lines) {
  const below = numbers(2463534242);
  const slots = new Array(SLOTS).fill(0);
  let time = 1795217753_000000;
  let brk = 0x555500000000;
  let child = 2000;
  let made = 0;
  const out = [];
  const line = (pid, text) => {
    time += 7;
    out.push(`${pid}  ${Math.floor(time / 1e6)}.${String(time % 1e6).padStart(6, "0")} ${text}`);
    made++;
  };
  line(1000, 'execve("/usr/bin/worker", ["worker"], 0x7ffeef329010 /* 4 vars */) = 0');
  line(1000, `brk(NULL) = 0x${brk.toString(16)}`);
  line(
    1000,
    `mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x${BASE.toString(16)}`,
  );
  for (;;) {
    if (made >= lines - 4) break;
    const kind = below(100);
    const i = below(SLOTS);
    const at = BASE - (i + 1) * 64 * PAGE;
    const hex = `0x${at.toString(16)}`;
    if (slots[i] === 0) {
      const pages = 1 + below(32);
      slots[i] = pages;
      const prot = below(8) === 0 ? "PROT_NONE" : "PROT_READ|PROT_WRITE";
      line(
        1000,
        `mmap(${hex}, ${pages * PAGE}, ${prot}, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = ${hex}`,
      );
    } else if (kind < 40) {
      line(1000, `munmap(${hex}, ${slots[i] * PAGE}) = 0`);
      slots[i] = 0;
    } else if (kind < 55) {
      const from = below(slots[i]);
      const address = `0x${(at + from * PAGE).toString(16)}`;
      const prot = below(2) === 0 ? "PROT_READ" : "PROT_READ|PROT_WRITE";
      line(1000, `mprotect(${address}, ${(slots[i] - from) * PAGE}, ${prot}) = 0`);
    } else if (kind < 75) {
      line(1000, `madvise(${hex}, ${slots[i] * PAGE}, MADV_DONTNEED) = 0`);
    } else if (kind < 85) {
      brk += PAGE * 33;
      if (brk > 0x555600000000) brk = 0x555500000000;
      line(1000, `brk(0x${brk.toString(16)}) = 0x${brk.toString(16)}`);
    } else if (kind < 90) {
      line(1000, "madvise(0x7f1100000000 <unfinished ...>");
      line(1000, "<... madvise resumed>, 4096, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)");
    } else if (kind < 99) {
      line(1000, "prctl(PR_CAPBSET_READ, 0x30 /* CAP_??? */) = -1 EINVAL (Invalid argument)");
    } else if (below(100) === 0) {
      child++;
      line(
        1000,
        `clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7feca4e3da10) = ${child}`,
      );
      line(child, "exit_group(0) = ?");
      line(child, "+++ exited with 0 +++");
      line(
        1000,
        `--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=${child}, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---`,
      );
    }
    if (out.length >= CHUNK_LINES) {
      out.push("");
      yield out.join("\n");
      out.length = 0;
    }
  }
  line(1000, "exit_group(0) = ?");
  line(1000, "+++ exited with 0 +++");
  out.push("");
  yield out.join("\n");
}
