import { type Caller, type ExtendedAttribute, packedEaSize } from "../../fs/index.js";
import { foldName, isLegalEaName, NtError, NtStatus } from "../../nt/index.js";
import type { FuseCalls } from "./fuse-calls.js";
import { MAX_XATTR_NAMES_SIZE } from "./limits.js";
import { isNotImplemented } from "./refusal.js";

/** The namespace of attributes that are nobody's but the user's. xattr(7) */
const USER_NAMESPACE = "user.";

/** Namespaces that the system keeps to itself. xattr(7) */
const SYSTEM_NAMESPACES = ["security.", "system.", "trusted."];

/** One attribute, under both its names. */
interface Named {
  readonly xattr: string;
  readonly ea: string;
}

/** Whether the operations can keep extended attributes: all four are needed. WinFsp 4.2 */
export function hasXattrs(calls: FuseCalls): boolean {
  const needed = ["setxattr", "getxattr", "listxattr", "removexattr"] as const;
  return needed.every((name) => calls.has(name));
}

/** All extended attributes of a path. `user.NAME` is NAME to clients; those of the system are not shown. */
export async function readXattrs(
  calls: FuseCalls,
  path: string,
  caller: Caller,
): Promise<readonly ExtendedAttribute[]> {
  const attributes: ExtendedAttribute[] = [];
  for (const { xattr, ea } of await listed(calls, path, caller)) {
    const value = await valueOf(calls, { path, xattr }, caller);
    if (value !== undefined && value.length > 0) {
      attributes.push({ name: ea, value, isNeeded: false });
    }
  }
  return attributes;
}

/** What they take, packed; 0 where there are none. */
export async function xattrSize(calls: FuseCalls, path: string, caller: Caller): Promise<number> {
  return packedEaSize(await readXattrs(calls, path, caller));
}

/** Adds, replaces, and where the value is empty, removes. */
export async function writeXattrs(
  calls: FuseCalls,
  about: { readonly path: string; readonly attributes: readonly ExtendedAttribute[] },
  caller: Caller,
): Promise<void> {
  const { path, attributes } = about;
  const known = new Map<string, string>();
  for (const { xattr, ea } of await listed(calls, path, caller)) known.set(foldName(ea), xattr);
  for (const { name, value } of attributes) {
    const key = foldName(name);
    const existing = known.get(key);
    if (value.length === 0) {
      if (existing !== undefined) await calls.removexattr(path, existing, caller);
      known.delete(key);
    } else {
      const xattr = existing ?? USER_NAMESPACE + name;
      await calls.setxattr(path, xattr, Buffer.from(value), caller);
      known.set(key, xattr);
    }
  }
}

/** Removes all, and sets those that are given. */
export async function replaceXattrs(
  calls: FuseCalls,
  about: { readonly path: string; readonly attributes: readonly ExtendedAttribute[] },
  caller: Caller,
): Promise<void> {
  for (const { xattr } of await listed(calls, about.path, caller)) {
    await calls.removexattr(about.path, xattr, caller);
  }
  if (about.attributes.length > 0) await writeXattrs(calls, about, caller);
}

async function listed(calls: FuseCalls, path: string, caller: Caller): Promise<readonly Named[]> {
  let names: readonly string[];
  try {
    names = await calls.listxattr(path, caller);
  } catch (error) {
    if (isNotImplemented(error) || isNotSupported(error)) return [];
    throw error;
  }
  let size = 0;
  const found: Named[] = [];
  for (const xattr of names) {
    size += Buffer.byteLength(xattr) + 1;
    if (size > MAX_XATTR_NAMES_SIZE) break; // the others are not shown
    if (SYSTEM_NAMESPACES.some((namespace) => xattr.startsWith(namespace))) continue;
    const ea = xattr.startsWith(USER_NAMESPACE) ? xattr.slice(USER_NAMESPACE.length) : xattr;
    if (isLegalEaName(ea)) found.push({ xattr, ea });
  }
  return found;
}

/** Undefined where it has gone meanwhile. */
async function valueOf(
  calls: FuseCalls,
  { path, xattr }: { path: string; xattr: string },
  caller: Caller,
): Promise<Uint8Array | undefined> {
  try {
    return (await calls.getxattr(path, xattr, caller)) ?? undefined;
  } catch (error) {
    if (error instanceof NtError && error.status === NtStatus.NO_EAS_ON_FILE) return undefined;
    throw error;
  }
}

function isNotSupported(error: unknown): boolean {
  return error instanceof NtError && error.status === NtStatus.NOT_SUPPORTED;
}
