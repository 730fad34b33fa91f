/**
 * What mutation testing left alive, held against what is written about it. `npm run mutate:maple` ends with this;
 * again, or for several reports:
 *
 *   node bench/maple/survivors.mjs [REPORT ...]      default: coverage/mutation-maple.json
 *
 * Prints the score, and every survivor that survivors.md does not explain. Exit code 1 if there is one, or if a row
 * of survivors.md speaks of a line that is not in the sources any more. Without a report only the rows are checked.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Rows of survivors.md: the file, its line without indentation, and why nobody can tell the difference. */
export function explanations() {
  const rows = [];
  for (const line of readFileSync(join(import.meta.dirname, "survivors.md"), "utf8").split("\n")) {
    const cells = /^\| (\w+\.ts) \| `(.+)` \| (.+) \|$/.exec(line);
    if (cells !== null) rows.push({ file: cells[1], code: cells[2].replaceAll("\\|", "|"), why: cells[3] });
  }
  return rows;
}

/** Rows whose line is not in its file. */
export function staleRows(rows = explanations()) {
  return rows.filter(({ file, code }) => {
    const path = join(ROOT, "src/maple", file);
    return !existsSync(path) || !linesOf(readFileSync(path, "utf8")).includes(code);
  });
}

/** Mutants of a report that lived and that no row explains, and how many there were. */
export function judge(report, rows = explanations()) {
  const told = new Set(rows.map(({ file, code }) => `${file}: ${code}`));
  const unexplained = [];
  let detected = 0;
  let valid = 0;
  for (const [path, { source, mutants }] of Object.entries(report.files)) {
    const lines = linesOf(source);
    const file = path.replace(/^.*\//, "");
    for (const { status, location, replacement } of mutants) {
      if (["Killed", "Timeout"].includes(status)) detected++;
      if (["Killed", "Timeout", "Survived", "NoCoverage"].includes(status)) valid++;
      if (status !== "Survived" && status !== "NoCoverage") continue;
      const code = lines[location.start.line - 1];
      if (!told.has(`${file}: ${code}`))
        unexplained.push(`${file}:${location.start.line}  ${code}  =>  ${replacement.split("\n")[0]}`);
    }
  }
  return { detected, valid, unexplained };
}

const linesOf = (text) => text.split("\n").map((line) => line.trim());

/** One report of several: of a mutant that two of them have, the later one speaks. */
export function together(reports) {
  const files = {};
  for (const report of reports) {
    for (const [path, { source, mutants }] of Object.entries(report.files)) {
      if (files[path]?.source !== source) files[path] = { source, mutants: new Map() };
      for (const mutant of mutants) {
        const { location, replacement, status } = mutant;
        // A run over some lines of a file ignores the others.
        if (status !== "Ignored")
          files[path].mutants.set(`${JSON.stringify(location)} ${replacement}`, mutant);
      }
    }
  }
  for (const file of Object.values(files)) file.mutants = [...file.mutants.values()];
  return { files };
}

/** Prints the score of these reports and what is wrong; true if nothing is. */
export function tell(paths) {
  const rows = explanations();
  const complaints = staleRows(rows).map(({ file, code }) => `survivors.md: ${file} has no line \`${code}\``);
  const report = together(paths.map((path) => JSON.parse(readFileSync(path, "utf8"))));
  const score = ({ detected, valid }) =>
    `${((100 * detected) / valid).toFixed(1)} % of ${valid} mutants found`;
  for (const [path, file] of Object.entries(report.files)) {
    if (readFileSync(join(ROOT, path), "utf8") !== file.source) complaints.push(`${path} has changed since`);
    console.log(`${path}: ${score(judge({ files: { [path]: file } }, rows))}`);
  }
  const all = judge(report, rows);
  complaints.push(...all.unexplained);
  if (all.valid > 0) console.log(`together: ${score(all)}`);
  for (const complaint of complaints) console.log(complaint);
  console.log(`${rows.length} lines explained, ${complaints.length} complaints`);
  return complaints.length === 0;
}

if (process.argv[1] === import.meta.filename) {
  const given = process.argv.slice(2);
  const reports = (given.length > 0 ? given : [join(ROOT, "coverage/mutation-maple.json")]).filter((path) =>
    existsSync(path),
  );
  if (reports.length < given.length) throw new Error(`no such report among ${given.join(", ")}`);
  if (!tell(reports)) process.exitCode = 1;
}
