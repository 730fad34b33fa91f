/**
 * The short way to write a scenario about one process: its areas, and who does what to it.
 *
 *     aboutProcess({ id, title, areas, tasks: [{ name: "victim", run: doExit }, { name: "oom", run: oomKill }] })
 *
 * Each task's path is called with the kernel and the process. The process is named after the first task, which usually is its
 * own thread. When all have ended the books are counted again, the process exits, and nothing may be left.
 */
import type { Program } from "../check/index.ts";
import { type AreaSpec, type Kernel, layOut, type Mm, type TaskStruct } from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

/** One who takes part. */
export interface StoryTask {
  readonly name: string;
  /** A path of the model kernel, or one made of some. `process` is the one that the story is about. */
  readonly run: (k: Kernel, process: TaskStruct) => Path<unknown>;
  /** A service that may wait for ever at the end. */
  readonly daemon?: boolean;
}

/** What makes a scenario about one process; what is left out has an ordinary value. */
export interface ProcessStory
  extends Pick<Scenario, "id" | "title" | "seed" | "catalogue" | "hypothetical" | "notApplicable"> {
  /** What happens and why it matters, where the title does not say it. */
  readonly story?: string;
  /** Areas of the process, in ascending order; `larger` asks for one more of each role. */
  readonly areas: readonly AreaSpec[] | ((larger: boolean) => readonly AreaSpec[]);
  readonly tasks: readonly StoryTask[] | ((larger: boolean) => readonly StoryTask[]);
  /** Faults that are enough to tell it; 0 where left out. */
  readonly faults?: number;
  /** "realistic" where left out. */
  readonly failures?: Scenario["failures"];
  /** Events that some execution must show; none where left out. */
  readonly witnesses?: readonly string[];
  /** Set-up behind the layout: swaps pages out, registers notifiers. */
  prepare?(k: Kernel, process: TaskStruct, mm: Mm): void;
  /** Sequentially behind the last task, when the books have been counted: lets go of what a task still holds. */
  finish?(k: Kernel, process: TaskStruct, mm: Mm): void;
  /** What must hold at the end besides the books, before the process exits. */
  holds?(k: Kernel, process: TaskStruct, mm: Mm): void;
}

interface ProcessWorld {
  readonly process: TaskStruct;
  readonly mm: Mm;
}

/** The scenario of a story. */
export function aboutProcess(story: ProcessStory): Scenario {
  const areasOf = (larger: boolean): readonly AreaSpec[] =>
    typeof story.areas === "function" ? story.areas(larger) : story.areas;
  const tasksOf = (larger: boolean): readonly StoryTask[] =>
    typeof story.tasks === "function" ? story.tasks(larger) : story.tasks;
  const witnesses = story.witnesses ?? [];

  function program(input: ScenarioInput): Program<unknown, Kernel> {
    const larger = input.larger ?? false;
    const told = tasksOf(larger);
    return {
      name: story.id,
      machine: () => kernelFor(input),
      setup: (k): ProcessWorld => {
        k.oomPossible = true;
        const [own, ...others] = told;
        const name = own?.name ?? "process";
        const mm = layOut(k, name, areasOf(larger));
        const process = k.newTask(name, mm);
        for (const task of others) k.newTask(task.name, null);
        story.prepare?.(k, process, mm);
        return { process, mm };
      },
      tasks: (k, state) => {
        const { process } = state as ProcessWorld;
        return told.map(({ name, run, daemon }) => ({
          name,
          run: () => run(k, process),
          ...(daemon === undefined ? {} : { daemon }),
        }));
      },
      after: (k, state) => {
        const { process, mm } = state as ProcessWorld;
        if (checkBooks(k, "all tasks have ended")) story.holds?.(k, process, mm);
        story.finish?.(k, process, mm);
        letGo(k, [process]);
      },
      leaks: true,
      witnesses,
    };
  }

  return {
    id: story.id,
    title: story.title,
    story: story.story ?? "",
    ...(story.seed === undefined ? {} : { seed: story.seed }),
    ...(story.catalogue === undefined ? {} : { catalogue: story.catalogue }),
    ...(story.hypothetical === undefined ? {} : { hypothetical: story.hypothetical }),
    ...(story.notApplicable === undefined ? {} : { notApplicable: story.notApplicable }),
    faults: story.faults ?? 0,
    failures: story.failures ?? "realistic",
    witnesses,
    program,
    layout: (input) => layoutText(areasOf(input.larger ?? false)),
  };
}

function layoutText(areas: readonly AreaSpec[]): string {
  if (areas.length === 0) return "a process without any area";
  return `a process with ${areas.length === 1 ? "one area" : `${areas.length} areas`} (${areas.map((a) => a.name).join(", ")})`;
}
