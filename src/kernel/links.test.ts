import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldName } from "../nt/index.js";
import { FileNode } from "./file-node.js";
import { type Link, LinkTree } from "./links.js";

const node = new FileNode(1n);

/** One open, naively: where it is. */
interface NaiveOpen {
  readonly link: Link;
  components: string[];
  /** Set where it, or something above it, was detached: what was detached together. */
  gone?: symbol;
}

function fold(components: readonly string[]): string[] {
  return components.map(foldName);
}

function isAtOrBelow(components: readonly string[], other: readonly string[]): boolean {
  const [folded, ancestor] = [fold(components), fold(other)];
  return ancestor.every((name, i) => folded[i] === name);
}

const name = fc.constantFrom("a", "A", "b", "ä", "Ä", "c");
const path = fc.array(name, { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("acquire" as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("move" as const), which: fc.nat(), path }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("detach" as const), which: fc.nat() }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One open has closed. */
function release(tree: LinkTree, link: Link): void {
  tree.leave(link);
  tree.settle(link);
}

/** The tree, and a list of paths that must say the same. */
class Model {
  readonly tree = new LinkTree(false);
  #opens: NaiveOpen[] = [];

  run(step: Step): void {
    if (step.kind === "acquire") {
      this.#opens.push({ link: this.tree.acquire(step.path, node), components: step.path });
      return;
    }
    const open = this.#opens[step.which % Math.max(1, this.#opens.length)];
    if (open === undefined) return;
    if (step.kind === "release") {
      release(this.tree, open.link);
      this.#opens = this.#opens.filter((other) => other !== open);
    } else if (step.kind === "detach") {
      this.#detach(open);
    } else if (open.gone === undefined) {
      this.#move(open.link, open.components, step.path);
    }
  }

  /** As a POSIX delete does it, of a name that is not gone, though one above it may be. */
  #detach(open: NaiveOpen): void {
    if (open.link.isGone) return;
    const together = this.#at(open.components, open.gone);
    this.tree.detach(open.link);
    const gone = Symbol();
    for (const other of together) other.gone = gone;
  }

  /** As a rename does it: not into itself, and not to a place that is taken. */
  #move(link: Link, from: readonly string[], to: readonly string[]): void {
    const isCaseOnly = fold(to).join() === fold(from).join();
    if (!isCaseOnly && (isAtOrBelow(to, from) || this.#at(to).length > 0)) return;
    const moving = this.#at(from);
    this.tree.move(link, to);
    for (const open of moving) open.components = [...to, ...open.components.slice(from.length)];
  }

  #at(components: readonly string[], gone?: symbol): NaiveOpen[] {
    return this.#opens.filter(
      (open) => open.gone === gone && isAtOrBelow(open.components, components),
    );
  }

  check(somePath: readonly string[]): void {
    expect(this.tree.size).toBe(this.#opens.length);
    expect(this.tree.find(somePath) !== undefined).toBe(this.#at(somePath).length > 0);
    for (const { link, components, gone } of this.#opens) {
      const below = this.#at(components, gone);
      const here = below.filter((open) => open.components.length === components.length);
      expect(foldName(link.path)).toBe(`\\${fold(components).join("\\")}`);
      if (gone === undefined) expect(this.tree.find(components)).toBe(link);
      expect(link.openCount).toBe(here.length);
      expect(link.treeCount).toBe(below.length);
      expect(link.hasOpensBelow).toBe(below.length > here.length);
    }
  }

  releaseAll(): void {
    for (const { link } of this.#opens) release(this.tree, link);
    this.#opens = [];
  }
}

const steps = fc.array(step, { maxLength: 40 });

describe("the tree of open names", () => {
  it("agrees with a list of paths, whatever is opened, closed and moved", () => {
    fc.assert(
      fc.property(steps, path, (steps, somePath) => {
        const model = new Model();
        for (const step of steps) {
          model.run(step);
          model.check(somePath);
        }
        model.releaseAll();
        expect(model.tree.size).toBe(0);
        expect(model.tree.find(somePath)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("counts an open once, where its name goes after the one above it", () => {
    const tree = new LinkTree(false);
    const file = tree.acquire(["a"], node);
    const streams = [tree.acquire(["a", ":s"], node), tree.acquire(["a", ":s"], node)];
    tree.detach(file);
    tree.detach(streams[0] as Link); // both are open by the one link
    for (const link of [file, ...streams]) release(tree, link);
    expect(tree.size).toBe(0);
  });

  it("finds names without case, and tells them as they were opened first", () => {
    const tree = new LinkTree(false);
    const link = tree.acquire(["Dir", "File"], node);
    expect(tree.acquire(["dir", "FILE"], node)).toBe(link);
    expect(link.path).toBe("\\Dir\\File");
  });

  it("keeps names apart by case where the volume does", () => {
    const tree = new LinkTree(true);
    const link = tree.acquire(["file"], node);
    expect(tree.acquire(["FILE"], node)).not.toBe(link);
    expect(tree.find(["File"])).toBeUndefined();
  });

  it("tells the path of what lies below a name that moved", () => {
    const tree = new LinkTree(false);
    const directory = tree.acquire(["a", "b"], node);
    const file = tree.acquire(["a", "b", "file"], node);
    tree.move(directory, ["c", "D"]);
    expect(file.path).toBe("\\c\\D\\file");
    expect(tree.find(["a"])).toBeUndefined();
    tree.move(directory, ["c", "d"]);
    expect(file.path).toBe("\\c\\d\\file");
  });

  it("forgets with the last open that a name was to be deleted", () => {
    const tree = new LinkTree(false);
    const link = tree.acquire(["file"], node);
    link.isDeletePending = true;
    release(tree, link);
    expect(tree.acquire(["file"], node).isDeletePending).toBe(false);
  });
});
