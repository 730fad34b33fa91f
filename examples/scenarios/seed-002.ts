import { doExit, oomKill, oomReaper, readProcMaps } from "interleaf/mm";
import { aboutProcess, type Scenario } from "interleaf/scenarios";

export const seed002: Scenario = aboutProcess({
  id: "seed-002",
  title: "a reader may be the last user of a victim's address space",
  areas: [{ start: 0x10, end: 0x11, perms: "rw-p", name: "[heap]", written: [0x10] }],
  tasks: [
    { name: "victim", run: doExit },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
    { name: "maps", run: readProcMaps },
  ],
});
