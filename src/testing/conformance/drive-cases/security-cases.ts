import { strict as assert } from "node:assert";
import {
  CreateDisposition,
  DACL_SECURITY_INFORMATION,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  formatSddl,
  GROUP_SECURITY_INFORMATION,
  MAXIMUM_ALLOWED,
  OWNER_SECURITY_INFORMATION,
  READ_CONTROL,
  readSecurityDescriptor,
  WRITE_DAC,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { Drive } from "../drive.js";
import { refuses } from "../subject.js";
import { make, makeDirectory, NEW, NEW_DIRECTORY, opening, sddl } from "./steps.js";

const OWNER = OWNER_SECURITY_INFORMATION;
const GROUP = GROUP_SECURITY_INFORMATION;
const DACL = DACL_SECURITY_INFORMATION;

/** Parts of the descriptor of what is at a path, as text. */
async function securityOf(drive: Drive, path: string, parts: number): Promise<string> {
  const file = await drive.open(path, { desiredAccess: READ_CONTROL });
  const descriptor = await file.security(parts);
  await file.close();
  return formatSddl(readSecurityDescriptor(descriptor));
}

const cases: readonly DriveCase[] = [
  driveCase(
    "a new file has the descriptor it was given",
    "winfsp-tests create_sd_test",
    async (stage) => {
      const drive = await stage.drive();
      const securityDescriptor = sddl("D:P(A;;FA;;;SY)(A;;FA;;;WD)");
      await (await drive.open("file", { ...NEW, securityDescriptor })).close();
      await (await drive.open("dir", { ...NEW_DIRECTORY, securityDescriptor })).close();
      for (const path of ["file", "dir"]) {
        assert.equal(await securityOf(drive, path, DACL), "D:P(A;;FA;;;SY)(A;;FA;;;WD)");
      }
    },
  ),
  driveCase(
    "a new file has from its directory what that hands down",
    "winfsp-tests create_sd_test; WinFsp 1.2, 1",
    async (stage) => {
      const drive = await stage.drive();
      const securityDescriptor = sddl("D:P(A;OICI;FA;;;WD)(A;OI;FR;;;SY)");
      await (await drive.open("dir", { ...NEW_DIRECTORY, securityDescriptor })).close();
      await make(drive, "dir\\file");
      const inherited = await securityOf(drive, "dir\\file", DACL);
      assert.match(inherited, /\(A;(ID)?;FA;;;WD\)\(A;(ID)?;FR;;;SY\)/);
    },
  ),
  driveCase(
    "of a descriptor only the parts come that are asked for",
    "winfsp-tests getsecurity_test; [MS-FSA] 2.1.5.13",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      assert.match(await securityOf(drive, "file", OWNER), /^O:[^GDS]*S-1-5-[-0-9]+$|^O:[A-Z]{2}$/);
      assert.doesNotMatch(await securityOf(drive, "file", DACL), /[OG]:/);
      assert.match(await securityOf(drive, "file", OWNER | GROUP | DACL), /^O:.*G:.*D:/);
    },
  ),
  driveCase(
    "who sets a DACL changes that alone",
    "winfsp-tests setsecurity_test; [MS-FSA] 2.1.5.16",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const before = await securityOf(drive, "file", OWNER | GROUP);
      const file = await drive.open("file");
      await file.setSecurity(DACL, sddl("D:P(A;;FR;;;WD)"));
      await file.close();
      assert.equal(await securityOf(drive, "file", DACL), "D:P(A;;FR;;;WD)");
      assert.equal(await securityOf(drive, "file", OWNER | GROUP), before);
    },
  ),
  driveCase(
    "a descriptor is read and set by who has the right to",
    "[MS-FSA] 2.1.5.13, 2.1.5.16",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const reader = await drive.open("file", { desiredAccess: FILE_READ_DATA });
      await refuses(() => reader.security(DACL), "ACCESS_DENIED");
      await refuses(() => reader.setSecurity(DACL, sddl("D:P")), "ACCESS_DENIED");
      await reader.close();
    },
  ),
  driveCase(
    "others do what the descriptor lets them, and its owner can always change it",
    "WinFsp 3.3, D; [MS-DTYP] 2.5.3.2",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      const securityDescriptor = sddl("D:P(A;;FR;;;WD)");
      await (await anna.open("file", { ...NEW, securityDescriptor })).close();
      assert.equal(await opening(bert, "file", { desiredAccess: FILE_READ_DATA }), "OPENED");
      assert.equal(
        await opening(bert, "file", { desiredAccess: FILE_WRITE_DATA }),
        "ACCESS_DENIED",
      );
      assert.equal(await opening(bert, "file", { desiredAccess: WRITE_DAC }), "ACCESS_DENIED");
      const overwrite = {
        desiredAccess: FILE_READ_DATA,
        createDisposition: CreateDisposition.OVERWRITE,
      };
      assert.equal(await opening(bert, "file", overwrite), "ACCESS_DENIED");
      const most = await bert.open("file", { desiredAccess: MAXIMUM_ALLOWED });
      await refuses(() => most.write("x"), "ACCESS_DENIED");
      await most.close();
      const owner = await anna.open("file", { desiredAccess: WRITE_DAC });
      await owner.setSecurity(DACL, sddl("D:P(A;;FA;;;WD)"));
      await owner.close();
      assert.equal(await opening(bert, "file", { desiredAccess: FILE_WRITE_DATA }), "OPENED");
    },
    ["overwrite"],
  ),
  driveCase(
    "nobody makes files where the directory does not let him",
    "WinFsp 3.3, table",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      const securityDescriptor = sddl("D:P(A;;FR;;;WD)");
      await (await anna.open("dir", { ...NEW_DIRECTORY, securityDescriptor })).close();
      assert.equal(await opening(bert, "dir\\file", NEW), "ACCESS_DENIED");
      assert.equal(await opening(bert, "dir\\sub", NEW_DIRECTORY), "ACCESS_DENIED");
    },
  ),
  driveCase(
    "descriptors of many files, set and read at once, do not get mixed up",
    "winfsp-tests security_stress_meta_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const masks = Array.from(
        { length: 100 },
        (_, i) => `0x${(0x1_0001 + (i << 1)).toString(16)}`,
      );
      const told = await Promise.all(
        masks.map(async (mask, i) => {
          const file = await drive.open(`dir\\file ${i}`, NEW);
          await file.setSecurity(DACL, sddl(`D:P(A;;${mask};;;WD)`));
          const descriptor = await file.security(DACL);
          await file.close();
          return formatSddl(readSecurityDescriptor(descriptor));
        }),
      );
      for (const [i, mask] of masks.entries()) {
        assert.equal(told[i], formatSddl(readSecurityDescriptor(sddl(`D:P(A;;${mask};;;WD)`))));
      }
    },
  ),
];

/** Security descriptors, and what they allow. */
export const securityCases: readonly DriveCase[] = needing(
  ["getSecurity", "setSecurity", "getSecurityByName"],
  cases,
);
