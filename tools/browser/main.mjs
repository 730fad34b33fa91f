// The range tree as its users get it, in Node and in a browser page.
//
//   npm pack --> npm install in an empty folder --> program.mjs in Node ------------------> what it says --.
//                        |                                                                                 equal?
//                        '--> a page with an import map, served from that folder --> Chromium posts what it says --'
//
//   npm run build && node tools/browser/main.mjs        REQUIRE_BROWSER=1: no browser is a failure, not a skip
//
// In both worlds the loaded files are listed: nothing but the tree's own may be among them. The page sees no bundler
// and no Node; its import map says what "exports" in package.json says. CHROME names another browser binary.

import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "../house.mjs";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/** Seconds a page may take. */
const PATIENCE = 60;

/** What both worlds run: the public face of the tree, and its text as witness. It must not know where it is. */
const PROGRAM = `
import { MAX_INDEX, MapleTree, Reserved, ZERO_ENTRY } from "interleaf/maple";

export function run() {
  const tree = MapleTree.from([[10, 19, "a"], [20, 29, "b"], [15, 24, { c: 1 }]]);
  for (let i = 0; i < 2000; i++) tree.store(100 + i * 7919 % 30011, 120 + i * 7919 % 30011, i);
  tree.store(50, 59, ZERO_ENTRY);
  const snapshot = tree.snapshot();
  tree.store(0, 1000, undefined);
  tree.restore(snapshot);
  tree.validate();
  const clone = tree.clone();
  clone.erase(12);
  let refused = "";
  try {
    tree.store(5, 4, "reversed");
  } catch (error) {
    refused = error.message;
  }
  return JSON.stringify({
    sizes: [tree.size, clone.size, tree.height],
    gaps: [tree.emptyArea(0, MAX_INDEX, 11), tree.emptyAreaRev(0, 40, 8)],
    found: [tree.load(24), tree.find(50), ZERO_ENTRY instanceof Reserved],
    entries: tree.toJSON(),
    picture: tree.toString(),
    refused,
  });
}
`;

const TYPED = `
import { type Entry, MapleTree, type Snapshot } from "interleaf/maple";
const tree = new MapleTree<string>();
const snapshot: Snapshot<string> = tree.snapshot();
tree.store(1, 2, "a");
export const entry: Entry<string> | undefined = tree.find(0);
tree.restore(snapshot);
`;

const MISTYPED = `
import { MapleTree } from "interleaf/maple";
new MapleTree<string>().store(1, 2, 3);
`;

