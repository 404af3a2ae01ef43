import { describe, expect, it } from "vitest";
import { align, readUtf16 } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import {
  DIRECTORY_ENTRY_ALIGNMENT,
  directoryEntryWriters,
  FileNamesInformation,
} from "./directory-entries.js";
import { FileInformationClass } from "./information-classes.js";
import { linkEntry } from "./linked-entries.js";

const info = {
  creationTicks: 116_444_736_000_000_000n,
  lastAccessTicks: 1n,
  lastWriteTicks: 2n,
  changeTicks: 3n,
  fileSize: 5,
  allocationSize: 4096,
  fileAttributes: 0x20,
  eaSize: 7,
  reparseTag: 0,
  fileId: 0x0123_4567_89ab_cdefn,
};

const COMMON = `
  00000000 00000000                 # NextEntryOffset, FileIndex
  00803ed5deb19d01                  # CreationTime
  0100000000000000 0200000000000000 # LastAccessTime, LastWriteTime
  0300000000000000                  # ChangeTime
  0500000000000000 0010000000000000 # EndOfFile, AllocationSize
  20000000 06000000                 # FileAttributes, FileNameLength
`;
const NAME = "6100 e900 3dd8                # a, é, a lone surrogate\n";
const SHORT_NAME = `00 00 ${"00".repeat(24)} # ShortNameLength, Reserved, ShortName\n`;
const FILE_ID = "efcdab8967452301 # FileId\n";

describe("a directory entry", () => {
  it.each([
    { name: "FileDirectoryInformation", golden: COMMON + NAME },
    { name: "FileFullDirectoryInformation", golden: `${COMMON} 07000000 ${NAME}` },
    { name: "FileBothDirectoryInformation", golden: `${COMMON} 07000000 ${SHORT_NAME} ${NAME}` },
    {
      name: "FileIdBothDirectoryInformation",
      golden: `${COMMON} 07000000 ${SHORT_NAME} 0000 ${FILE_ID} ${NAME}`,
    },
    {
      name: "FileIdFullDirectoryInformation",
      golden: `${COMMON} 07000000 00000000 ${FILE_ID} ${NAME}`,
    },
    {
      name: "FileNamesInformation",
      golden: `00000000 00000000 06000000 # NextEntryOffset, FileIndex, FileNameLength\n ${NAME}`,
    },
  ] as const)("of $name is written, and what aligns the next is cleared", ({ name, golden }) => {
    const write = directoryEntryWriters[FileInformationClass[name]]!;
    const expected = hex(golden);
    const size = expected.byteLength;
    const room = align(size, DIRECTORY_ENTRY_ALIGNMENT);

    const used = hex("ff".repeat(8 + room));
    expect(write(used, 8, { name: "aé\ud83d", info })).toBe(size);
    expect(used).toEqual(hex(`${"ff".repeat(8)} ${golden} ${"00".repeat(room - size)}`));
  });

  it("is not written where it does not fit in", () => {
    const write = directoryEntryWriters[FileInformationClass.FileDirectoryInformation]!;
    const tooSmall = hex("ff".repeat(71));
    expect(write(tooSmall, 2, { name: "abc", info })).toBe(0);
    expect(tooSmall).toEqual(hex("ff".repeat(71)));
    expect(write(tooSmall, 1, { name: "abc", info })).toBe(70);
  });

  it("of a reparse point tells the tag in the place of EaSize", () => {
    const write = directoryEntryWriters[FileInformationClass.FileFullDirectoryInformation]!;
    const bytes = hex("00".repeat(72));
    const link = { ...info, fileAttributes: 0x420, reparseTag: 0xa000_000c };
    write(bytes, 0, { name: "l", info: link });
    expect(bytes.getUint32(64, true)).toBe(0xa000_000c);
  });

  it("without attributes tells NORMAL", () => {
    const write = directoryEntryWriters[FileInformationClass.FileDirectoryInformation]!;
    const bytes = hex("00".repeat(72));
    write(bytes, 0, { name: "n", info: { ...info, fileAttributes: 0 } });
    expect(bytes.getUint32(56, true)).toBe(0x80);
  });

  it("has no writer where the class lists no directory", () => {
    expect(directoryEntryWriters[FileInformationClass.FileBasicInformation]).toBeUndefined();
  });
});

describe("a listing", () => {
  it("is walked from entry to entry", () => {
    const write = directoryEntryWriters[FileInformationClass.FileNamesInformation]!;
    const bytes = hex("ff".repeat(64));
    const names = ["one", "three", "a"];
    let previousAt = -1;
    let at = 0;
    for (const name of names) {
      const size = write(bytes, at, { name, info });
      if (previousAt >= 0) linkEntry(bytes, previousAt, at);
      previousAt = at;
      at = align(at + size, DIRECTORY_ENTRY_ALIGNMENT);
    }

    const found: string[] = [];
    let next: number;
    at = 0;
    do {
      const entry = FileNamesInformation.read(bytes, at);
      found.push(readUtf16(bytes, at + FileNamesInformation.size, entry.fileNameLength));
      next = entry.nextEntryOffset;
      at += next;
    } while (next !== 0);
    expect(found).toEqual(names);
  });
});
