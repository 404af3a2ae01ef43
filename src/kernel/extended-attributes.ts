/**
 * Extended attributes: their names, who may ask and set, and how a list is walked. [MS-FSA] 2.1.5.13,
 * WinFsp 3.10
 *
 * @packageDocumentation
 */
import type { ExtendedAttribute } from "../fs/index.js";
import {
  FILE_NO_EA_KNOWLEDGE,
  FILE_NOTIFY_CHANGE_EA,
  FILE_READ_EA,
  FILE_WRITE_EA,
  foldName,
  isLegalEaName,
  NtStatus,
} from "../nt/index.js";
import type { CreateRequest } from "./create-request.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import type { Volume } from "./volume.js";

/** Where a walk through all attributes is to begin. */
export interface EaScanRequest {
  readonly isRestart: boolean;
  /** Counted from 1; undefined to go on where the last walk of the open stopped. */
  readonly index: number | undefined;
}

/** Attributes from the place where a walk stands. */
export interface EaRun {
  readonly attributes: readonly ExtendedAttribute[];
  /** Says how many of them were told, so that the next walk goes on behind them. */
  taken(count: number): void;
}

/** The place of an open's walk; of none before the first. */
export class EaPosition {
  at = 0;
  /** What the file's count of changes was when the walk began. */
  changes = 0;
}

/** What can be refused of a create without a look at the file. WinFsp 3.2, rule 1 */
export function checkCreateEas(volume: Volume, request: CreateRequest): NtStatus {
  const { extendedAttributes, createOptions } = request;
  if (extendedAttributes === undefined) return NtStatus.SUCCESS;
  if (!volume.capabilities.hasExtendedAttributes) return NtStatus.EAS_NOT_SUPPORTED;
  if ((createOptions & FILE_NO_EA_KNOWLEDGE) !== 0) return NtStatus.ACCESS_DENIED;
  return checkNames(extendedAttributes);
}

/** The attributes as the file system is given them. */
export function easToStore(
  { params }: Volume,
  attributes: readonly ExtendedAttribute[] | undefined,
): readonly ExtendedAttribute[] | undefined {
  if (attributes === undefined || params.isEaCasePreserving) return attributes;
  return attributes.map((attribute) => ({ ...attribute, name: foldName(attribute.name) }));
}

/**
 * Whoever knows nothing of extended attributes must not open a file that cannot be understood without
 * them. [MS-FSA] 2.1.5.1.2, FILE_NO_EA_KNOWLEDGE
 */
export async function refusesWithoutEas(
  { fileSystem, capabilities }: Volume,
  file: unknown,
  caller: Open["caller"],
): Promise<boolean> {
  if (!capabilities.hasExtendedAttributes) return false;
  const found = await guard(() => fileSystem.getExtendedAttributes?.(file, caller) ?? []);
  return found.ok && found.value.some(({ isNeeded }) => isNeeded);
}

/**
 * The attributes of a file by name, each once, in the order asked; one that is missing has an empty value.
 *
 * @returns INVALID_EA_NAME where a name can be none
 */
export async function getEasByName(
  open: Open,
  names: readonly string[],
): Promise<Result<readonly ExtendedAttribute[]>> {
  if (!names.every(isLegalEaName)) return refused(NtStatus.INVALID_EA_NAME);
  const all = await getAll(open);
  if (!all.ok) return all;
  const byName = new Map(all.value.map((attribute) => [foldName(attribute.name), attribute]));
  const asked = new Map<string, ExtendedAttribute>();
  for (const name of names) {
    const key = foldName(name);
    const missing = { name: key, value: new Uint8Array(0), isNeeded: false };
    if (!asked.has(key)) asked.set(key, byName.get(key) ?? missing);
  }
  return ok([...asked.values()]);
}

/**
 * The attributes of a file from where the open's walk stands.
 *
 * @returns NO_EAS_ON_FILE, NO_MORE_EAS, NONEXISTENT_EA_ENTRY; EA_CORRUPT_ERROR where they have changed
 *   since the walk began
 */
export async function scanEas(
  open: Open,
  position: EaPosition,
  { isRestart, index }: EaScanRequest,
): Promise<Result<EaRun>> {
  const all = await getAll(open);
  if (!all.ok) return all;
  const { length } = all.value;
  const { eaChanges } = open.node.main;
  if (length === 0) return refused(NtStatus.NO_EAS_ON_FILE);
  if (index !== undefined && (index === 0 || index > length + 1)) {
    return refused(NtStatus.NONEXISTENT_EA_ENTRY);
  }
  const begins = isRestart || index !== undefined || position.at === 0;
  if (!begins && position.changes !== eaChanges) return refused(NtStatus.EA_CORRUPT_ERROR);
  if (begins) position.changes = eaChanges;
  if (index !== undefined) position.at = index - 1;
  else if (isRestart) position.at = 0;
  if (position.at >= length) return refused(NtStatus.NO_MORE_EAS);
  const taken = (count: number) => {
    position.at += count;
  };
  return ok({ attributes: all.value.slice(position.at), taken });
}

async function getAll(open: Open): Promise<Result<readonly ExtendedAttribute[]>> {
  const { fileSystem, capabilities } = open.volume;
  if (!capabilities.hasExtendedAttributes) return refused(NtStatus.EAS_NOT_SUPPORTED);
  if ((open.grantedAccess & FILE_READ_EA) === 0) return refused(NtStatus.ACCESS_DENIED);
  return guard(() => fileSystem.getExtendedAttributes?.(open.file, open.caller) ?? []);
}

/** Adds, replaces and removes attributes: all of them, or none. [MS-FSA] 2.1.5.15.5 */
export async function setEas(
  open: Open,
  attributes: readonly ExtendedAttribute[],
): Promise<Result<void>> {
  const { volume, node, link } = open;
  const { fileSystem, capabilities } = volume;
  if (!capabilities.hasExtendedAttributes) return refused(NtStatus.EAS_NOT_SUPPORTED);
  if ((open.grantedAccess & FILE_WRITE_EA) === 0) return refused(NtStatus.ACCESS_DENIED);
  const unfit = checkNames(attributes);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  if (attributes.length === 0) return ok(undefined);
  const stored = easToStore(volume, attributes) ?? [];
  const set = await guard(() => fileSystem.setExtendedAttributes?.(open.file, stored, open.caller));
  if (!set.ok) return set;
  node.main.eaChanges++;
  volume.notifyHub.modified(link, FILE_NOTIFY_CHANGE_EA, open.directoryLeaseId);
  return ok(undefined);
}

function checkNames(attributes: readonly ExtendedAttribute[]): NtStatus {
  const isLegal = attributes.every(({ name }) => isLegalEaName(name));
  return isLegal ? NtStatus.SUCCESS : NtStatus.INVALID_EA_NAME;
}
