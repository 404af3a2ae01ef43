import { describe, expect, it } from "vitest";
import { mountAt, parseMountTable, readMountTable } from "./mount-table.js";

const TABLE = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:27 / /tmp/a\\040b rw,nosuid - fuse.anymount ram rw,user_id=0
32 22 0:28 / /tmp/h\xc3\xa4 rw shared:7 master:1 - tmpfs tmpfs rw
33 31 0:29 / /tmp/a\\040b rw - fuse.anymount other\\134name rw
`;

describe("the table of mounts", () => {
  it("has a line for each, with any number of optional fields", () => {
    expect(parseMountTable(TABLE)).toEqual([
      { device: "254:0", where: "/", type: "ext4", source: "/dev/vda" },
      { device: "0:27", where: "/tmp/a b", type: "fuse.anymount", source: "ram" },
      { device: "0:28", where: "/tmp/hä", type: "tmpfs", source: "tmpfs" },
      { device: "0:29", where: "/tmp/a b", type: "fuse.anymount", source: "other\\name" },
    ]);
  });

  it("tells of a place what was mounted there last", () => {
    expect(mountAt("/tmp/a b", parseMountTable(TABLE))?.device).toBe("0:29");
    expect(mountAt("/tmp/c", parseMountTable(TABLE))).toBeUndefined();
  });

  it("is read of this machine", () => {
    if (process.platform === "linux") expect(readMountTable().length).toBeGreaterThan(0);
  });
});
