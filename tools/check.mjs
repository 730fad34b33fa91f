// `npm run check`: every repository check, one line each; complaints as file:line: what is wrong; the cure.
// `npm run check -- path-forms FILE...` holds other files to the path forms.

import { parseArgs } from "node:util";
import { checkDocs } from "./checks/docs.mjs";
import { checkFloors } from "./checks/floors.mjs";
import { checkPathForms } from "./checks/path-forms.mjs";
import { checkPure } from "./checks/pure.mjs";
import { verdict } from "./checks/sources.mjs";
import { checkSpeech } from "./checks/speech.mjs";
import { checkWords } from "./checks/words.mjs";
import { ROOT } from "./house.mjs";

/** @type {Readonly<Record<string, (root: string, files?: string[]) => import("./checks/sources.mjs").CheckResult>>} */
const CHECKS = {
  floors: checkFloors,
  pure: checkPure,
  "path-forms": checkPathForms,
  words: checkWords,
  speech: checkSpeech,
  docs: checkDocs,
};

const { positionals } = parseArgs({ allowPositionals: true });
const [only, ...files] = positionals;
if (only !== undefined && CHECKS[only] === undefined) {
  console.error(`There is no check "${only}": choose one of ${Object.keys(CHECKS).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const [name, check] of Object.entries(CHECKS)) {
    if (only !== undefined && only !== name) continue;
    const { passed, lines } = verdict(name, check(ROOT, files.length > 0 ? files : undefined));
    console.log(lines.join("\n"));
    if (!passed) process.exitCode = 1;
  }
}
