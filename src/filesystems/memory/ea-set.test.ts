import { describe, expect, it } from "vitest";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { memory } from "./index.js";
import { MAX_EA_BYTES } from "./limits.js";

function volume(maxSize = 2 ** 26) {
  const fs = memory({ maxSize });
  const used = () => fs.getVolumeInfo().totalSize - fs.getVolumeInfo().freeSize;
  return { fs, on: new Subject(fs), used };
}

describe("space of extended attributes", () => {
  it("is given back to the last byte when they or their file go", async () => {
    const { on, used } = volume();
    const before = used();
    const { file } = await on.create("\\file");
    const withFile = used();
    await on.setEas(file, [`A=${"x".repeat(1000)}`, "B=2"]);
    expect(used()).toBeGreaterThan(withFile + 1000);
    await on.setEas(file, ["a=", "b="]);
    expect(used()).toBe(withFile);
    await on.setEas(file, ["C=3"]);
    await on.overwrite(file);
    expect(used()).toBe(withFile);
    await on.setEas(file, ["C=3"]);
    await on.cleanup(file, "\\file", { isDelete: true });
    await on.close(file);
    expect(used()).toBe(before);
  });

  it("that there is not makes a change fail whole", async () => {
    const { on, used } = volume(8192);
    const { file } = await on.create("\\file");
    await on.setEas(file, ["A=1"]);
    const before = used();
    await refuses(() => on.setEas(file, ["A=2", `B=${"x".repeat(8000)}`]), "DISK_FULL");
    expect(await on.eas(file)).toEqual(["A=1"]);
    expect(used()).toBe(before);
  });

  it("ends at 64 KiB for one file", async () => {
    const { fs, on } = volume();
    const { file } = await on.create("\\file");
    const most = MAX_EA_BYTES - 4 - 5 - 1;
    expect((await on.setEas(file, [`A=${"x".repeat(most)}`])).eaSize).toBe(MAX_EA_BYTES);
    await refuses(() => on.setEas(file, ["B=2"]), "EA_TOO_LARGE");
    expect(await on.eas(file)).toHaveLength(1);
    const value = Buffer.alloc(most + 1);
    const extendedAttributes = [{ name: "A", value, isNeeded: false }];
    await refuses(() => on.create("\\other", { extendedAttributes }), "EA_TOO_LARGE");
    await refuses(() => on.overwrite(file, { extendedAttributes }), "EA_TOO_LARGE");
    expect(fs.getStreams(fs.open("\\file").file)).toHaveLength(1);
    expect(await on.names("\\")).toEqual(["file"]);
  });

  it("is not that of the client's message: values are copied", async () => {
    const { fs, on } = volume();
    const { file } = fs.open("\\");
    const value = Buffer.from("mine");
    fs.setExtendedAttributes(file, [{ name: "A", value, isNeeded: false }]);
    value.fill(0);
    expect(await on.eas(file)).toEqual(["A=mine"]);
  });
});
