import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../fs/index.js";
import { cases, runCase } from "../../testing/conformance/index.js";
import { late } from "../../testing/late-file-system.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "../memory/index.js";
import { overlay } from "./index.js";

const make = () => memory({ maxSize: 2 ** 26 });

const ALL = ["direct", "kernel", "smb"] as const;

/** Names that cases use, so that what they make is made where something is hidden. */
const NAMES = ["file", "a", "other", "new"];

/** A lower layer with files and full directories, all of which are deleted in the overlay. */
async function overHidden(): Promise<FileSystem> {
  const lower = make();
  const below = new VolumeDriver(lower);
  for (const name of NAMES) await below.makeFile(name, "old");
  for (const name of ["dir", "b"]) {
    await below.makeDirectory(name);
    for (const inside of NAMES) await below.makeFile(`${name}\\${inside}`, "old");
  }
  const fileSystem = overlay(make(), lower);
  const driver = new VolumeDriver(fileSystem);
  for (const name of ["dir", "b"]) {
    for (const inside of NAMES) await driver.remove(`${name}\\${inside}`);
    await driver.remove(name);
  }
  for (const name of NAMES) await driver.remove(name);
  return fileSystem;
}

describe.each([
  { title: "an overlay of empty drives", makeOne: () => overlay(make(), make()), ways: ALL },
  { title: "an overlay that hides all there is", makeOne: overHidden, ways: ALL },
  {
    title: "an overlay of three, which answer late",
    makeOne: () => overlay(late(make()), late(make()), late(make())),
    ways: ["direct", "kernel"] as const,
  },
])("$title", ({ makeOne, ways }) => {
  it.each(cases.map((each) => ({ name: each.name, each })))("$name", async ({ each }) => {
    expect(await runCase(each, makeOne, { ways })).toBeUndefined();
  });
});
