import { expect, test } from "vitest";
import { Replay, readLog } from "../../src/import/index.ts";
import {
  mapsReport,
  mapsReportText,
  processReport,
  sparkline,
  straceText,
  timelineSvg,
} from "../../src/report/index.ts";

const MACHINE = {
  maxMapCount: 65_530,
  memory: { overcommit: 0, ramBytes: 2 ** 30, swapBytes: 0, ratio: 50 },
} as const;
const point = (high: number): { at: number; seconds: number; low: number; high: number; last: number } => ({
  at: 0,
  seconds: 0,
  low: 0,
  high,
  last: 0,
});

function report(log: string): { text: string; replay: Replay } {
  const replay = new Replay();
  const result = readLog(log, (event) => replay.take(event), { file: "x.log" });
  if (!result.ok) throw new Error(result.problem.found);
  replay.end();
  const processes = replay.processes.map((history) => processReport(history, MACHINE, true));
  const { summary } = result;
  const text = straceText(
    {
      summary,
      processes,
      machine: MACHINE,
      notes: replay.notes,
      unfollowed: replay.unfollowed,
      verification: undefined,
    },
    10,
  );
  return { text, replay };
}

test("a sparkline shows the highest value of each stretch, so that no peak is lost", () => {
  const points = Array.from({ length: 100 }, (_, i) => point(i === 57 ? 800 : 100));
  expect(sparkline(points, 10)).toBe("▂▂▂▂▂█▂▂▂▂");
  expect(sparkline([], 10)).toBe("");
  expect(sparkline([point(0), point(7)], 10)).toBe("▁█");
});

test("failures of one kind and reason are one line with their number", () => {
  const lines = ["10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000010000"];
  for (let i = 0; i < 1200; i++)
    lines.push(
      `10 madvise(0x${(0x7e0000000000 + i * 4096).toString(16)}, 4096, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)`,
    );
  const { text, replay } = report(`${lines.join("\n")}\n`);
  expect(replay.processes[0]!.failed).toHaveLength(1);
  expect(text.replaceAll(/\s+/g, " ")).toContain(
    "failed line 2: madvise(0x7e0000000000, 4096, MADV_DONTNEED) ENOMEM (1,200 times): nothing is mapped at 0x7e0000000000",
  );
});

test("a fork that failed is judged under the machine's memory: refused at an area, or from elsewhere", () => {
  const fork = "10 clone(child_stack=NULL, flags=SIGCHLD) = -1 ENOMEM (Cannot allocate memory)\n";
  const mapping = (bytes: number): string =>
    `10 mmap(NULL, ${bytes}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7e0000000000\n`;
  const plain = (text: string): string => text.replaceAll(/\s+/g, " ");
  expect(plain(report(mapping(2 ** 31) + fork).text)).toContain(
    "fork fails with ENOMEM at 7e0000000000-7e0080000000 rw-p 2.0 GiB: its 2,048 MiB are more than all memory and swap (1,024 MiB)",
  );
  expect(plain(report(mapping(2 ** 29) + fork).text)).toContain("the ENOMEM came from elsewhere");
});

test("text stays within 80 columns but for the table of designs, and says how the beginning is known", () => {
  const { text } = report(
    "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000010000\n10 fork() = 11\n",
  );
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(90);
  expect(text).toContain("unseen     the log begins in the middle");
  expect(text).toContain("made pid 11");
});

test("a picture names every process, and escapes what programs are called", () => {
  const { replay } = report('10 execve("/bin/a<b>&c", ["x"], 0x7ffe) = 0\n10 brk(NULL) = 0x1000\n');
  const picture = timelineSvg(
    "x<y>.log",
    replay.processes.map((history) => processReport(history, MACHINE, false)),
  );
  expect(picture).toContain("/bin/a&lt;b&gt;&amp;c");
  expect(picture).toContain("x&lt;y&gt;.log");
  expect(picture).not.toMatch(/NaN|undefined/);
});

test("an image tells its largest areas, neighbours and what a fork would meet", () => {
  const area = (startPage: number, endPage: number): Parameters<typeof mapsReport>[0]["areas"][number] => ({
    startPage,
    endPage,
    read: true,
    write: true,
    exec: false,
    shared: false,
    offsetPages: 0,
    device: "00:00",
    inode: "0",
    name: "",
  });
  const image = mapsReport({ source: "x.maps", areas: [area(16, 20), area(20, 24), area(32, 33)] }, MACHINE);
  expect(image.neighbours.count).toBe(1);
  expect(image.fork.chargedAreas).toBe(3);
  const text = mapsReportText(image, MACHINE);
  expect(text).toContain("1 pair of areas side by side look alike");
  expect(text).toMatch(/7\.0 {3}dup, teardown +\d+ {3}nothing/);
});
