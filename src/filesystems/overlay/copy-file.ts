/**
 * Copying one file or directory, with all that is kept of it, from a lower layer to the upper one.
 *
 * @packageDocumentation
 */
import { callPart } from "../../delegation/index.js";
import type { Caller, CreateParams, FileInfo, FileSystem, Opened } from "../../fs/index.js";
import {
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_SPARSE_FILE,
  NtStatus,
  SETTABLE_ATTRIBUTES,
  statusOf,
} from "../../nt/index.js";
import {
  isReparsePoint,
  keepsDescriptors,
  type Layer,
  LOOKING,
  type LowerFileSystem,
} from "./layer.js";
import { COPY_CHUNK_BYTES } from "./limits.js";

/** What is to be copied, and where to. */
export interface Copying {
  readonly from: Layer;
  readonly path: string;
  readonly upper: FileSystem;
  /** Where nothing is yet. */
  readonly target: string;
  /** What the copy gets of a layer that keeps no descriptors. */
  readonly descriptor: Uint8Array | undefined;
  /** False: the file's data is left out, as it is about to be replaced; its streams are not. */
  readonly hasData: boolean;
  readonly caller: Caller;
}

/**
 * Copies data, streams, extended attributes, descriptor, reparse data, holes, attributes and times, through
 * no more memory than {@link COPY_CHUNK_BYTES}. Where it fails nothing is left.
 *
 * @param source - the file, opened in its layer
 * @returns the copy, open; and what it is
 */
export async function copyFile(
  copying: Copying,
  source: Opened<unknown>,
): Promise<Opened<unknown>> {
  const { upper, target, caller } = copying;
  const copy = await callPart(upper, "create", target, await paramsOf(copying, source), caller);
  try {
    await fill(copying, source, copy.file);
    return { ...copy, info: await upper.getFileInfo(copy.file, caller) };
  } catch (error) {
    const params = { isDelete: true, isAllocationReset: false };
    await upper.cleanup?.(copy.file, target, params, caller);
    await upper.close?.(copy.file);
    throw error;
  }
}

async function paramsOf(
  { from, caller, upper, descriptor }: Copying,
  { file, info }: Opened<unknown>,
): Promise<CreateParams> {
  const eas =
    info.eaSize > 0 && upper.setExtendedAttributes !== undefined
      ? await from.fileSystem.getExtendedAttributes?.(file, caller)
      : undefined;
  const own = keepsDescriptors(from) ? from.fileSystem.getSecurity?.(file, caller) : descriptor;
  return {
    isDirectory: (info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0, // also where it leads elsewhere
    createOptions: 0,
    grantedAccess: FILE_ALL_ACCESS,
    fileAttributes: info.fileAttributes & SETTABLE_ATTRIBUTES,
    securityDescriptor: await own,
    allocationSize: 0,
    extendedAttributes: eas,
  };
}

async function fill(copying: Copying, source: Opened<unknown>, copy: unknown): Promise<void> {
  const { from, upper, hasData, caller } = copying;
  const { info } = source;
  const isFile = (info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) === 0; // a link may have data, too
  if (isFile) await copyData(copying, source, copy, hasData);
  if (from.fileSystem.getStreams !== undefined && upper.getStreams !== undefined) {
    for (const { name } of await from.fileSystem.getStreams(source.file, caller)) {
      if (name !== "") await copyStream(copying, name);
    }
  }
  if (isReparsePoint(info) && upper.setReparsePoint !== undefined) {
    const data = await from.fileSystem.getReparsePoint?.(source.file, caller);
    if (data !== undefined) await upper.setReparsePoint(copy, data, caller);
  }
  await upper.setBasicInfo?.(copy, basicInfoOf(info), caller);
  await upper.flush?.(copy, caller);
}

/** Attributes and times, to be set. */
export function basicInfoOf(info: FileInfo) {
  const { creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = info;
  const fileAttributes = info.fileAttributes & SETTABLE_ATTRIBUTES;
  return { fileAttributes, creationTicks, lastAccessTicks, lastWriteTicks, changeTicks };
}

async function copyStream(copying: Copying, name: string): Promise<void> {
  const { from, path, upper, target, caller } = copying;
  const source = await from.fileSystem.open(`${path}:${name}`, LOOKING, caller);
  try {
    const params: CreateParams = {
      isDirectory: false,
      createOptions: 0,
      grantedAccess: FILE_ALL_ACCESS,
      fileAttributes: 0,
      securityDescriptor: undefined,
      allocationSize: 0,
      extendedAttributes: undefined,
    };
    const copy = await callPart(upper, "create", `${target}:${name}`, params, caller);
    try {
      await copyData(copying, source, copy.file, true);
    } finally {
      await upper.close?.(copy.file);
    }
  } finally {
    await from.fileSystem.close?.(source.file);
  }
}

/** Copies the data of a file or stream, or those parts of it that are no holes. */
async function copyData(
  { from: { fileSystem }, upper, caller }: Copying,
  { file, info }: Opened<unknown>,
  copy: unknown,
  hasData: boolean,
): Promise<void> {
  const { fileSize } = info;
  const isSparse = (info.fileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) !== 0;
  const keepsHoles = isSparse && upper.setSparse !== undefined;
  if (keepsHoles) await upper.setSparse?.(copy, true, caller);
  if (!hasData) return;
  const whole = [{ offset: 0, length: fileSize }];
  const ranges =
    (keepsHoles && (await fileSystem.getAllocatedRanges?.(file, 0, fileSize, caller))) || whole;
  const buffer = new Uint8Array(Math.min(fileSize, COPY_CHUNK_BYTES));
  const params = { toEndOfFile: false, isConstrained: false, keepTimes: true };
  for (const { offset, length } of ranges) {
    const end = Math.min(offset + length, fileSize);
    for (let at = offset; at < end; ) {
      const target = buffer.subarray(0, Math.min(buffer.length, end - at));
      const count = await readOrEnd(fileSystem, file, target, at, caller);
      if (count === 0) break; // it is shorter by now
      await callPart(upper, "write", copy, target.subarray(0, count), at, params, caller);
      at += count;
    }
  }
  if (keepsHoles) await upper.setFileSize?.(copy, fileSize, caller);
}

async function readOrEnd(
  fileSystem: LowerFileSystem,
  file: unknown,
  target: Uint8Array,
  offset: number,
  caller: Caller,
): Promise<number> {
  try {
    return (await fileSystem.read?.(file, target, offset, caller)) ?? 0;
  } catch (error) {
    if (statusOf(error) === NtStatus.END_OF_FILE) return 0;
    throw error;
  }
}
