import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test, vi } from "vitest";
import { ensureInstalled, ROOT, staleInstall } from "../../tools/house.mjs";
import { nodeTooOld, OLDEST_NODE } from "../../tools/node-version.mjs";
import { planted } from "./planted.ts";

describe("which Node will do", () => {
  it.each(["0.10.48", "18.20.8", "20.18.3"])("not %s, and the message says which one would", (version) => {
    expect(nodeTooOld(version)).toMatch(
      new RegExp(`^interleaf needs Node 20\\.19 or newer; this is Node ${version} `),
    );
  });
  it.each(["20.19.0", "20.20.2", "22.12.0", "24.0.0", "100.0.0"])("%s", (version) => {
    expect(nodeTooOld(version)).toBeUndefined();
  });
  it("is what package.json says", () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(`>=${OLDEST_NODE.join(".")}.0`);
  });
});

describe("an installation is stale when", () => {
  const entry = (version: string, more = {}) => ({ version, integrity: `sha512-${version}`, ...more });
  const lock = (packages: object): string => JSON.stringify({ packages: { "": { name: "x" }, ...packages } });
  const WANTED = { "node_modules/a": entry("1.0.0"), "node_modules/os": entry("1.0.0", { optional: true }) };
  const installed = (record: object, more: Record<string, string> = {}): string | undefined =>
    staleInstall(
      planted({
        "package-lock.json": lock(WANTED),
        "node_modules/.package-lock.json": lock(record),
        "node_modules/a/package.json": "{}",
        ...more,
      }),
    );

  it("there is none", () => {
    expect(staleInstall(planted({ "package-lock.json": lock(WANTED) }))).toBe("node_modules is missing");
  });
  it("a package is missing", () => {
    expect(installed({})).toBe("node_modules/a is missing");
  });
  it("a package's folder is missing", () => {
    const record = { ...WANTED, "node_modules/b": entry("1.0.0") };
    const root = planted({
      "package-lock.json": lock(record),
      "node_modules/.package-lock.json": lock(record),
    });
    expect(staleInstall(root)).toBe("node_modules/a is missing");
  });
  it("a package has another version", () => {
    expect(installed({ "node_modules/a": entry("0.9.0") })).toBe(
      "node_modules/a is 0.9.0, the lockfile says 1.0.0",
    );
  });
  it("there is a package too many", () => {
    expect(
      installed({ ...WANTED, "node_modules/b": entry("1.0.0") }, { "node_modules/os/package.json": "{}" }),
    ).toBe("node_modules/b is not in the lockfile");
  });
  it("npm's record is damaged", () => {
    expect(installed({}, { "node_modules/.package-lock.json": "{" })).toBe(
      "the record in node_modules cannot be read",
    );
  });
  it("never because of a package for another platform", () => {
    expect(installed({ "node_modules/a": entry("1.0.0") })).toBeUndefined();
  });
});

describe("ensureInstalled", () => {
  const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } });
  // Stands for npm: notes that it ran, and installs what the lockfile of this test asks for.
  const NPM = `
const fs = require("node:fs");
fs.appendFileSync("ran", process.argv.slice(2).join(" ") + "\\n");
fs.mkdirSync("node_modules/a", { recursive: true });
fs.writeFileSync("node_modules/a/package.json", "{}");
fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
`;

  it("installs what is missing, and only then", () => {
    const root = planted({ "package.json": "{}", "package-lock.json": LOCK, "npm.js": NPM });
    vi.stubEnv("npm_execpath", join(root, "npm.js"));
    const said = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => {
      vi.unstubAllEnvs();
      said.mockRestore();
    });
    ensureInstalled(root);
    ensureInstalled(root);
    expect(readFileSync(join(root, "ran"), "utf8")).toBe("ci --no-audit --no-fund --loglevel=error\n");
    expect(said.mock.calls).toEqual([["Installing packages (node_modules is missing) ..."]]);
    rmSync(join(root, "node_modules/a"), { recursive: true });
    ensureInstalled(root);
    expect(said).toHaveBeenLastCalledWith("Installing packages (node_modules/a is missing) ...");
  });

  it("tells why npm failed, and does not go on", () => {
    const root = planted({
      "package-lock.json": LOCK,
      "npm.js": `console.error("no network"); process.exitCode = 1;`,
    });
    vi.stubEnv("npm_execpath", join(root, "npm.js"));
    const said = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => {
      vi.unstubAllEnvs();
      said.mockRestore();
    });
    expect(() => ensureInstalled(root)).toThrow(/^no network\nnpm ci failed: see above/);
  });
});

test("installing this package runs no script", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(
    Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|pack|publish)/.test(name)),
  ).toEqual([]);
  expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toContain(`"hasInstallScript": true`);
});

test("the lockfile serves every platform: it has all binaries of the packages that come as binaries", () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>;
  };
  const entries = Object.entries(packages);
  expect(entries.length).toBeGreaterThan(1);
  for (const [path, entry] of entries) {
    if (path !== "") expect(entry.version, path).toBeDefined();
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const found = packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`];
      expect(found, `${name}, wanted by ${path}`).toBeDefined();
    }
  }
});
