#!/usr/bin/env node
/**
 * The command line: names commands and options, parses them, and turns the end of a command into an exit code.
 */
import { Command, CommanderError } from "commander";
import { InputProblem } from "../farm/index.ts";
import { KERNELS } from "../mm/index.ts";
import { parseCount, parseExplorer, parseFailures, parseList, parseTime, parseWorkers } from "./arguments.ts";
import { CHECK_FORMATS, type CheckOptions, check } from "./check.ts";
import { type ConformCliOptions, conform } from "./conform.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { VERSION } from "./library.ts";
import { explain, list } from "./list.ts";
import { parseOvercommit, parseSize } from "./machine-facts.ts";
import { type MapsOptions, maps } from "./maps.ts";
import { type MatrixOptions, matrix } from "./matrix.ts";
import { FORMATS, type ReplayOptions, replay } from "./replay.ts";
import { endOnInterrupt } from "./run-tasks.ts";
import { type StraceOptions, strace } from "./strace.ts";
import { clearProgress, say } from "./terminal.ts";

/** Commands that are planned: refused by name, so that nobody takes them for a typing mistake. */
const COMMANDS_TO_COME = ["lab", "campaign", "worker", "doctor", "compare"];

function commandLine(finish: (code: number) => void): Command {
  const program = new Command("interleaf")
    .description(
      "Checks every interleaving and every failing allocation of a model of the Linux process address space.",
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "interleaf: ")) })
    .showHelpAfterError("(try: interleaf --help)");

  const checkCommand = program
    .command("check")
    .description("explore scenarios on one kernel and say what holds, with its bounds")
    .argument("[scenario...]", "ids, see `list scenarios`; all when left out")
    .option(
      "--on <file>",
      "lay the process out like this copy of /proc/PID/maps or smaps, or a moment of this strace log",
    )
    .option(
      "--at <line>",
      "of a log, the moment after this line (default: the last fork, else the end)",
      parseCount(1),
    )
    .option("--from <maps>", "of a log, a recorded maps file that tells what exec made")
    .option("--pid <n>", "of a file with several processes, the one to take", parseCount(1))
    .option("--pages <n>", "pages to plant in each area of the image", parseCount(1))
    .option("--kernel <version>", `one of ${KERNELS.join(", ")} (default: ${KERNELS.at(-1)})`)
    .option("--with <point=variant...>", "replace designs of the kernel, see `list designs`")
    .option("--design <file>", "a TypeScript file with designs of your own")
    .option("--faults <n>", "most failing allocations in one execution", parseCount(0))
    .option("--failures <model>", "which allocations may fail: any, memcg, realistic", parseFailures)
    .option("--time <t>", "end each scenario after this time: 30s, 2m", parseTime)
    .option(
      "--explorer <name>",
      "dpor (all, each once), bounded, or a sample: random, pct, pos",
      parseExplorer,
    )
    .option("--seed <n>", "where a sample is drawn from (default: 1)", parseCount(0))
    .option("--depth <n>", "for pct: ordering decisions a bug may need (default: 3)", parseCount(1))
    .option("--executions <n>", "most executions; samples: how many (default: 10,000)", parseCount(1))
    .option(
      "--preemptions <n>",
      "the largest bound (bounded), or judge only what lies within (dpor)",
      parseCount(0),
    )
    .option("--coverage", "say what never happened: steps, outcomes, orders")
    .option(
      "--workers <n>",
      "worker threads (default: one per core); changes no result. Sampled and bounded checks take one each",
      parseWorkers,
    )
    .option("--resume", "go on where an earlier run of this check was stopped")
    .option("--all", "go on after the first fault budget that has a finding")
    .option("--format <format>", CHECK_FORMATS.join(", "))
    .option("--json", "print one JSON document: short for --format json")
    .option("--out <dir>", "where traces of findings are written", "traces");
  checkCommand.action(async (ids: string[], options: CheckOptions) => finish(await check(ids, options)));

  program
    .command("matrix")
    .description("scenarios against kernels: one table, beside what history says")
    .argument("[scenario...]", "ids; all when left out")
    .option("--kernels <list>", "versions, separated by commas; all when left out", parseList)
    .option("--out <dir>", "write the trace of each cell's first finding there")
    .option("--json", "print one JSON document")
    .action(async (ids: string[], options: MatrixOptions) => finish(await matrix(ids, options)));

  program
    .command("list")
    .description("what there is: scenarios, designs or kernels")
    .argument("<what>", "scenarios, designs or kernels")
    .option("--json", "print one JSON document")
    .action((what: string, options: { json?: boolean }) => finish(list(what, options)));

  program
    .command("explain")
    .description("what a finding means")
    .argument("[code]", "its code; all codes when left out")
    .action((code: string | undefined) => finish(explain(code)));

  program
    .command("replay")
    .description("run the execution in a trace again and show it")
    .argument("<trace>", "a file that `check` has written, or a token of its report")
    .option("--format <format>", FORMATS.join(", "), "text")
    .option("--design <file>", "the user's design, where it has moved since")
    .action(async (path: string, options: ReplayOptions) => {
      if (!FORMATS.includes(options.format)) {
        throw new CliFailure(`there is no format "${options.format}"; there are ${FORMATS.join(", ")}`);
      }
      finish(await replay(path, options));
    });

  program
    .command("conform")
    .description("compare the model with the kernel of this machine, call by call (x86-64 Linux)")
    .argument(
      "[what]",
      "fork-enomem: a fork refused without load; half-way-move: an mremap that stops between areas; random programs when left out",
    )
    .option("--ops <n>", "calls of random programs (default: 20000)", parseCount(1))
    .option("--seed <s>", "seed of the first random program (default: 1)", parseCount(0))
    .option("--program <file>", "run the programs of this recording instead")
    .option("--recorded", "with --program: compare with the answers in the file, on any system")
    .option("--record <file>", "write the live kernel's answers to a file, and compare nothing")
    .option(
      "--kernel <version>",
      `the model's kernel: one of ${KERNELS.join(", ")} (default: this machine's)`,
    )
    .option("--format <format>", CHECK_FORMATS.join(", "))
    .option("--json", "print one JSON document: short for --format json")
    .option("--out <dir>", "where the programs of mismatches are written", "traces")
    .action(async (what: string | undefined, options: ConformCliOptions) =>
      finish(await conform(what, options)),
    );

  aboutMachine(
    program
      .command("strace")
      .description(
        "replay an strace log: areas over time, what splits them, what failed, what a fork would meet",
      )
      .argument("<log>", "a log of strace -f, plain or gzip, or a tracefs stream; - is standard input")
      .option("--verify <maps>", "a recorded maps file: does the replay end in it? 0 yes, 1 no")
      .option("--from <maps>", "a recorded maps file: what each exec made, without comparing")
      .option("--pid <n>", "only this process", parseCount(1))
      .option("--all", "every process, not only those with the highest peaks")
      .option(
        "--faults <which>",
        "private memory is written at once (written) or never; told: by the stream",
        "written",
      )
      .option("--keep-going", "leave damaged lines out and count them")
      .option("--no-designs", "leave out what a fork would meet in each design")
      .option("--kernel <version>", "whose rules hold (default: 6.18)")
      .option("--svg <file>", "write a picture of the areas over time")
      .option("--json", "print one JSON document"),
  ).action(async (path: string, options: StraceOptions) => finish(await strace(path, options)));

  aboutMachine(
    program
      .command("maps")
      .description("what one image shows: headroom, neighbours that could be one, what a fork would meet")
      .argument("<file>", "a copy of /proc/PID/maps or smaps")
      .option("--pid <n>", "of a file with several processes, the one to take", parseCount(1))
      .option("--json", "print one JSON document"),
  ).action((path: string, options: MapsOptions) => finish(maps(path, options)));

  for (const name of COMMANDS_TO_COME) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .action(() => notThere(name));
  }
  return program;
}

