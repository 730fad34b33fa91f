/**
 * The two ends of an mm: exit_mmap() at the last user, __mmdrop() at the last reference, and who may do which.
 *
 *     cpu0   thread a exits · a kernel thread borrows the page tables · another process
 *     cpu1   thread b · a kernel thread borrows · b again · b exits · a kernel thread · another process
 *     cpu2   (larger) thread c calls exec, and exits from its new address space
 *     maps   a reader of /proc/PID/maps, a user for a moment
 */
import type { Program } from "../check/index.ts";
import {
  contextSwitch,
  doExit,
  execMmap,
  type Kernel,
  layOut,
  type Mm,
  newMm,
  readProcMaps,
  type TaskStruct,
} from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { kernelFor, letGo, smallestAreas } from "./world.ts";

interface LazyWorld {
  /** The threads of the process, each on its own CPU. */
  readonly threads: readonly TaskStruct[];
  /** For each CPU the kernel thread and the thread of another process that run there later. */
  readonly kthreads: readonly TaskStruct[];
  readonly others: readonly TaskStruct[];
  /** What the third thread executes. */
  readonly fresh: Mm | undefined;
}

/** A program whose threads run on CPUs of their own. */
function lazyWorld(k: Kernel, input: ScenarioInput): LazyWorld {
  const cpus = input.larger ? 3 : 2;
  const mm = layOut(k, "process", smallestAreas({}, false).slice(0, 1));
  const other = layOut(k, "other", []);
  const threads: TaskStruct[] = [];
  // Tasks of the machine come first, in their order: a thread of the process on each CPU, then the reader.
  for (let cpu = 0; cpu < cpus; cpu++) {
    const thread = k.newTask(`cpu${cpu}`, mm);
    thread.activeMm = mm;
    threads.push(thread);
  }
  k.newTask("maps", null);
  const kthreads: TaskStruct[] = [];
  const others: TaskStruct[] = [];
  for (let cpu = 0; cpu < cpus; cpu++) {
    kthreads.push(k.newTask(`kthread${cpu}`, null));
    others.push(k.newTask(`other${cpu}`, other));
  }
  k.init(mm.users, cpus);
  k.init(mm.cpus, cpus);
  k.init(other.users, cpus);
  return { threads, kthreads, others, fresh: input.larger ? newMm(k, "fresh") : undefined };
}

/** The thread exits; its CPU goes on with a kernel thread, then with another process. */
function* leaving(k: Kernel, world: LazyWorld, cpu: number): Path {
  const thread = world.threads[cpu]!;
  const kthread = world.kthreads[cpu]!;
  yield* doExit(k, thread);
  yield* contextSwitch(k, thread, kthread);
  yield* contextSwitch(k, kthread, world.others[cpu]!);
}

/** A kernel thread runs in between. */
function* interrupted(k: Kernel, world: LazyWorld, cpu: number): Path {
  const thread = world.threads[cpu]!;
  const kthread = world.kthreads[cpu]!;
  yield* contextSwitch(k, thread, kthread);
  yield* contextSwitch(k, kthread, thread);
  yield* leaving(k, world, cpu);
}

/** The thread goes on with a new program. */
function* executing(k: Kernel, world: LazyWorld, cpu: number): Path {
  yield* execMmap(k, world.threads[cpu]!, world.fresh!);
  yield* leaving(k, world, cpu);
}

/** The last user and the last reference, on different CPUs. */
export const mmdropLazy: Scenario = {
  id: "mmdrop-lazy",
  title: "the last user, the last reference, and a CPU that still borrows the page tables",
  story:
    "Two threads of a process exit on two CPUs, kernel threads borrow their page tables, and somebody reads /proc/PID/maps. " +
    "Everybody drops references to the mm, some in the middle of a context switch, long after the address space is gone. " +
    "In a trace that shows mmdrop() and not its result this looks as if the structure were freed more than once.",
  seed: "001",
  faults: 0,
  failures: "realistic",
  witnesses: [
    "maps tears process down",
    "the drop in proc_map_release frees process",
    "the drop in finish_task_switch frees process",
  ],
  program: (input): Program<unknown, Kernel> => ({
    name: "mmdrop-lazy",
    machine: () => kernelFor(input),
    setup: (k) => lazyWorld(k, input),
    tasks: (k, state) => {
      const world = state as LazyWorld;
      const paths = [leaving, interrupted, executing];
      return [
        ...world.threads.map((_, cpu) => ({ name: `cpu${cpu}`, run: () => paths[cpu]!(k, world, cpu) })),
        { name: "maps", run: () => readProcMaps(k, world.threads[0]!) },
      ];
    },
    after: (k, state) => letGo(k, (state as LazyWorld).others.toReversed()),
    leaks: true,
    witnesses: mmdropLazy.witnesses,
  }),
  layout: (input) =>
    `a process with one area and ${input.larger ? "three threads, one of which executes a new program" : "two threads"}, each on its own CPU`,
};
