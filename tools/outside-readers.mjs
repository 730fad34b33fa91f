// `npm run readers`: every format is read by somebody else's reader.
//
//     perfetto   protoc decodes it (Debian: protobuf-compiler), and every slice that begins ends
//     SARIF      the JSON schema of the standard accepts it (ajv)
//     JUnit      an XML parser reads it, and it keeps the rules that build servers share
//     mermaid    mermaid's own parser reads it
//
// The readers are installed into a temporary folder: nobody else needs them. Without protoc or without a network it says
// so and ends with 1 where REQUIRE_READERS or CI is set, otherwise with 0.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = resolve(import.meta.dirname, "..");
const NPM = ["mermaid@12.3.0", "ajv@8.20.0", "ajv-formats@3.0.1", "fast-xml-parser@5.12.1"];
/** A package that carries the schema of SARIF 2.1.0 as a file; only that file is taken. */
const SCHEMA_PACKAGE = "@datadog/datadog-ci-plugin-sarif@5.1.0";
const SCHEMA_FILE = "package/dist/json-schema/sarif-schema-2.1.0.json";

const folder = mkdtempSync(join(tmpdir(), "interleaf-readers-"));
const required = process.env.REQUIRE_READERS !== undefined || process.env.CI !== undefined;
/** @type {string[]} */
const failures = [];
let skipped = 0;

/** @param {string[]} args */
function interleaf(args) {
  const run = spawnSync(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args], {
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0 && run.status !== 1)
    throw new Error(`interleaf ${args.join(" ")}: ${run.stderr.toString()}`);
  return run.stdout;
}

/**
 * @param {string} name
 * @param {() => string | Promise<string>} read
 */
async function reader(name, read) {
  try {
    console.log(`${name}: ${await read()}`);
  } catch (error) {
    failures.push(name);
    console.log(`${name}: REFUSED: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @param {string} what */
function skip(what) {
  skipped++;
  console.log(`${what}: skipped`);
}

/** @param {string} command @param {string[]} args */
function works(command, args) {
  return spawnSync(command, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

/** What must hold of the decoded text: balanced slices on each track, one flow with both ends, the finding. @param {string} text */
function checkDecoded(text) {
  const open = new Map();
  const packets = text.split(/^packet \{$/m).slice(1);
  for (const packet of packets) {
    const track = /track_uuid: (\d+)/.exec(packet)?.[1];
    if (/type: TYPE_SLICE_BEGIN/.test(packet)) open.set(track, (open.get(track) ?? 0) + 1);
    if (/type: TYPE_SLICE_END/.test(packet)) open.set(track, (open.get(track) ?? 0) - 1);
    if (/^ {0,4}\d+:/m.test(packet))
      throw new Error(`a field that the schema does not know: ${packet.slice(0, 200)}`);
  }
  for (const [track, n] of open) if (n !== 0) throw new Error(`${n} slices on track ${track} do not end`);
  for (const wanted of ["bad-pointer", "flow_ids: 1", "terminating_flow_ids: 1"])
    if (!text.includes(wanted)) throw new Error(`"${wanted}" is missing`);
  return `${packets.length} packets on ${open.size} tracks`;
}

/** @param {Record<string, any>} document */
function checkSuites(document) {
  const list = (/** @type {any} */ value) => (Array.isArray(value) ? value : [value]);
  let cases = 0;
  for (const suite of list(document.testsuites.testsuite)) {
    const inside = list(suite.testcase);
    const count = (/** @type {string} */ tag) => inside.filter((c) => c[tag] !== undefined).length;
    for (const [attribute, n] of [
      ["tests", inside.length],
      ["failures", count("failure")],
      ["errors", count("error")],
    ])
      if (Number(suite[`@_${attribute}`]) !== n)
        throw new Error(`${attribute} says ${suite[`@_${attribute}`]}, there are ${n}`);
    for (const one of inside)
      for (const attribute of ["name", "classname", "time"])
        if (typeof one[`@_${attribute}`] !== "string") throw new Error(`a testcase without ${attribute}`);
    cases += inside.length;
  }
  return `${cases} cases`;
}

try {
  const failing = ["check", "fork-vs-swapoff", "--kernel", "6.12"];
  const several = ["check", "fork-vs-swapoff", "fork-fails", "fork-vs-probe", "--kernel", "6.14"];
  const sarif = interleaf([...several, "--format", "sarif"]).toString();
  const junit = interleaf([...several, "--format", "junit"]).toString();
  const mermaidText = interleaf([...failing, "--format", "mermaid"]).toString();
  const trace = JSON.parse(interleaf([...failing, "--json"]).toString()).results[0].findings[0].trace;
  writeFileSync(join(folder, "run.perfetto-trace"), interleaf(["replay", trace, "--format", "perfetto"]));

  if (works("protoc", ["--version"])) {
    await reader("perfetto, read by protoc", () => {
      const input = readFileSync(join(folder, "run.perfetto-trace"));
      const args = ["--decode=Trace", `--proto_path=${join(ROOT, "test/report")}`, "perfetto.proto"];
      return checkDecoded(execFileSync("protoc", args, { input, maxBuffer: 2 ** 28 }).toString());
    });
  } else skip("perfetto: no protoc here (Debian: protobuf-compiler)");

  const npm = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  if (
    works("npm", [...npm, "--prefix", folder, ...NPM]) &&
    works("npm", ["pack", "--loglevel=error", SCHEMA_PACKAGE])
  ) {
    const require = createRequire(join(folder, "readers.js"));
    const load = (/** @type {string} */ name) => require(name);
    execFileSync("sh", ["-c", `tar xzf *.tgz ${SCHEMA_FILE}`], { cwd: folder });
    await reader("SARIF, accepted by the schema of the standard", () => {
      const Ajv = load("ajv").default;
      const ajv = new Ajv({ strict: false, allErrors: true });
      load("ajv-formats").default(ajv);
      const accepts = ajv.compile(JSON.parse(readFileSync(join(folder, SCHEMA_FILE), "utf8")));
      const document = JSON.parse(sarif);
      if (!accepts(document)) throw new Error(ajv.errorsText(accepts.errors, { separator: "\n  " }));
      delete document.runs[0].tool;
      if (accepts(document)) throw new Error("the schema accepts a run without a tool: it accepts anything");
      return `${document.runs[0].results.length} results`;
    });
    await reader("JUnit, read by an XML parser", () => {
      const { XMLParser, XMLValidator } = load("fast-xml-parser");
      const valid = XMLValidator.validate(junit);
      if (valid !== true) throw new Error(JSON.stringify(valid.err));
      return checkSuites(new XMLParser({ ignoreAttributes: false, parseAttributeValue: false }).parse(junit));
    });
    await reader("mermaid, read by its parser", async () => {
      const name = "mermaid";
      const { default: mermaid } = await import(pathToFileURL(require.resolve(name)).href);
      const diagrams = mermaidText.split(/^(?=sequenceDiagram$)/m);
      for (const diagram of diagrams) {
        const { diagramType } = await mermaid.parse(diagram);
        if (diagramType !== "sequence") throw new Error(`taken for a ${diagramType}`);
      }
      return `${diagrams.length} diagrams`;
    });
  } else skip("SARIF, JUnit, mermaid: their readers could not be installed");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`refused: ${failures.join("; ")}`);
process.exitCode = failures.length > 0 || (required && skipped > 0) ? 1 : 0;
