/**
 * What is mounted where: /proc/self/mountinfo, proc(5). To read it asks nothing of the file systems in it.
 *
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";

/** One mount. */
export interface MountEntry {
  /** `MAJOR:MINOR` of its device; no other mount has it at the same time, but for what is bound to the same. */
  readonly device: string;
  readonly where: string;
  /** Such as `ext4`, or `fuse.anymount`. */
  readonly type: string;
  readonly source: string;
}

/** Every mount that this process sees, in the order of mounting. */
export function readMountTable(): readonly MountEntry[] {
  return parseMountTable(readFileSync("/proc/self/mountinfo", "latin1"));
}

/** What is on top of a place: the last one mounted there. */
export function mountAt(where: string, table = readMountTable()): MountEntry | undefined {
  return table.filter((entry) => entry.where === where).at(-1);
}

/** @param text - of the file, a character for each byte */
export function parseMountTable(text: string): readonly MountEntry[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(parseLine);
}

/** `ID PARENT MAJOR:MINOR ROOT WHERE OPTIONS [MORE...] - TYPE SOURCE OPTIONS` */
function parseLine(line: string): MountEntry {
  const [, , device = "", , where = "", ...rest] = line.split(" ");
  const [type = "", source = ""] = rest.slice(rest.indexOf("-") + 1);
  return { device, where: unescaped(where), type, source: unescaped(source) };
}

/** Blanks and the like are written as a backslash and three octal digits; the rest are the bytes of the name. */
function unescaped(field: string): string {
  const bytes = field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
