import {
  type Delegated,
  delegate,
  type FileSystemOperation,
  factsOf,
} from "../../delegation/index.js";
import type { FileSystem } from "../../fs/index.js";
import { NtError, NtStatus } from "../../nt/index.js";

/**
 * Operations that change something and stay all the same, refused: with their partners they say that the
 * volume has descriptors, extended attributes, sparse files, hard links, which is so.
 */
const REFUSED: ReadonlySet<FileSystemOperation> = new Set([
  "setSecurity",
  "setExtendedAttributes",
  "setSparse",
  "setZeroData",
  "link",
]);

/** What is left of a file system that nobody may change. */
export type ReadOnly<F extends FileSystem> = Omit<
  Delegated<F>,
  | "create"
  | "overwrite"
  | "cleanup"
  | "write"
  | "rename"
  | "setVolumeLabel"
  | "setBasicInfo"
  | "setFileSize"
  | "setAllocationSize"
  | "setReparsePoint"
  | "deleteReparsePoint"
  | "control"
>;

/**
 * A file system that shows what another has, and lets nobody change it: no operation that changes anything reaches
 * the other, whoever asks and whatever the right. Nor does a private control code, as nobody knows what it does.
 *
 * What can be read stays as it is, descriptors, streams, extended attributes, links and holes included; the volume
 * says that it is read-only, so that the kernel refuses opens that want to change something with
 * MEDIA_WRITE_PROTECTED. What others change in the file system, by another way, shows here.
 */
export function readOnly<F extends FileSystem>(fileSystem: F): ReadOnly<F> {
  return delegate(
    fileSystem,
    (operation, method) => {
      if (factsOf(operation).isChange !== true) return method;
      return REFUSED.has(operation) ? refuse : undefined;
    },
    { isReadOnly: true },
  );
}

function refuse(): never {
  throw new NtError(NtStatus.MEDIA_WRITE_PROTECTED);
}
