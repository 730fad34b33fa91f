/**
 * What is kept of an exploration that did not come to its end: written whole or not at all, read with suspicion.
 *
 *     line 1   what this is: format, model version, job, check sum of the rest
 *     line 2   the plan
 *
 * The name is made of the job, so that `--resume` finds it: the same scenario, designs, image and budgets; time and
 * number of workers may differ.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Job, SavedPlan } from "../farm/index.ts";
import { CliFailure } from "./failure.ts";
import { VERSION } from "./library.ts";
import { reasonOf } from "./trace-file.ts";

/** Version of this format. */
const FORMAT = 2;

interface Head {
  readonly checkpoint: number;
  readonly model: string;
  readonly job: string;
  readonly sha256: string;
}

/** The file of one job. */
export class CheckpointFile {
  readonly path: string;
  readonly #folder: string;
  readonly #job: string;
  #madeFolder = false;

  /** @param user content of the user's files that the job names */
  constructor(folder: string, job: Job, user: readonly string[]) {
    const { timeMs: _time, ...what } = job;
    this.#folder = folder;
    this.#job = sha256(JSON.stringify([what, ...user]));
    const scenario = job.scenario.replace(/[^\w.-]+/g, "_");
    this.path = join(folder, `${scenario}-${job.kernel}-${this.#job.slice(0, 8)}.checkpoint`);
  }

  /** Writes the plan. Fails when the file cannot be written. */
  write(plan: SavedPlan): void {
    const text = JSON.stringify(plan);
    const head: Head = { checkpoint: FORMAT, model: VERSION, job: this.#job, sha256: sha256(text) };
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      if (mkdirSync(this.#folder, { recursive: true }) !== undefined) this.#madeFolder = true;
      writeFileSync(temporary, `${JSON.stringify(head)}\n${text}\n`);
      renameSync(temporary, this.path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new CliFailure(
        `the checkpoint ${this.path} cannot be written (${reasonOf(error)}): name another folder with --out DIR`,
      );
    }
  }

  /** The plan that was kept; undefined when there is none. Fails for a file that cannot be used. */
  read(): SavedPlan | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw new CliFailure(`${this.path} cannot be read (${reasonOf(error)}): ${AFRESH}`);
    }
    const [first = "", plan = ""] = text.split("\n");
    const head = headOf(first);
    if (head === undefined) throw new CliFailure(`${this.path}: this is no checkpoint: ${AFRESH}`);
    if (head.checkpoint !== FORMAT || head.model !== VERSION) {
      throw new CliFailure(
        `${this.path}: written by version ${head.model} (format ${head.checkpoint}), this is ${VERSION} (format ${FORMAT}): ${AFRESH}`,
      );
    }
    if (head.job !== this.#job) throw new CliFailure(`${this.path}: this is of another check: ${AFRESH}`);
    if (head.sha256 !== sha256(plan))
      throw new CliFailure(`${this.path}: the file is damaged or was cut short: ${AFRESH}`);
    return JSON.parse(plan) as SavedPlan;
  }

  /** Takes the file away: there is a verdict. */
  remove(): void {
    rmSync(this.path, { force: true });
    if (this.#madeFolder && readdirSync(this.#folder).length === 0) rmdirSync(this.#folder);
  }
}

const AFRESH = "remove it, or leave --resume out to start from the beginning";

function headOf(line: string): Head | undefined {
  try {
    const head = JSON.parse(line) as Partial<Head> | null;
    return typeof head?.checkpoint === "number" && typeof head.model === "string"
      ? (head as Head)
      : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
