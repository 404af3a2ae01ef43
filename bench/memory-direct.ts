/**
 * What is measured of a memory file system itself, in the process it lives in.
 *
 * @packageDocumentation
 */
import { type MemoryFileSystem, memory } from "../src/index.js";
import { median } from "./report.js";

const KIB = 1024;
const GIB = 1024 ** 3;
const BLOCK = 4 * KIB;
const TENTHS = 10;

const FILE = {
  isDirectory: false,
  createOptions: 0,
  grantedAccess: 0,
  fileAttributes: 0,
  securityDescriptor: undefined,
  allocationSize: 0,
  extendedAttributes: undefined,
};
const APPEND = { toEndOfFile: true, isConstrained: false, keepTimes: false };
const DELETE = { isDelete: true, isAllocationReset: false };

/** Appends 1 GiB in blocks of 4 KiB to a new file of a new volume; µs for a write, by tenths. */
export function appendDirectly(): readonly number[] {
  append(GIB / 16); // for the compiler
  return append(GIB);
}

function append(size: number): readonly number[] {
  const fs = memory({ maxSize: 2 * GIB });
  const { file } = fs.create("\\file", FILE);
  const block = new Uint8Array(BLOCK).fill(1);
  const count = Math.floor(size / BLOCK / TENTHS);
  return Array.from({ length: TENTHS }, () => {
    const beganMs = performance.now();
    for (let i = 0; i < count; i++) fs.write(file, block, 0, APPEND);
    return (1000 * (performance.now() - beganMs)) / count;
  });
}

/** What one operation costs, in µs. */
export interface DirectoryCosts {
  readonly create: number;
  readonly open: number;
  readonly stat: number;
}

/** Costs in a directory that has many files, and in those of as many directories that have few. */
export interface DirectoryComparison {
  readonly many: DirectoryCosts;
  readonly few: DirectoryCosts;
}

/** How many files are used in a row. */
const SAMPLE = 2000;
const ROUNDS = 25;
const FILES_OF_FEW = 1000;

/**
 * Compares a directory of many files with as many files in small directories, in turns; medians. So the
 * processor's caches, which hold neither, help neither.
 */
export function compareDirectories(fs: MemoryFileSystem, fileCount: number): DirectoryComparison {
  const directoryCount = fileCount / FILES_OF_FEW;
  makeFiles(fs, "\\many", fileCount);
  for (let i = 0; i < directoryCount; i++) makeFiles(fs, `\\few ${i}`, FILES_OF_FEW);
  const inMany = () => ({ directory: "\\many", file: randomBelow(fileCount) });
  const inFew = () => ({
    directory: `\\few ${randomBelow(directoryCount)}`,
    file: randomBelow(FILES_OF_FEW),
  });
  for (let i = 0; i < 5; i++) useFiles(fs, inFew); // for the compiler
  const few: DirectoryCosts[] = [];
  const many: DirectoryCosts[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(useFiles(fs, inFew));
    many.push(useFiles(fs, inMany));
  }
  return { few: medians(few), many: medians(many) };
}

function medians(costs: readonly DirectoryCosts[]): DirectoryCosts {
  return {
    create: median(costs.map(({ create }) => create)),
    open: median(costs.map(({ open }) => open)),
    stat: median(costs.map(({ stat }) => stat)),
  };
}

/** Makes a directory and files in it, called `file 0` and so on. */
export function makeFiles(fs: MemoryFileSystem, directory: string, count: number): void {
  fs.close(fs.create(directory, { ...FILE, isDirectory: true }).file);
  for (let i = 0; i < count; i++) fs.close(fs.create(`${directory}\\file ${i}`, FILE).file);
}

/** Makes, opens, asks about and removes files, each somewhere else. */
function useFiles(
  fs: MemoryFileSystem,
  place: () => { readonly directory: string; readonly file: number },
): DirectoryCosts {
  const made = Array.from({ length: SAMPLE }, (_, i) => `${place().directory}\\made ${i}`);
  const used = Array.from({ length: SAMPLE }, () => {
    const { directory, file } = place();
    return `${directory}\\file ${file}`;
  });
  const create = each(made, (path) => {
    fs.close(fs.create(path, FILE).file);
  });
  const open = each(used, (path) => {
    fs.close(fs.open(path).file);
  });
  const others = Array.from({ length: SAMPLE }, () => {
    const { directory, file } = place();
    return `${directory}\\file ${file}`;
  });
  const stat = each(others, (path) => {
    fs.getSecurityByName(path);
    const { file } = fs.open(path);
    fs.getFileInfo(file);
    fs.close(file);
  });
  each(made, (path) => {
    const { file } = fs.open(path);
    fs.cleanup(file, path, DELETE);
    fs.close(file);
  });
  return { create, open, stat };
}

/** µs for each. */
function each(paths: readonly string[], use: (path: string) => void): number {
  const beganMs = performance.now();
  for (const path of paths) use(path);
  return (1000 * (performance.now() - beganMs)) / paths.length;
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}
