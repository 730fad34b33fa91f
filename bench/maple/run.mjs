/**
 * The tree against `sorted-btree`: `npm run bench:maple` builds nothing; run `npm run build` first.
 *
 *   node --expose-gc bench/maple/run.mjs [--quick] [--json FILE] [--readme] [--sizes 1000,60000]
 *
 * `--readme` puts what it prints into the floor's README.
 *
 * Two processes, one per implementation, take turns in short rounds on the same operation, so that both see the same
 * machine. Per round and operation the 10th percentile of its slices counts; the ratio is the median of the rounds'
 * ratios, its noise half the distance of their quartiles. Every result is consumed, and both maps are checked against the
 * sorted ranges before and after.
 */
import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const quick = process.argv.includes("--quick");
const sizes = (argument("--sizes") ?? "1000,60000,1000000").split(",").map(Number);
const rounds = quick ? 5 : 9;
const slices = quick ? 30 : 60;

function start(kind) {
  const child = fork(fileURLToPath(new URL("measure.mjs", import.meta.url)), [kind], {
    execArgv: ["--expose-gc", "--max-old-space-size=4096"],
  });
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const died = (code) => reject(new Error(`${kind} ended with code ${code}`));
      child.once("exit", died);
      child.once("message", ({ reply }) => {
        child.off("exit", died);
        resolve(reply);
      });
      child.send(message);
    });
  return { kind, ask, stop: () => child.kill() };
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const quantile = (numbers, q) => sorted(numbers)[Math.floor((numbers.length - 1) * q)];

async function compare(ours, peer, name, how) {
  const mine = [];
  const theirs = [];
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const a = quantile(await ours.ask({ ...how, name }), 0.1);
    const b = quantile(await peer.ask({ ...how, name: how.peerName ?? name }), 0.1);
    mine.push(a);
    theirs.push(b);
    ratios.push(b / a);
  }
  return {
    ours: quantile(mine, 0.5),
    peer: quantile(theirs, 0.5),
    ratio: quantile(ratios, 0.5),
    noise: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2,
  };
}

/** Rows: what, entries, floor, target. Sliced operations are in ns per operation, whole ones in ns per entry. */
const SLICED = { call: "slices", slices, warmUpMs: quick ? 80 : 200 };
/** Slices by the number of entries: about 50 ms a round. */
const whole = (n) => ({
  call: "whole",
  slices: Math.max(quick ? 3 : 7, Math.min(100, Math.round(2_500_000 / n))),
});
const GOALS = {
  "get 1000": [1.6, 2.2],
  "get 60000": [2.5, 3.5],
  "get 1000000": [2, 2.6],
  "next 60000": [1.8, 2.5],
  "iterate 1000": [0.8, 1],
  "iterate 60000": [0.8, 1],
  "iterate 1000000": [0.8, 1],
  "split 60000": [3, 4.5],
  "erase 60000": [1.3, 2],
  "gap 60000": [15, 25],
  "worstGap 60000": [500, 1500],
  "clone 60000": [1, 1.5],
  "clone 1000000": [8, 15],
};
const TEXT = {
  get: "point lookup",
  next: "next range",
  iterate: "cursor walk, per entry",
  iterateAll: "walk in one loop / forEachPair, per entry",
  split: "store: split + restore",
  erase: "erase + restore",
  gap: "gap search, random",
  worstGap: "gap search, one fits",
  clone: "bulk clone, per entry",
  cloneInto: "bulk clone into used memory, per entry",
  snapshot: "snapshot / copy-on-write clone",
  bytes: "bytes per entry",
};

const rows = [];
const said = [];
const say = (line) => {
  said.push(line);
  process.stdout.write(`${line}\n`);
};
const figure = (x) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

say(
  `node ${process.version}, ${os.cpus()[0]?.model ?? "unknown processor"}, load ${os.loadavg()[0].toFixed(1)}`,
);
say("ns per operation unless said; ratio = sorted-btree / maple");
say("");
say("| operation | entries | maple | sorted-btree | ratio | noise | floor | target |");
say("|---|---|---|---|---|---|---|---|");

function report(name, n, result) {
  const [floor, target] = GOALS[`${name} ${n}`] ?? [];
  rows.push({ name, entries: n, ...result, floor, target });
  const verdict =
    floor === undefined
      ? ["", ""]
      : [
          `${floor} ${result.ratio >= floor ? "met" : "MISSED"}`,
          `${target} ${result.ratio >= target ? "met" : "missed"}`,
        ];
  say(
    `| ${TEXT[name]} | ${n} | ${figure(result.ours)} | ${figure(result.peer)} | ${result.ratio.toFixed(2)} | ±${result.noise.toFixed(2)} | ${verdict[0]} | ${verdict[1]} |`,
  );
}

const limits = [];
for (const n of sizes) {
  const ours = start("ours");
  const peer = start("peer");
  await ours.ask({ call: "build", n });
  await peer.ask({ call: "build", n });
  for (const name of ["get", "next", "iterate", "split", "erase", "gap", "worstGap", "snapshot"]) {
    const how = name === "worstGap" && n > 100_000 ? { ...SLICED, slices: 3 } : SLICED;
    report(name, n, await compare(ours, peer, name, how));
  }
  for (const name of ["iterateAll", "clone", "cloneInto"]) {
    report(name, n, await compare(ours, peer, name, whole(n)));
  }
  await ours.ask({ call: "check" });
  await peer.ask({ call: "check" });
  if (n >= 60_000) {
    const mine = await ours.ask({ call: "once", name: "bytes" });
    const theirs = await peer.ask({ call: "once", name: "bytes" });
    report("bytes", n, { ours: mine, peer: theirs, ratio: theirs / mine, noise: 0 });
    limits.push([`bytes per entry at ${n}`, mine, 45, 34]);
  }
  if (n === 60_000) {
    const parts = await ours.ask({ call: "parts", slices: quick ? 300 : 1500 });
    limits.push(["store() / its bare parts", parts, 1.05, 1.05]);
    limits.push([
      "heap growth over 1e6 in-leaf stores, KiB",
      (await ours.ask({ call: "once", name: "growth" })) / 1024,
      1024,
      64,
    ]);
  }
  ours.stop();
  peer.stop();
}
const gapAt = (n) => rows.find((row) => row.name === "gap" && row.entries === n)?.ours;
const small = gapAt(1000);
const large = gapAt(1_000_000);
if (small !== undefined && large !== undefined)
  limits.push(["gap search, time at 1M / at 1k", large / small, 6, 4]);

say("");
say("| limit | measured | floor | target |");
say("|---|---|---|---|");
for (const [what, value, floor, target] of limits) {
  say(
    `| ${what} | ${figure(value)} | <= ${floor} ${value <= floor ? "met" : "MISSED"} | <= ${target} ${value <= target ? "met" : "missed"} |`,
  );
}
const json = argument("--json");
if (json !== undefined) {
  writeFileSync(
    json,
    `${JSON.stringify({ node: process.version, rows, limits: limits.map(([what, value, floor, target]) => ({ what, value, floor, target })) }, null, 2)}\n`,
  );
}
if (process.argv.includes("--readme")) {
  const readme = new URL("../../src/maple/README.md", import.meta.url);
  const parts = readFileSync(readme, "utf8").split(/(<!-- \/?measured -->)/);
  if (parts.length !== 5)
    throw new Error("README.md has not exactly one <!-- measured --> <!-- /measured -->");
  parts[2] = `\n${said.join("\n").replace("\nns per", "; ns per")}\n`;
  writeFileSync(readme, parts.join(""));
}
