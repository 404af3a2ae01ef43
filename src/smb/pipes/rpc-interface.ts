import type { Caller } from "../../fs/index.js";
import { ADMINISTRATORS } from "../../nt/index.js";
import {
  type InfoLevels,
  type NdrReader,
  type NdrWriter,
  NetApiStatus,
  type SyntaxId,
} from "../../wire/dcerpc/index.js";
import type { PipeHost } from "./pipe-host.js";
import type { PolicyHandles } from "./policy-handles.js";

/** Whom an operation is carried out for, and what it tells of. */
export interface RpcScene {
  readonly host: PipeHost;
  readonly caller: Caller;
  /** Policy handles that the client has, of this pipe. */
  readonly handles: PolicyHandles;
}

/**
 * One operation: reads its parameters and writes its answer, refusals included.
 *
 * @throws WireError when the parameters are not of the interface
 */
export type RpcOperation = (request: NdrReader, response: NdrWriter, scene: RpcScene) => void;

/** A set of operations under one name. */
export interface RpcInterface {
  readonly syntax: SyntaxId;
  /** By number. */
  readonly operations: ReadonlyMap<number, RpcOperation>;
}

/** Whether a caller may have information of a level: it has to exist, and some are not for all. */
export function checkLevel<Info>(
  level: number,
  levels: { known: InfoLevels<Info>; forAdministrators: ReadonlySet<number> },
  caller: Caller,
): NetApiStatus {
  if (!levels.known.has(level)) return NetApiStatus.ERROR_INVALID_LEVEL;
  if (levels.forAdministrators.has(level) && !caller.groupSids.includes(ADMINISTRATORS)) {
    return NetApiStatus.ERROR_ACCESS_DENIED;
  }
  return NetApiStatus.NERR_SUCCESS;
}