/** Options that say what the machine allows. */
function aboutMachine(command: Command): Command {
  return command
    .option("--machine <which>", "live: take the settings and the memory of this machine")
    .option("--ram <size>", "memory of the machine, such as 24G", parseSize)
    .option("--swap <size>", "its swap", parseSize)
    .option("--overcommit <mode>", "vm.overcommit_memory: 0, 1 or 2 (default: 0)", parseOvercommit)
    .option("--max-map-count <n>", "vm.max_map_count (default: 65530)", parseCount(1));
}

function notThere(what: string): never {
  throw new CliFailure(
    `${what} does not exist yet. There are: check, matrix, list, explain, replay, strace, maps, conform (see: interleaf --help)`,
  );
}

/** Runs one command line; gives the exit code. Says on stderr what went wrong. */
async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.holds;
  const program = commandLine((given) => {
    code = given;
  });
  try {
    if (argv.length === 0) program.help({ error: true });
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    clearProgress();
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.holds : EXIT.usage;
    if (error instanceof CliFailure) {
      say(`interleaf: ${error.message}`);
      return error.exitCode;
    }
    if (error instanceof InputProblem) {
      say(`interleaf: ${error.message}`);
      return EXIT.usage;
    }
    say(`interleaf: this is a bug in interleaf: please report it with the command and these lines.`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.bug;
  }
}

// `interleaf ... | head` closes the pipe early: that is no mistake of anybody's.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
endOnInterrupt();
process.exitCode = await main(process.argv.slice(2));
