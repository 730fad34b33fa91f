/**
 * The reason line: which steps of the run brought the finding about, by number, task, function and value.
 *
 *     the finding names its other side     that step: who freed it, who wrote it, who put the bad value there
 *     it is about locks                    for each of them the step that took it and still holds it
 *     else                                 what the model said of the thing; the last write of a value the finding
 *                                          speaks of; the choice that failed
 *
 * All of it is read off the told run: no rule knows a scenario, a design or what anybody expects.
 */
import { type Held, heldAt } from "./held.ts";
import type { Told, ToldChange, ToldFinding, ToldStep } from "./told.ts";
import { choiceText } from "./words.ts";
import { listed } from "./wrap.ts";

/** A step that the finding goes back to. */
export interface Cause {
  readonly step: ToldStep;
  /** What that step has to do with it, up to its number: `made at`, `the other access is`. */
  readonly role: string;
  /** Function whose code did it, where it is not the one that announced the step. */
  readonly site?: string;
  /** What happened there, when it is not to be made of the step itself. */
  readonly text?: string;
  /** What is to be said behind it. */
  readonly addition?: string;
}

/** Steps that one reason names at most. */
const MOST_CAUSES = 4;

/** What the finding of the run goes back to, most telling first; empty where no step changed anything. */
export function causesOf(told: Told): readonly Cause[] {
  const first = told.findings[0];
  if (first === undefined) return [];
  const before = told.steps.slice(0, first.step ?? told.steps.length);
  if (first.otherStep !== undefined) return [otherSide(told, first)];
  const locks = lockCauses(told, before, first);
  if (locks.length > 0) return locks;
  const causes = valueCauses(told, before, first);
  const failed = before.findLast((step) => step.choices.some((choice) => choice.outcome !== 0));
  if (failed !== undefined) add(causes, { step: failed, role: MADE });
  const last = before.findLast((step) => step.changes.some((change) => !isLockWord(step, change)));
  if (causes.length === 0 && last !== undefined) causes.push({ step: last, role: LAST });
  return causes.slice(0, MOST_CAUSES).sort((a, b) => a.step.number - b.step.number);
}

/** The step to look at first: where the value came from that the finding stumbled over. */
export function originStep(told: Told): ToldStep | undefined {
  return causesOf(told)[0]?.step;
}

function add(causes: Cause[], cause: Cause): void {
  if (!causes.some(({ step }) => step === cause.step)) causes.push(cause);
}

/** What a step has to do with the finding. */
const MADE = "made at";
const LAST = "the last change is";

const ROLES: Readonly<Record<string, string>> = {
  "data-race": "the other access is",
  "double-free": "freed first at",
  "bad-pointer": MADE,
};

function otherSide(told: Told, first: ToldFinding): Cause {
  const { finding } = first;
  const step = told.steps[first.otherStep! - 1]!;
  const own = rowsOf({ steps: [] }, finding.objects, "").has(rowOf(step.object));
  const frees = own && step.kind === "free";
  const use = own ? "used at" : "used right behind";
  const role = ROLES[finding.code] ?? (frees ? "freed at" : finding.code === "use-after-free" ? use : MADE);
  const site = finding.other?.site ?? "";
  const unordered = !frees && (finding.code === "data-race" || finding.code === "use-after-free");
  return {
    step,
    role,
    ...(site === step.site || site === "" ? {} : { site }),
    ...(unordered ? { addition: guardsText(told, step, first) } : {}),
  };
}

/** Locks that either side of an unordered pair holds: what could have ordered them, had it been the same. */
function guardsText(told: Told, other: ToldStep, { step }: ToldFinding): string {
  const side = (at: ToldStep): string => {
    const held = heldAt(told, at.number - (/unlock/.test(at.kind) ? 1 : 0)).filter((h) => h.task === at.task);
    const locks = held.map(({ lock, mode }) => `${lock}${mode === "" ? "" : ` ${mode}`}`);
    return `${told.tasks[at.task]} holds ${locks.length === 0 ? "no lock" : listed(locks)} there`;
  };
  if (step === undefined) return side(other);
  return `${side(other)}, ${side(told.steps[step - 1]!).replace(/there$/, `at step ${step}`)}`;
}

