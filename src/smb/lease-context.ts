/**
 * The create context that asks for a lease, and the one that grants it. [MS-SMB2] 3.3.5.9.8, 3.3.5.9.11
 *
 * @packageDocumentation
 */
import { viewOf } from "../bytes/index.js";
import type { LeaseRequest, Oplock, Volume } from "../kernel/index.js";
import { NtStatus } from "../nt/index.js";
import {
  type CreateContext,
  CreateContextName,
  Dialect,
  LeaseContext,
  LeaseContextV2,
  SMB2_GLOBAL_CAP_DIRECTORY_LEASING,
  SMB2_LEASE_FLAG_BREAK_IN_PROGRESS,
  SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET,
} from "../wire/smb2/index.js";
import type { Call } from "./call.js";
import { ClientLease, leaseId } from "./client-lease.js";

/** What a create asks for by its context, and what of it is in the answer again. */
export interface Asked {
  readonly request: LeaseRequest;
  /** Undefined where the client named none. */
  readonly parentLeaseKey: Uint8Array | undefined;
}

/**
 * What a create asks for by its context.
 *
 * @param volume - the one that the create is for
 * @returns undefined where the dialect knows no such context, and it is passed over; INVALID_PARAMETER where
 *   the context is neither version, or the key is in use on another volume
 */
export function readLeaseContext(
  call: Call,
  volume: Volume,
  data: DataView,
): Asked | NtStatus | undefined {
  const { negotiated, server } = call.connection;
  if (negotiated === undefined || !knowsLeases(negotiated.dialect)) return undefined;
  const isV2 = data.byteLength === LeaseContextV2.size;
  if (!isV2 && data.byteLength !== LeaseContext.size) return NtStatus.INVALID_PARAMETER;
  if (isV2 && negotiated.dialect < Dialect.SMB_3_0) return undefined;
  const { clientId, serverCapabilities } = negotiated;
  const { leaseKey, leaseState, leaseFlags } = LeaseContext.read(data, 0);
  const v2 = isV2 ? LeaseContextV2.read(data, 0) : undefined;
  const hasParent = v2 !== undefined && (leaseFlags & SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET) !== 0;
  const parentLeaseKey = hasParent ? Uint8Array.from(v2.parentLeaseKey) : undefined;
  const holder = new ClientLease({
    server,
    clientId,
    session: call.validSession,
    leaseKey,
    version: isV2 ? 2 : 1,
    epoch: v2?.epoch ?? 0,
  });
  if (server.isLeasedElsewhere(holder.id, volume)) return NtStatus.INVALID_PARAMETER;
  const request = {
    holder,
    state: leaseState,
    directoryLeaseId: parentLeaseKey && leaseId(clientId, parentLeaseKey),
    isForDirectories: isV2 && (serverCapabilities & SMB2_GLOBAL_CAP_DIRECTORY_LEASING) !== 0,
  };
  return { request, parentLeaseKey };
}

/** Whether leases are part of a dialect; the wildcard is none. */
export function knowsLeases(dialect: Dialect): boolean {
  return dialect >= Dialect.SMB_2_1 && dialect !== Dialect.WILDCARD;
}

/** What a create got: the lease as it is now, in the version that it was made in. */
export function leaseAnswer(lease: Oplock, { parentLeaseKey }: Asked): CreateContext | undefined {
  const { holder } = lease;
  if (!(holder instanceof ClientLease)) return undefined;
  const layout = holder.version === 1 ? LeaseContext : LeaseContextV2;
  const data = viewOf(new Uint8Array(layout.size));
  const answer = layout.blank(data, 0);
  answer.leaseKey = holder.leaseKey;
  answer.leaseState = lease.state;
  answer.leaseFlags = lease.isBreaking ? SMB2_LEASE_FLAG_BREAK_IN_PROGRESS : 0;
  if (holder.version === 2) {
    const v2 = LeaseContextV2.at(data, 0);
    v2.epoch = holder.epochOf(lease);
    if (parentLeaseKey !== undefined) {
      v2.leaseFlags |= SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET;
      v2.parentLeaseKey = parentLeaseKey;
    }
  }
  return { name: CreateContextName.LEASE, data };
}
