/**
 * What leases are asked for, told of and let go with. [MS-SMB2] 2.2.13.2.8, 2.2.13.2.10, 2.2.23.2, 2.2.24.2
 *
 * @packageDocumentation
 */
import { viewOf } from "../../bytes/index.js";
import {
  Command,
  type CreateContext,
  CreateContextName,
  LeaseBreakAcknowledgment,
  LeaseBreakNotification,
  LeaseBreakResponse,
  LeaseContext,
  LeaseContextV2,
  OplockLevel,
  SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET,
  SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED,
} from "../../wire/smb2/index.js";
import type { Created, CreateParams } from "./file-requests.js";
import { type Answer, HEADER_SIZE, type SmbRequest } from "./request.js";

/** A lease that is asked for: of version 2 where there is an epoch. */
export interface LeaseParams {
  readonly leaseKey: Uint8Array;
  /** SMB2_LEASE_... */
  readonly leaseState: number;
  readonly epoch?: number;
  readonly parentLeaseKey?: Uint8Array;
}

/** What a create says to ask for a lease. */
export function leaseContext(
  params: LeaseParams,
): Required<Pick<CreateParams, "oplockLevel" | "contexts">> {
  const { leaseKey, leaseState, epoch, parentLeaseKey } = params;
  const data = viewOf(new Uint8Array((epoch === undefined ? LeaseContext : LeaseContextV2).size));
  const context = LeaseContext.blank(data, 0);
  context.leaseKey = leaseKey;
  context.leaseState = leaseState;
  if (epoch !== undefined) LeaseContextV2.at(data, 0).epoch = epoch;
  if (parentLeaseKey !== undefined) {
    context.leaseFlags = SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET;
    LeaseContextV2.at(data, 0).parentLeaseKey = parentLeaseKey;
  }
  const contexts: readonly CreateContext[] = [{ name: CreateContextName.LEASE, data }];
  return { oplockLevel: OplockLevel.LEASE, contexts };
}

/** What a create was granted, in the version of the answer. */
export interface GrantedLease {
  readonly version: 1 | 2;
  readonly leaseKey: Uint8Array;
  readonly leaseState: number;
  readonly leaseFlags: number;
  /** Undefined in version 1. */
  readonly epoch: number | undefined;
  readonly parentLeaseKey: Uint8Array | undefined;
}

/** Undefined where there is none in the answer. */
export function grantedLease({ contexts }: Created): GrantedLease | undefined {
  const data = contexts.find(({ name }) => name === CreateContextName.LEASE)?.data;
  if (data === undefined) return undefined;
  const v2 = data.byteLength === LeaseContextV2.size ? LeaseContextV2.read(data, 0) : undefined;
  const { leaseKey, leaseState, leaseFlags } = LeaseContext.read(data, 0);
  return {
    version: v2 === undefined ? 1 : 2,
    leaseKey: Uint8Array.from(leaseKey),
    leaseState,
    leaseFlags,
    epoch: v2?.epoch,
    parentLeaseKey: v2 && Uint8Array.from(v2.parentLeaseKey),
  };
}

/** What a client is told when it must let go. */
export interface LeaseBreak {
  readonly leaseKey: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly needsAcknowledgment: boolean;
}

/** Of what came without being asked for. */
export function readLeaseBreak({ bytes }: Answer): LeaseBreak {
  const body = LeaseBreakNotification.read(bytes, HEADER_SIZE);
  return {
    leaseKey: Uint8Array.from(body.leaseKey),
    from: body.currentLeaseState,
    to: body.newLeaseState,
    epoch: body.newEpoch,
    needsAcknowledgment: (body.flags & SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED) !== 0,
  };
}

/** Says what the client keeps. @returns what the server says that it does */
export function leaseBreakRequest(leaseKey: Uint8Array, leaseState: number): SmbRequest<number> {
  return {
    command: Command.OPLOCK_BREAK,
    size: LeaseBreakAcknowledgment.size,
    paidLength: 0,
    write(bytes, at) {
      const body = LeaseBreakAcknowledgment.blank(bytes, at);
      body.leaseKey = leaseKey;
      body.leaseState = leaseState;
    },
    decode: ({ bytes }) => LeaseBreakResponse.read(bytes, HEADER_SIZE).leaseState,
  };
}