const work = mkdtempSync(join(tmpdir(), "interleaf-browser-"));
try {
  const project = install();
  const inNode = runInNode(project);
  checkTypes(project);
  const browser = findBrowser();
  if (browser !== undefined) {
    const inPage = await runInPage(project, browser);
    if (inPage !== inNode) {
      throw new Error(`The page and Node disagree.\nNode: ${inNode}\npage: ${inPage}`);
    }
    console.log(`browser: the page says the same, ${inPage.length} characters`);
  } else if (process.env["REQUIRE_BROWSER"] === "1") {
    throw new Error(`No browser: none of ${BROWSERS.join(", ")} is in PATH, and CHROME names none.`);
  } else {
    console.log(`browser: SKIPPED, none of ${BROWSERS.join(", ")} is in PATH, and CHROME names none`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/**
 * Packs the built package and installs it into an empty folder.
 *
 * @returns {string} the folder
 */
function install() {
  const [packed] = JSON.parse(command("npm", ["pack", "--json", "--pack-destination", work], ROOT));
  const project = join(work, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  command("npm", ["install", ...flags, join(work, packed.filename)], project);
  writeFileSync(join(project, "program.mjs"), PROGRAM);
  return project;
}

/**
 * @param {string} project
 * @returns {string} what the program says
 */
function runInNode(project) {
  // A loader that lists what is loaded; it stands outside the program.
  writeFileSync(
    join(project, "list.mjs"),
    `import { register } from "node:module";
     const hook = \`export async function load(url, context, next) {
       console.error(url);
       return next(url, context);
     }\`;
     register("data:text/javascript," + encodeURIComponent(hook));`,
  );
  writeFileSync(
    join(project, "main.mjs"),
    'import { run } from "./program.mjs";\nprocess.stdout.write(run());\n',
  );
  const result = spawnSync(process.execPath, ["--import", "./list.mjs", "main.mjs"], {
    cwd: project,
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`The program fails in Node:\n${result.stderr}`);
  const loaded = result.stderr.split("\n").filter((line) => line.startsWith("file:"));
  judgeLoaded(
    "Node",
    loaded.map((url) => new URL(url).pathname.replace(/^.*\/project\//, "/")),
  );
  return result.stdout;
}

/**
 * The types come along, and they object.
 *
 * @param {string} project
 */
function checkTypes(project) {
  writeFileSync(join(project, "typed.ts"), TYPED);
  writeFileSync(join(project, "mistyped.ts"), MISTYPED);
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2023", "--lib", "es2023"];
  const tsc = [join(ROOT, "node_modules/@typescript/native/bin/tsc"), ...flags, "--types", ""];
  command(process.execPath, [...tsc, "--module", "nodenext", "typed.ts"], project);
  const wrong = spawnSync(process.execPath, [...tsc, "--module", "nodenext", "mistyped.ts"], {
    cwd: project,
    encoding: "utf8",
  });
  if (wrong.status === 0 || !wrong.stdout.includes("TS2345")) {
    throw new Error(`A number stored in a tree of strings should not compile:\n${wrong.stdout}`);
  }
  console.log("types: they come along, and a number in a tree of strings does not compile");
}

/**
 * @param {string} where
 * @param {string[]} loaded paths below the project
 */
function judgeLoaded(where, loaded) {
  const modules = loaded.filter((path) => path.includes("/node_modules/"));
  const foreign = modules.filter(
    (path) => !/^\/node_modules\/interleaf\/dist\/maple\/[a-z]+\.js$/.test(path),
  );
  if (modules.length === 0) throw new Error(`${where} loaded no module of the package: ${loaded.join(", ")}`);
  if (foreign.length > 0) throw new Error(`${where} loaded more than the tree: ${foreign.join(", ")}`);
  console.log(`${where}: ${modules.length} modules loaded, all of them the tree's own`);
}

/** @returns {string | undefined} */
function findBrowser() {
  const named = process.env["CHROME"];
  if (named !== undefined) return named;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of BROWSERS) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/**
 * @param {string} project
 * @param {string} browser
 * @returns {Promise<string>} what the program says
 */
async function runInPage(project, browser) {
  const manifest = JSON.parse(readFileSync(join(project, "node_modules/interleaf/package.json"), "utf8"));
  const entry = manifest.exports["./maple"].default.replace(/^\./, "/node_modules/interleaf");
  const map = JSON.stringify({ imports: { "interleaf/maple": entry } });
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">${map}</script>
<script type="module">
  const say = (kind, body) => fetch("/" + kind, { method: "POST", body });
  addEventListener("error", (event) => say("failed", String(event.message)));
  import("/program.mjs").then(({ run }) => say("result", run())).catch((error) => say("failed", String(error.stack)));
</script>`;
  /** @type {string[]} */
  const loaded = [];
  const said = answer();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (request.method === "POST") {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      response.end();
      if (path === "/result") said.resolve(body);
      else said.reject(new Error(`The page fails: ${body}`));
      return;
    }
    if (path === "/") {
      response.setHeader("content-type", "text/html").end(page);
      return;
    }
    loaded.push(path);
    try {
      const text = readFileSync(join(project, path));
      response.setHeader("content-type", "text/javascript").end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
  ];
  const profile = `--user-data-dir=${join(work, "profile")}`;
  const child = spawn(browser, [...flags, profile, `http://127.0.0.1:${address.port}/`], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    errors += text;
  });
  child.on("error", (error) => said.reject(new Error(`${browser} does not start: ${error.message}`)));
  child.on("exit", (code) =>
    said.reject(new Error(`${browser} ended with ${code}:\n${errors.slice(-2000)}`)),
  );
  const timer = setTimeout(
    () => said.reject(new Error(`The page said nothing for ${PATIENCE} s.\n${errors.slice(-2000)}`)),
    PATIENCE * 1000,
  );
  try {
    const result = await said.promise;
    judgeLoaded("the page", loaded);
    return result;
  } finally {
    clearTimeout(timer);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // The browser's helpers are in its process group.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      try {
        process.kill(-child.pid, "SIGKILL");
        await ended;
      } catch {
        // It has gone by itself.
      }
    }
    server.closeAllConnections();
    server.close();
  }
}

/** A promise of a text, and the two ways to settle it. */
function answer() {
  /** @type {(value: string) => void} */
  let resolve = () => {};
  /** @type {(reason: Error) => void} */
  let reject = () => {};
  const promise = new Promise((/** @type {(value: string) => void} */ yes, no) => {
    resolve = yes;
    reject = no;
  });
  // It may be rejected before anybody waits for it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/**
 * @param {string} file
 * @param {string[]} args
 * @param {string} folder
 * @returns {string} what it printed
 */
function command(file, args, folder) {
  const shell = process.platform === "win32" && file === "npm";
  const result = spawnSync(file, args, { cwd: folder, encoding: "utf8", shell });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${file} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
