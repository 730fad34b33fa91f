/**
 * A user's own designs: a TypeScript file that exports variants of decision points.
 *
 *     load (user-module.ts) -> is every export a variant? -> guard its functions
 */
import { POINTS, type Variant } from "../mm/index.ts";
import { InputProblem } from "./job.ts";
import { isPath, type Library, loadUserModule, whatItIs } from "./user-module.ts";

/** The variants of one file. */
export interface UserDesigns {
  /** As the user named it. */
  readonly file: string;
  /** SHA-256 of its content. */
  readonly hash: string;
  readonly variants: readonly Variant[];
}

/** Loads and checks a file of designs. Throws an `InputProblem`. */
export async function loadUserDesigns(file: string, library: Library): Promise<UserDesigns> {
  const { module, hash } = await loadUserModule(file, library, "--design");
  const variants = variantsOf(module, file);
  return {
    file,
    hash,
    variants: variants.map((v) => guarded(v, file)),
  };
}

/** The exports that are variants: objects with a `point`. */
function variantsOf(module: unknown, file: string): Variant[] {
  const exports = typeof module === "object" && module !== null ? Object.entries(module) : [];
  const variants: Variant[] = [];
  for (const [name, value] of exports) {
    if (typeof value !== "object" || value === null || !("point" in value)) continue;
    const problem = variantProblem(value as Readonly<Record<string, unknown>>);
    if (problem !== undefined) throw new InputProblem(`${file}: the export "${name}" ${problem}`);
    variants.push(value as Variant);
  }
  if (variants.length === 0) {
    throw new InputProblem(
      `${file} exports no design: export an object with point, name, title, source and the functions of its decision point (see: list designs)`,
    );
  }
  const twice = variants.find((v, i) => variants.findIndex((w) => w.point === v.point) !== i);
  if (twice) throw new InputProblem(`${file} exports two designs for ${twice.point}: keep one`);
  return variants;
}

/** What keeps an object from being a variant of its point: it must have what the model's own variants have. */
function variantProblem(value: Readonly<Record<string, unknown>>): string | undefined {
  const point = POINTS.find((p) => p.id === value["point"]);
  if (point === undefined) {
    return `is for the decision point "${String(value["point"])}", which does not exist; there are ${POINTS.map((p) => p.id).join(", ")}`;
  }
  const model = point.variants[0] as unknown as Readonly<Record<string, unknown>>;
  for (const [member, wanted] of Object.entries(model)) {
    if (member === "requires") continue;
    const found = value[member];
    const kind = kindOf(wanted);
    if (kindOf(found) === kind || (typeof wanted === "function" && typeof found === "function")) continue;
    return `has ${found === undefined ? "no" : "a wrong"} "${member}": a design for ${point.id} needs ${kind}`;
  }
  const { requires } = value;
  const sound =
    requires === undefined ||
    (typeof requires === "object" &&
      requires !== null &&
      Object.values(requires).every(
        (names) => Array.isArray(names) && names.every((n) => typeof n === "string"),
      ));
  return sound ? undefined : 'has a wrong "requires": it maps points to lists of variant names';
}

function kindOf(value: unknown): string {
  if (isGeneratorFunction(value)) return "a generator function";
  if (typeof value === "function") return "a function";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function isGeneratorFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object GeneratorFunction]";
}

/**
 * The variant with its functions watched: what they give must be what the model's own variants give. A promise where
 * a path or a yes is expected would otherwise fail far from its cause, or count as yes.
 */
function guarded(variant: Variant, file: string): Variant {
  const point = POINTS.find((p) => p.id === variant.point)!;
  const model = point.variants[0] as unknown as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = { ...variant };
  for (const [member, wanted] of Object.entries(model)) {
    if (typeof wanted !== "function") continue;
    const given = copy[member] as (...args: unknown[]) => unknown;
    const path = isGeneratorFunction(wanted);
    copy[member] = (...args: unknown[]): unknown => {
      const result = given.apply(variant, args);
      if (path ? isPath(result) : typeof result === "boolean") return result;
      const what = whatItIs(result);
      throw new InputProblem(
        `${file}: ${variant.point}=${variant.name}: ${member}() gave ${what}; it must ${path ? "be a generator function (write `*" + member + "(...)`)" : "return true or false"}`,
      );
    };
  }
  return copy as unknown as Variant;
}
