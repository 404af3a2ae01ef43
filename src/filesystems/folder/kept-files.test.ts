import { closeSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FILE_ATTRIBUTE_HIDDEN } from "../../nt/index.js";
import { Attachments, type Keeper } from "./attachments.js";
import { writeFacts } from "./facts.js";
import { lookAt, statsOf, takeHoldOfRoot } from "./host-files.js";
import { KeptFiles } from "./kept-files.js";
import { FACTS, NOTHING_KEPT } from "./known-file.js";
import { SideFiles } from "./side-files.js";

const LONG_AGO_NS = 1_000_000_000n;
const ID = 7n;
const HIDDEN = writeFacts({ attributes: FILE_ATTRIBUTE_HIDDEN }) ?? Buffer.alloc(0);

let root: string;
let rootFd: number;
let sideFiles: SideFiles;
let attachments: Attachments;
let kept: KeptFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anymount-kept-"));
  rootFd = takeHoldOfRoot(root);
  sideFiles = new SideFiles(rootFd, statsOf(rootFd).dev);
  attachments = new Attachments(undefined, sideFiles); // so that nothing moves the file's change time
  kept = new KeptFiles(attachments);
  writeFileSync(join(root, "file"), "");
});

afterEach(() => {
  sideFiles.close();
  closeSync(rootFd);
  rmSync(root, { recursive: true });
});

/** The file, as if it had been changed at a time. */
function changedAt(ctimeNs: bigint): Keeper {
  const hostPath = join(root, "file");
  const stats = lookAt(hostPath);
  if (stats === undefined) throw new Error("the file is gone");
  return { hostPath, isOpen: false, stats: Object.assign(stats, { ctimeNs }) };
}

const attributesOf = (keeper: Keeper) => kept.read(ID, keeper).facts.attributes;

describe("what is kept with a file", () => {
  it("is read once, until the file's change time moves", () => {
    expect(attributesOf(changedAt(LONG_AGO_NS))).toBeUndefined();
    attachments.set(changedAt(LONG_AGO_NS), FACTS, HIDDEN);
    expect(attributesOf(changedAt(LONG_AGO_NS))).toBeUndefined();
    expect(attributesOf(changedAt(LONG_AGO_NS + 1n))).toBe(FILE_ATTRIBUTE_HIDDEN);
  });

  it("is read each time of a file that was changed a moment ago", () => {
    const justNow = changedAt(BigInt(Date.now()) * 1_000_000n);
    expect(attributesOf(justNow)).toBeUndefined();
    attachments.set(justNow, FACTS, HIDDEN);
    expect(attributesOf(justNow)).toBe(FILE_ATTRIBUTE_HIDDEN);
  });

  it("is known of what we have just made, until somebody changes it", () => {
    const made = changedAt(BigInt(Date.now()) * 1_000_000n);
    attachments.set(made, FACTS, HIDDEN);
    kept.note(ID, made.stats, NOTHING_KEPT);
    expect(attributesOf(made)).toBeUndefined();
    kept.forget(ID);
    expect(attributesOf(made)).toBe(FILE_ATTRIBUTE_HIDDEN);
  });

  it("stays known of a directory whose names we have changed, and of no other", () => {
    const [before, after, later] = [1n, 2n, 3n].map((ns) => changedAt(LONG_AGO_NS + ns).stats);
    if (before === undefined || after === undefined || later === undefined) throw new Error();
    expect(attributesOf(changedAt(before.ctimeNs))).toBeUndefined();
    attachments.set(changedAt(LONG_AGO_NS), FACTS, HIDDEN);
    kept.namesChanged(ID, before, after);
    expect(attributesOf(changedAt(after.ctimeNs))).toBeUndefined();
    kept.namesChanged(ID, before, later); // somebody else was there in between
    expect(attributesOf(changedAt(later.ctimeNs))).toBe(FILE_ATTRIBUTE_HIDDEN);
  });
});
