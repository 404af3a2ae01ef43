import { describe, expect, it } from "vitest";
import { AccessChecker } from "../kernel/access-check.js";
import {
  AUTHENTICATED_USERS,
  accountSid,
  descriptorOfSddl,
  EVERYONE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NETWORK,
  readSecurityDescriptor,
  USERS,
} from "../nt/index.js";
import {
  descriptorOfNew,
  descriptorWithMode,
  Ownerships,
  sidOfGid,
  sidOfUid,
} from "./ownership.js";

const SERVER = { uid: 1000, gid: 100 };
const PUBLIC = descriptorOfSddl("O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");

/** What somebody who came by the network may do. */
function accessByNetwork(descriptor: Uint8Array): number {
  const anna = { userSid: accountSid("anna"), groupSids: [EVERYONE, AUTHENTICATED_USERS, NETWORK] };
  return new AccessChecker().maximumAccess(descriptor, anna);
}

describe("what is shown of a descriptor", () => {
  const shown = new Ownerships(SERVER);

  it.each([
    ["O:BAG:BAD:(A;;FA;;;WD)", { uid: 0, gid: 0, permissions: 0o777 }],
    ["O:SYG:SYD:(A;;FA;;;BG)", { uid: 0, gid: 0, permissions: 0 }],
    ["O:AUG:BUD:(A;;FR;;;WD)", { uid: 1000, gid: 100, permissions: 0o444 }],
  ])("%s is %o", (sddl, ownership) => {
    expect(shown.of(descriptorOfSddl(sddl), false)).toEqual(ownership);
  });

  it("is who serves it, where there is none", () => {
    expect(shown.of(undefined, false)).toEqual({ ...SERVER, permissions: 0o644 });
    expect(shown.of(undefined, true)).toEqual({ ...SERVER, permissions: 0o755 });
  });

  it.each([0o644, 0o600, 0o755, 0o077, 0o070, 0o421, 0o000, 0o777])(
    "is the mode that it was made of, %o",
    (permissions) => {
      const mode = { uid: 1000, gid: 1000, permissions, isDirectory: false };
      expect(shown.of(descriptorOfNew(mode, undefined), false)).toEqual({
        uid: 1000,
        gid: 1000,
        permissions,
      });
    },
  );

  it("keeps the sticky bit of a directory", () => {
    const mode = { uid: 0, gid: 0, permissions: 0o1777, isDirectory: true };
    expect(shown.of(descriptorOfNew(mode, undefined), true).permissions).toBe(0o1777);
  });
});

describe("what a program makes", () => {
  const mode = { uid: 1000, gid: 1000, permissions: 0o644, isDirectory: false };
  const parent = readSecurityDescriptor(PUBLIC);

  it("is by its mode for users of the machine, and on the network as the directory hands down", () => {
    const made = descriptorOfNew(mode, parent);
    const other = { userSid: sidOfUid(7), groupSids: [EVERYONE, AUTHENTICATED_USERS, USERS] };
    const access = new AccessChecker().maximumAccess(made, other);
    expect(access & (FILE_READ_DATA | FILE_WRITE_DATA)).toBe(FILE_READ_DATA);
    expect(accessByNetwork(made) & FILE_WRITE_DATA).toBe(FILE_WRITE_DATA);
  });

  it("is for nobody on the network where others may not read it", () => {
    const secret = descriptorOfNew({ ...mode, permissions: 0o640 }, parent);
    expect(accessByNetwork(secret) & (FILE_READ_DATA | FILE_WRITE_DATA)).toBe(0);
  });

  it("is closed to the network by a chmod, too", () => {
    const made = readSecurityDescriptor(descriptorOfNew(mode, parent));
    const shut = descriptorWithMode({ ...mode, permissions: 0o600 }, made, mode);
    expect(accessByNetwork(shut) & FILE_READ_DATA).toBe(0);
    const stays = descriptorWithMode({ ...mode, permissions: 0o755 }, made, mode);
    expect(accessByNetwork(stays) & FILE_WRITE_DATA).toBe(FILE_WRITE_DATA);
  });

  it("hands on what a directory hands down", () => {
    const directory = { ...mode, permissions: 0o755, isDirectory: true };
    const below = readSecurityDescriptor(descriptorOfNew(directory, parent));
    const deep = descriptorOfNew(mode, below);
    expect(accessByNetwork(deep) & FILE_WRITE_DATA).toBe(FILE_WRITE_DATA);
  });

  it("keeps its owner, also one that is no user of the machine, when its mode changes", () => {
    const old = readSecurityDescriptor(
      descriptorOfSddl(`O:${accountSid("anna")}G:BAD:(A;;FA;;;WD)`),
    );
    const shown = { uid: 65_534, gid: 0, permissions: 0o777 };
    const changed = { ...shown, permissions: 0o700, isDirectory: false };
    expect(accessByNetwork(descriptorWithMode(changed, old, shown)) & FILE_READ_DATA).toBe(
      FILE_READ_DATA,
    );
  });
});

it("a user and a group of one number are two", () => {
  expect(sidOfUid(1000)).not.toBe(sidOfGid(1000));
});