// =======================================================================================================
// Locks

/** For each lock that the finding is about: who took it, and has not given it back where the finding is. */
function lockCauses(told: Told, before: readonly ToldStep[], { finding }: ToldFinding): Cause[] {
  const held = heldAt(told, before.length);
  const causes: Cause[] = [];
  for (const [i, name] of finding.objects.entries()) {
    const holders = finding.potential === true ? [] : held.filter((h) => h.lock === name);
    for (const holder of holders)
      add(causes, { step: holder.step, role: "taken at", text: holds(told, holder) });
    if (holders.length > 0) continue;
    // A circle is told in classes of locks: whoever takes the next one inside this one is a part of it.
    const inside = nested(told, name, finding.objects[(i + 1) % finding.objects.length]!);
    if (inside !== undefined) add(causes, inside);
  }
  return causes.slice(0, MOST_CAUSES);
}

function holds(told: Told, { task, lock, mode }: Held): string {
  return `${told.tasks[task]} takes ${lock}${mode === "" ? "" : ` ${mode}`} and keeps it`;
}

/** A step that takes a lock of class `inner` while its task holds one of class `outer`. */
function nested(told: Told, outer: string, inner: string): Cause | undefined {
  if (outer === inner) return undefined;
  for (const step of told.steps) {
    if (!/lock/.test(step.kind) || fieldOf(step.object) !== fieldOf(inner)) continue;
    const around = heldAt(told, step.number - 1).find(
      (h) => h.task === step.task && fieldOf(h.lock) === fieldOf(outer),
    );
    if (around === undefined) continue;
    const place = `step ${around.step.number}${around.step.site === "" ? "" : `, ${around.step.site}`}`;
    return { step, role: "taken at", text: `${step.does} while holding ${around.lock} (${place})` };
  }
  return undefined;
}

/** `mm_struct.mmapLock/1` -> `mmapLock`. */
function fieldOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).replace(/\/\d+$/, "");
}

// =======================================================================================================
// Values

/** Steps that made what is wrong: the last write of a value the finding speaks of, or what the model said of the thing. */
function valueCauses(told: Told, before: readonly ToldStep[], first: ToldFinding): Cause[] {
  const { message, objects } = first.finding;
  const at = first.step === undefined ? undefined : told.steps[first.step - 1];
  const rows = rowsOf(told, [...objects, ...(at === undefined ? [] : [at.object])], message);
  const named = before.findLast((step) => namedChanges(step, rows, message).length > 0);
  if (named !== undefined) return [{ step: named, role: MADE }];
  const words = new Set(wordsIn(message));
  const close = (step: ToldStep): number => closeness(step.notes.join(" "), rows, words);
  const others = before.filter((step) => step.task !== at?.task && close(step) > 0);
  // What another task's note tells is the whole of it; an own one leaves open what others did to it.
  if (others.length > 0) {
    const most = Math.max(...others.map(close));
    return [{ step: others.findLast((step) => close(step) === most)!, role: MADE }];
  }
  // One word in common is chance where a task speaks of itself.
  const noted = before.filter((step) => step.task === at?.task && close(step) > 1);
  const changing = before.filter((step) => ownChanges(step, rows).length > 0);
  const byOthers = changing.findLast((step) => step.task !== at?.task);
  const steps = new Set([...noted, ...(byOthers === undefined ? [] : [byOthers])]);
  if (steps.size === 0) {
    const last = changing.at(-1);
    return last === undefined ? [] : [{ step: last, role: MADE }];
  }
  return [...steps].sort((a, b) => a.number - b.number).map((step) => ({ step, role: MADE }));
}

/** Words and rows that a note shares with the finding. */
function closeness(note: string, rows: ReadonlySet<string>, words: ReadonlySet<string>): number {
  const shared = wordsIn(note).filter((word) => words.has(word)).length;
  return shared + (note === "" ? 0 : [...rows].filter((row) => note.includes(row)).length);
}

