import { strict as assert } from "node:assert";
import { CreateDisposition, FILE_READ_DATA } from "../../../nt/index.js";
import {
  Dialect,
  SMB2_LEASE_HANDLE_CACHING,
  SMB2_LEASE_READ_CACHING,
  SMB2_LEASE_WRITE_CACHING,
} from "../../../wire/smb2/index.js";
import {
  grantedLease,
  type LeaseBreak,
  leaseBreakRequest,
  leaseContext,
  must,
  readLeaseBreak,
} from "../../client/index.js";
import { type WireCase, wireCase } from "../case.js";

const R = SMB2_LEASE_READ_CACHING;
const H = SMB2_LEASE_HANDLE_CACHING;
const W = SMB2_LEASE_WRITE_CACHING;

/** What is left of a lease when somebody else opens the file. */
const LEASES = [
  { name: "rwh", leaseState: R | W | H, left: R | H },
  { name: "rw", leaseState: R | W, left: R },
  { name: "rh", leaseState: R | H, left: undefined },
  { name: "r", leaseState: R, left: undefined },
] as const;

/** Leases. */
export const leaseCases: readonly WireCase[] = LEASES.map(({ name, leaseState, left }) =>
  wireCase(
    `a lease ${name} is granted, and of it others take what they need when they open the file`,
    `winfsp-tests oplock_${name}_test; [MS-SMB2] 3.3.5.9.8`,
    async (stage) => {
      const anna = await stage.connect();
      const bert = await stage.connect("bert");
      if (anna.client.negotiated.dialect === Dialect.SMB_2_0_2) return; // it has no leases
      const told: LeaseBreak[] = [];
      const nextBreak = new Promise<LeaseBreak>((resolve) => {
        anna.client.connection.onNotification = (answer) => {
          const one = readLeaseBreak(answer);
          told.push(one);
          resolve(one);
        };
      });
      const leaseKey = Buffer.alloc(16, name);
      const wish = leaseContext({ leaseKey, leaseState });
      const createDisposition = CreateDisposition.CREATE;
      const mine = must(await anna.tree.create({ path: "file", createDisposition, ...wish }));
      assert.equal(grantedLease(mine)?.leaseState, leaseState);
      const joining = bert.tree.create({ path: "file", desiredAccess: FILE_READ_DATA });
      if (left !== undefined) {
        const { from, to } = await nextBreak;
        assert.deepEqual([from, to], [leaseState, left]);
        assert.ok(await stage.isWaiting(joining));
        assert.equal(must(await anna.tree.send(leaseBreakRequest(leaseKey, left))), left);
      }
      const theirs = must(await joining);
      assert.equal(told.length, left === undefined ? 0 : 1);
      must(await bert.tree.close(theirs.fileId));
      must(await anna.tree.close(mine.fileId));
    },
  ),
);
