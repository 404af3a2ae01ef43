import { chain, type Entries, ifMissing } from "../../delegation/index.js";
import type { Awaitable, Caller, FileSystem, OpenParams, SecurityByName } from "../../fs/index.js";
import { FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT } from "../../nt/index.js";
import { widenedDescriptor } from "./widened-descriptor.js";

/** What is called of a lower layer: nothing that changes anything. */
export type LowerFileSystem = Pick<
  FileSystem,
  | "volumeParams"
  | "start"
  | "stop"
  | "getSecurityByName"
  | "open"
  | "openByFileId"
  | "close"
  | "read"
  | "readViews"
  | "getFileInfo"
  | "getAllocatedRanges"
  | "getLinks"
  | "getSecurity"
  | "readDirectory"
  | "getStreams"
  | "getExtendedAttributes"
  | "getReparsePoint"
  | "getReparsePointByName"
> & {
  /** Not called: where it is, descriptors are kept. */
  readonly setSecurity?: unknown;
};

/** One layer of an overlay. */
export interface Layer {
  /** 0 is the upper one. */
  readonly index: number;
  readonly fileSystem: LowerFileSystem;
}

/** How a layer is opened to look at something. */
export const LOOKING: OpenParams = { createOptions: 0, grantedAccess: 0 };

/** What a name stands for in a layer; undefined where it is missing. */
export function lookUp(
  layer: Layer,
  path: string,
  caller: Caller,
): Awaitable<SecurityByName | undefined> {
  const found = ifMissing(
    () => lookUpOrRefuse(layer, path, caller),
    () => undefined,
  );
  if (layer.index === 0 || keepsDescriptors(layer)) return found;
  return chain(found, (security) => security && withoutAbilities(security));
}

function lookUpOrRefuse(
  { fileSystem }: Layer,
  path: string,
  caller: Caller,
): Awaitable<SecurityByName> {
  if (fileSystem.getSecurityByName !== undefined) return fileSystem.getSecurityByName(path, caller);
  return chain(fileSystem.open(path, LOOKING, caller), ({ file, info: { fileAttributes } }) =>
    chain(fileSystem.close?.(file), () => ({ fileAttributes })),
  );
}

/** Whether descriptors say who may do something, and not what can be done at all. */
export function keepsDescriptors({ fileSystem }: Layer): boolean {
  return fileSystem.getSecurity !== undefined && fileSystem.setSecurity !== undefined;
}

/** A layer that keeps no descriptors tells by them what it can do, as trees do. */
function withoutAbilities(security: SecurityByName): SecurityByName {
  const { securityDescriptor } = security;
  if (securityDescriptor === undefined) return security;
  return { ...security, securityDescriptor: widenedDescriptor(securityDescriptor) };
}

/** What a directory lists in a layer. */
export async function* entriesOf({ fileSystem }: Layer, path: string, caller: Caller) {
  const { file } = await fileSystem.open(path, LOOKING, caller);
  try {
    const entries: Entries = fileSystem.readDirectory?.(file, undefined, caller) ?? [];
    for await (const entry of entries) yield entry;
  } finally {
    await fileSystem.close?.(file);
  }
}

/** Whether something can be merged: a link that leads to a directory cannot. */
export function isDirectory({ fileAttributes }: { readonly fileAttributes: number }): boolean {
  const kind = fileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
  return kind === FILE_ATTRIBUTE_DIRECTORY;
}

/** Whether it leads elsewhere. */
export function isReparsePoint({ fileAttributes }: { readonly fileAttributes: number }): boolean {
  return (fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
}
