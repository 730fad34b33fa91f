/**
 * Automatic mutants of the rules of the mapping calls, caught by recordings of Linux 6.18 alone.
 *
 *     npm run build && node tools/mutants/calls.mjs            a sample of 120, the same every time
 *     node tools/mutants/calls.mjs --all                       every mutant
 *     node tools/mutants/calls.mjs --every 5 TEXT              every 5th whose place contains TEXT
 *     node tools/mutants/calls.mjs --verbose                   also tells what caught each of the others
 *
 * Operators are applied to every place in the listed functions of the built library: comparisons, logic, plus and minus,
 * true and false. Each mutant runs in a process of its own against the recordings of test/mm-calls. Prints the survivors;
 * ends with 1 when one survives that is not argued for below, or when fewer than 30 were tried.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHECK = fileURLToPath(new URL("check-recordings.mjs", import.meta.url));
/** A mutant that gives no sign for so many times as long as the unmutated library ever did loops for ever. */
const PATIENCE = 12;
/** And never sooner. */
const LEAST_PATIENCE_MS = 10_000;
/** So many programs that caught a mutant are tried first on the next one. */
const REMEMBERED = 40;

/** Rules of merge, split, placement and limits: file of the built library, functions. */
const PLACES = {
  "paths/merge.js": [
    "isForkChild",
    "sameKind",
    "fitsBehind",
    "fitsBefore",
    "mergeNewRange",
    "modifyFlags",
    "mergeExistingRange",
    "splitVma",
    "maySplit",
    "splitUnchecked",
    "copyVma",
    "keepSticky",
  ],
  "designs/vma-merge/either-order.js": ["anonVmasFit"],
  "paths/unmapped-area.js": [
    "getUnmappedArea",
    "alignedArea",
    "plainArea",
    "bottomUp",
    "isFree",
    "highest",
    "lowest",
  ],
  "paths/munmap.js": ["gatherVmas", "isUserRange"],
  "paths/mmap.js": ["flagsFor", "placeFor", "mayMap"],
  "paths/mremap.js": ["checkParameters", "checkResize", "moveSeveral", "mremapAt", "isExpandable"],
  "paths/brk.js": ["brk", "growHeap", "doBrkFlags"],
  "paths/stack.js": ["startGap", "expandDownwards", "acctStackGrowth"],
  "paths/mprotect.js": ["protectRange", "protectVma"],
  "paths/anon-vma.js": ["areCompatible", "findMergeableAnonVma"],
  "accounting.js": [
    "isDataMapping",
    "mayExpandVm",
    "mlockFutureOk",
    "canDoMlock",
    "wholePages",
    "exceedsMemory",
  ],
  "designs/mremap-count-check/early-unlocked.js": ["beforeLock", "atMove"],
};

const NODES_ARE_THERE = "asks whether nodes are refused, which they never are where nothing is explored";
const COUNTS_LATE = "kernels that count at once what is unlocked are older than the recordings";

/** Survivors that change nothing anybody can see, by place: `file:function: from -> to, n-th of its kind there`. */
const ARGUED = /** @type {Record<string, string>} */ ({
  "paths/unmapped-area.js:lowest: < -> <=, 1": "page 0 is never found: the lowest page is above it",
  "paths/unmapped-area.js:highest: < -> <=, 1": "page 0 is never found: the lowest page is above it",
  "paths/unmapped-area.js:plainArea: >= -> >, 1": "page 0 is never found: the search begins above it",
  "paths/unmapped-area.js:alignedArea: >= -> >, 2":
    "page 0 comes only where it was asked for, and the search behind gives it, too",
  "paths/unmapped-area.js:alignedArea: > -> >=, 1":
    "what holds a whole unit behind the boundary reaches behind it: the second condition says it all",
  "paths/munmap.js:gatherVmas: === -> !==, 1": NODES_ARE_THERE,
  "paths/munmap.js:gatherVmas: > -> >=, 3": NODES_ARE_THERE,
  "paths/munmap.js:gatherVmas: && -> ||, 2": NODES_ARE_THERE,
  "paths/munmap.js:gatherVmas: && -> ||, 3": NODES_ARE_THERE,
  "paths/munmap.js:gatherVmas: !== -> ===, 7": COUNTS_LATE,
  "paths/munmap.js:gatherVmas: - -> +, 1": COUNTS_LATE,
  "paths/munmap.js:gatherVmas: true -> false, 1": "which of the two parts is the new one shows nowhere",
  "paths/munmap.js:isUserRange: <= -> <, 1": "no page lies behind the end of user space",
  "paths/mremap.js:moveSeveral: < -> <=, 1": "no area ends at page 0",
  "paths/merge.js:mergeExistingRange: || -> &&, 1":
    "an early exit: a range that touches no end of its area has no neighbours, and special areas fit none",
  "paths/merge.js:copyVma: < -> <=, 1":
    "the source right behind the target, not merged with it: only the commit charge differs, which no recording shows",
  "paths/merge.js:copyVma: >= -> >, 1": "an area that begins where the merged one does is the merged one",
  "paths/merge.js:copyVma: !== -> ===, 6":
    "asked where linking fails for want of memory, which it never does where nothing is explored",
});

