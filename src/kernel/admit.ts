/**
 * Letting an open join the others of its file: delete-pending, oplocks and leases, share modes. [MS-FSA]
 * 2.1.5.1.2.2, WinFsp 3.4
 *
 * @packageDocumentation
 */
import type { FileInfo, Opened } from "../fs/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_DELETE_ON_CLOSE,
  FILE_WRITE_DATA,
  MAX_PATH_UNITS,
  NtStatus,
  type ParsedName,
  parseName,
} from "../nt/index.js";
import type { CreateRequest } from "./create-request.js";
import {
  type Creation,
  checkType,
  isOneOf,
  type LookAgain,
  OVERWRITING_DISPOSITIONS,
  pathOf,
  stoppedAt,
} from "./creation.js";
import type { NodeKey } from "./file-node.js";
import { linkNames } from "./links.js";
import { Open } from "./open.js";
import { isStatAccess } from "./oplocks.js";
import { ok, type Result, refused } from "./result.js";
import { sharingOf } from "./share-modes.js";
import { WHOLE_VIEW } from "./view.js";
import type { Volume } from "./volume.js";

/** Lets an open that the file system has made join the others of the file; decided in one turn. */
export function admit(
  creation: Creation,
  opened: Opened<unknown>,
  grantedAccess: number,
): Result<Open> | LookAgain {
  const { volume, request, name, caller } = creation;
  const { info } = opened;
  const wrongType = checkType(creation, info.fileAttributes);
  if (wrongType !== NtStatus.SUCCESS) return refused(wrongType);
  const components = linkNames(storedName(opened, name));
  const stopped = stoppedAt(volume, components);
  if (stopped !== undefined) return stopped;
  if (!mayJoinLease(creation, components)) return refused(NtStatus.INVALID_PARAMETER);
  const { createOptions, view = WHOLE_VIEW } = request;
  const { oplockLevel, lease } = opened.isUncacheable === true ? NOTHING_TO_KEEP : request;
  const mainKey = name.stream && nodeKey(volume, info, { ...name, stream: undefined });
  const node = volume.nodes.of(nodeKey(volume, info, name), mainKey);
  const isOverwrite = isOneOf(request.createDisposition, OVERWRITING_DISPOSITIONS);
  const isDelete = (createOptions & FILE_DELETE_ON_CLOSE) !== 0;
  const own = lease && volume.leases.find(lease.holder.id);
  const joining = { grantedAccess, isOverwrite, isDelete, lease: own };
  const early = node.oplocks?.breakBeforeSharing(joining);
  if (early !== undefined) return { wait: early };
  const sharing = sharingOf(sharingAccess(request, grantedAccess), request.shareAccess);
  const status = node.checkSharing(sharing); // decide ...
  if (status !== NtStatus.SUCCESS) {
    const handles = node.oplocks?.breakHandles(own);
    return handles === undefined ? refused(status) : { wait: handles };
  }
  const late = node.oplocks?.breakAfterSharing(joining);
  if (late !== undefined) return { wait: late };
  if (isOverwrite) node.oplocks?.dataChanged(own);
  node.addSharing(sharingOf(grantedAccess, request.shareAccess)); // ... and record, in one turn
  volume.nodes.join(node);
  node.note(info);
  const link = volume.links.acquire(components, node);
  const isDirectory = (info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
  const isDataOpen = !isStatAccess(grantedAccess);
  const wish = { node, link, isDirectory, isDataOpen, oplockLevel, lease };
  const oplock = volume.leases.grant(wish);
  if (isDataOpen) node.dataOpenCount++;
  const open = new Open({
    volume,
    node,
    link,
    opened,
    grantedAccess,
    shareAccess: request.shareAccess,
    createOptions,
    caller,
    oplock,
    directoryLeaseId: lease?.directoryLeaseId ?? request.knownTo,
    view,
  });
  return ok(open);
}

/** A lease is for one name. [MS-SMB2] 3.3.5.9.8 */
export function mayJoinLease({ volume, request }: Creation, names: readonly string[]): boolean {
  return (
    request.lease === undefined || volume.leases.mayJoin(request.lease, volume.links.find(names))
  );
}

/** What a client gets of a file that it is not to keep anything of, whatever it asked for. */
const NOTHING_TO_KEEP: Pick<CreateRequest, "oplockLevel" | "lease"> = {};

/** The name as the file system has it, where it told. */
function storedName({ normalizedPath }: Opened<unknown>, name: ParsedName): ParsedName {
  if (normalizedPath === undefined) return name;
  const stored = parseName(normalizedPath, MAX_PATH_UNITS);
  return typeof stored === "number" ? name : stored;
}

/** Emptying a file counts as writing or deleting it, for the check only. WinFsp 3.4 */
function sharingAccess({ createDisposition }: CreateRequest, grantedAccess: number): number {
  if (createDisposition === CreateDisposition.SUPERSEDE) return grantedAccess | DELETE;
  if (isOneOf(createDisposition, OVERWRITING_DISPOSITIONS)) return grantedAccess | FILE_WRITE_DATA;
  return grantedAccess;
}

function nodeKey(volume: Volume, info: FileInfo, name: ParsedName): NodeKey {
  if (!volume.params.hasStableFileIds) return volume.fold(pathOf(name));
  return name.stream === undefined ? info.fileId : `${info.fileId}:${volume.fold(name.stream)}`;
}