/** Changes of a row the finding is about, in a field that its message names: `rss`, `locked_vm`. */
function namedChanges(step: ToldStep, rows: ReadonlySet<string>, message: string): ToldChange[] {
  const text = plain(message);
  return ownChanges(step, rows).filter(({ name }) => {
    const field = plain(fieldOf(name)).replace(/(...)s$/, "$1");
    return name !== rowOf(name) && field.length > 2 && text.includes(field);
  });
}

/** Changes of a row the finding is about; taking or leaving its lock is none. */
function ownChanges(step: ToldStep, rows: ReadonlySet<string>): ToldChange[] {
  return step.changes.filter((change) => rows.has(rowOf(change.name)) && !isLockWord(step, change));
}

function isLockWord(step: ToldStep, { name }: ToldChange): boolean {
  return name === step.object && /lock/.test(step.kind);
}

/** Rows that a finding is about: those of its objects, and those that its message names. */
function rowsOf(
  { steps }: Pick<Told, "steps">,
  objects: readonly string[],
  message: string,
): ReadonlySet<string> {
  const rows = new Set(objects.flatMap((name) => [name, rowOf(name)]));
  for (const { changes } of steps) {
    for (const { name } of changes) {
      const row = rowOf(name);
      if (row.includes(" ") && message.includes(row)) rows.add(row);
    }
  }
  return rows;
}

/** `store#1.newest` -> `store#1`; `store#left.1`, the first that left made, is a row itself. */
function rowOf(name: string): string {
  return name.replace(/\.[A-Za-z]\w*(\[.*\])?$/, "");
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, "");
}

/** Words long enough to mean something, each once. */
function wordsIn(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[a-z_]{5,}/g) ?? [])];
}

// =======================================================================================================
// Text

/** Values that a reason quotes of one step. */
const MOST_CHANGES = 2;

/** What the finding goes back to, in one line: steps with number, task, function and value. */
export function reasonText(told: Told): string {
  const first = told.findings[0];
  const causes = causesOf(told);
  if (first === undefined || causes.length === 0) return "nothing was changed before it: no step made it so";
  return causes.map((cause, i) => causeText(told, cause, first, i > 0)).join("; ");
}

function causeText(told: Told, cause: Cause, first: ToldFinding, later: boolean): string {
  const { step, role } = cause;
  const site = cause.site ?? step.site;
  const where = `step ${step.number} (${told.tasks[step.task]}${site === "" ? "" : `, ${site}`})`;
  const itself = first.step === step.number && role === MADE;
  const lead = role !== MADE ? role : itself ? "it happens at" : later ? "then at" : role;
  const text = cause.text ?? deedText(step, site, first);
  return `${lead} ${where}${itself ? " itself" : ""}: ${text}${cause.addition === undefined ? "" : `; ${cause.addition}`}`;
}

/** What a step did that matters to the finding. @param site function that is named already */
function deedText(step: ToldStep, site: string, { finding }: ToldFinding): string {
  const failed = step.choices
    .filter((choice) => choice.outcome !== 0)
    .map((choice) => choiceText(choice).replace(`${site}: `, ""));
  const rows = rowsOf({ steps: [step] }, finding.objects, finding.message);
  const named = namedChanges(step, rows, finding.message);
  const own = named.length > 0 ? named : ownChanges(step, rows);
  const changes = (own.length > 0 ? own : step.notes.length + failed.length > 0 ? [] : step.changes)
    .filter(({ name }) => name !== step.object)
    .slice(0, MOST_CHANGES)
    .map(({ name, before, after }) => `${name} goes from ${before} to ${after}`);
  const rest = [...changes, ...failed, ...step.notes];
  // Which lock was touched on the way says nothing where there is something to say.
  const silent = rest.length > 0 && (site !== step.site || /lock|downgrade|free/.test(step.kind));
  return (silent ? rest : [step.does, ...rest]).join("; ");
}