/** A condition in front of one of these decides about locks, which nobody sees where nothing is explored. */
const LOCKS = /^(?:yield\* )?(?:vmaStartWrite|lockRmap|unlockRmap)\(/;

/** @type {readonly (readonly [RegExp, string])[]} */
const OPERATORS = [
  [/===/g, "!=="],
  [/!==/g, "==="],
  [/(?<![<=>-])<=(?!=)/g, "<"],
  [/(?<![<=>-])>=(?!=)/g, ">"],
  [/(?<= )<(?= )/g, "<="],
  [/(?<= )>(?= )/g, ">="],
  [/&&/g, "||"],
  [/\|\|/g, "&&"],
  [/(?<= )\+(?= )/g, "-"],
  [/(?<= )-(?= )/g, "+"],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
];

/** @typedef {{ name: string, file: string, from: number, to: number, text: string }} Mutant */

/**
 * The function's text in the file: from its head to the brace in its column.
 *
 * @param {string} source
 * @param {string} name
 * @returns {[number, number]}
 */
function rangeOf(source, name) {
  const head = new RegExp(`^( *)(?:export )?(?:function\\*? ${name}\\(|${name}\\(|${name}: )`, "m").exec(
    source,
  );
  if (head === null) throw new Error(`there is no function ${name}`);
  const line = source.slice(head.index, source.indexOf("\n", head.index));
  if (!line.endsWith("{")) return [head.index, head.index + line.length];
  const end = source.indexOf(`\n${head[1]}}`, head.index);
  return [head.index, end];
}

/**
 * Blanks out comments and strings, so that nothing in them is mutated.
 *
 * @param {string} text
 */
function codeOnly(text) {
  return text.replace(
    /\/\/.*|\/\*[^]*?\*\/|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (/** @type {string} */ found) => " ".repeat(found.length),
  );
}

/** @returns {Mutant[]} */
function mutants() {
  const found = [];
  for (const [file, names] of Object.entries(PLACES)) {
    const source = readFileSync(join(ROOT, "dist/mm", file), "utf8");
    for (const name of names) {
      const [from, to] = rangeOf(source, name);
      const code = codeOnly(source.slice(from, to));
      for (const [operator, text] of OPERATORS) {
        let nth = 0;
        for (const hit of code.matchAll(operator)) {
          nth++;
          if (decidesLocks(code, hit.index)) continue;
          const at = from + hit.index;
          const place = `${file}:${name}: ${hit[0]} -> ${text}, ${nth}`;
          found.push({ name: place, file, from: at, to: at + hit[0].length, text });
        }
      }
    }
  }
  return found;
}

/**
 * Is the place in the condition of an `if` that does nothing but lock?
 *
 * @param {string} code
 * @param {number} index
 */
function decidesLocks(code, index) {
  const next = code.indexOf("\n", index) + 1;
  return next > 0 && LOCKS.test(code.slice(next).trimStart());
}

/** Longest silence of the unmutated library, in milliseconds: what the machine and its load make of it. */
let silence = 60_000;

/** Programs that caught a mutant, the last one first: neighbouring mutants are caught by the same ones. @type {string[]} */
let first = [];

/**
 * A copy of the built library with the mutant in it; resolves to why it was caught, or null.
 *
 * @param {string} folder
 * @param {Mutant} mutant
 * @returns {Promise<string | null>}
 */
function run(folder, mutant) {
  const path = join(folder, "dist/mm", mutant.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.slice(0, mutant.from) + mutant.text + source.slice(mutant.to));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHECK, folder, join(folder, "fixtures"), JSON.stringify(first)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let late = false;
    const patience = Math.max(LEAST_PATIENCE_MS, PATIENCE * silence);
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, patience);
    let last = performance.now();
    let longest = 0;
    const hear = (/** @type {string} */ text) => {
      out += text;
      timer.refresh();
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("close", (code) => {
      clearTimeout(timer);
      writeFileSync(path, source);
      // A survivor ran everything, at the load there is now.
      if (code === 0) silence = longest;
      const told = out.split("\n").find((line) => !/^\.*$/.test(line)) ?? "";
      const program = /^(\S+\.gz \d+):/.exec(told)?.[1];
      if (program !== undefined)
        first = [program, ...first.filter((other) => other !== program)].slice(0, REMEMBERED);
      resolve(code === 0 ? null : late ? "runs for ever" : told);
    });
  });
}

const args = process.argv.slice(2);
const verbose = args.includes("--verbose");
const all = mutants();
const everyAt = args.indexOf("--every");
const every = args.includes("--all")
  ? 1
  : everyAt >= 0
    ? Number(args[everyAt + 1])
    : Math.max(1, Math.floor(all.length / 120));
const text = args
  .filter((arg, i) => !arg.startsWith("--") && i !== everyAt + (everyAt < 0 ? 0 : 1))
  .join(" ");
const chosen = all.filter((mutant) => mutant.name.includes(text)).filter((_, i) => i % every === 0);

const folder = mkdtempSync(join(tmpdir(), "interleaf-mutants-"));
let survivors = 0;
let argued = 0;
try {
  mkdirSync(join(folder, "dist"));
  for (const floor of ["maple", "sched", "mm", "import", "real"])
    cpSync(join(ROOT, "dist", floor), join(folder, "dist", floor), { recursive: true });
  cpSync(join(ROOT, "test/mm-calls/fixtures"), join(folder, "fixtures"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const plain = await run(folder, { name: "", file: "accounting.js", from: 0, to: 0, text: "" });
  if (plain !== null) throw new Error(`the recordings do not agree with the unmutated library: ${plain}`);
  for (const mutant of chosen) {
    const caught = await run(folder, mutant);
    if (verbose && caught !== null) console.log(`caught: ${mutant.name}   (${caught})`);
    if (caught !== null) continue;
    const why = ARGUED[mutant.name];
    if (why === undefined) survivors++;
    else argued++;
    console.log(`survives: ${mutant.name}${why === undefined ? "" : `   (${why})`}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const caught = chosen.length - survivors - argued;
console.log(
  `${all.length} automatic mutants in ${Object.values(PLACES).flat().length} functions, ${chosen.length} tried: ` +
    `${caught} caught by the recordings, ${argued} survive as argued, ${survivors} survive`,
);
process.exitCode = survivors > 0 || chosen.length < 30 ? 1 : 0;
