/**
 * Extended attributes: those of the host that everybody may set, under the same names.
 *
 * @packageDocumentation
 */
import { type ExtendedAttribute, packedEaSize } from "../../fs/index.js";
import { foldName, isLegalEaName, NtStatus } from "../../nt/index.js";
import type { Attachments, Keeper } from "./attachments.js";
import { MAX_EA_BYTES } from "./limits.js";
import { refuse } from "./refusal.js";

/** What other servers keep with files, and is no business of clients. */
const NOT_FOR_CLIENTS = /^(?:anymount\.|DOSATTRIB$|DosStream\.|SAMBA_PAI$)/;

/** All that clients can be told of a file, in a lasting order. */
export function listEas(
  attachments: Attachments,
  keeper: Keeper,
  neededEas: readonly string[],
): ExtendedAttribute[] {
  const attributes: ExtendedAttribute[] = [];
  for (const name of attachments.names(keeper)) {
    if (NOT_FOR_CLIENTS.test(name) || !isLegalEaName(name)) continue;
    const value = attachments.get(keeper, name);
    if (value === undefined || value.length === 0) continue;
    attributes.push({ name, value, isNeeded: neededEas.includes(foldName(name)) });
  }
  return attributes;
}

/** What a change of extended attributes came to. */
export interface EaChange {
  /** Packed, in bytes. */
  readonly eaSize: number;
  /** Folded names of those that openers must know of. */
  readonly neededEas: readonly string[];
}

/**
 * Adds, replaces and removes; all or nothing.
 *
 * @throws NtError EA_TOO_LARGE
 */
export function changeEas(
  attachments: Attachments,
  keeper: Keeper,
  changes: readonly ExtendedAttribute[],
  neededEas: readonly string[],
): EaChange {
  const before = listEas(attachments, keeper, neededEas);
  const after = new Map(before.map((each) => [foldName(each.name), each]));
  for (const change of changes) {
    if (NOT_FOR_CLIENTS.test(change.name)) refuse(NtStatus.ACCESS_DENIED);
    const key = foldName(change.name);
    if (change.value.length === 0) after.delete(key);
    else after.set(key, change);
  }
  const eaSize = packedEaSize(after.values());
  if (eaSize > MAX_EA_BYTES) refuse(NtStatus.EA_TOO_LARGE);
  try {
    replace(attachments, keeper, before, [...after.values()]);
  } catch (error) {
    replace(attachments, keeper, [...after.values()], before);
    throw error;
  }
  const needed = [...after.values()].filter(({ isNeeded }) => isNeeded);
  return { eaSize, neededEas: needed.map(({ name }) => foldName(name)) };
}

function replace(
  attachments: Attachments,
  keeper: Keeper,
  old: readonly ExtendedAttribute[],
  now: readonly ExtendedAttribute[],
): void {
  const names = new Set(now.map(({ name }) => name));
  for (const attribute of now) {
    if (!old.includes(attribute)) attachments.set(keeper, attribute.name, attribute.value);
  }
  for (const { name } of old) if (!names.has(name)) attachments.remove(keeper, name);
}
