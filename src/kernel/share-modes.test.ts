import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DELETE,
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NtStatus,
} from "../nt/index.js";
import { ShareModes, type Sharing, sharingOf } from "./share-modes.js";

const R = 1;
const W = 2;
const D = 4;

const sharing = fc.record({ uses: fc.nat(7), shares: fc.nat(7) });

/** The rule as it is written, over all pairs. */
function mayJoin(existing: readonly Sharing[], wanted: Sharing): boolean {
  return existing.every(
    (open) =>
      open.uses === 0 ||
      wanted.uses === 0 ||
      ((wanted.uses & ~open.shares) === 0 && (open.uses & ~wanted.shares) === 0),
  );
}

function holding(opens: readonly Sharing[]): ShareModes {
  const modes = new ShareModes();
  for (const open of opens) modes.add(open);
  return modes;
}

describe("share modes", () => {
  it.each([
    { first: { uses: R, shares: R }, second: { uses: R, shares: R }, outcome: NtStatus.SUCCESS },
    {
      first: { uses: R, shares: R },
      second: { uses: W, shares: R },
      outcome: NtStatus.SHARING_VIOLATION,
    },
    {
      first: { uses: R, shares: R | W },
      second: { uses: W, shares: R },
      outcome: NtStatus.SUCCESS,
    },
    {
      first: { uses: W, shares: R | W },
      second: { uses: R, shares: R },
      outcome: NtStatus.SHARING_VIOLATION,
    },
    {
      first: { uses: D, shares: R | W | D },
      second: { uses: R, shares: R | W },
      outcome: NtStatus.SHARING_VIOLATION,
    },
    {
      first: { uses: 0, shares: 0 },
      second: { uses: R | W | D, shares: 0 },
      outcome: NtStatus.SUCCESS,
    },
    {
      first: { uses: R | W | D, shares: 0 },
      second: { uses: 0, shares: 0 },
      outcome: NtStatus.SUCCESS,
    },
  ])("$first, then $second: $outcome", ({ first, second, outcome }) => {
    expect(holding([first]).check(second)).toBe(outcome);
  });

  it("says the same as the rule over all pairs, also after opens have gone", () => {
    fc.assert(
      fc.property(fc.array(sharing), fc.array(sharing), sharing, (stay, go, wanted) => {
        const modes = holding([...stay, ...go]);
        for (const open of go) modes.remove(open);
        expect(modes.check(wanted) === NtStatus.SUCCESS).toBe(mayJoin(stay, wanted));
      }),
    );
  });

  it("does not matter who came first", () => {
    fc.assert(
      fc.property(sharing, sharing, (a, b) => {
        expect(holding([a]).check(b)).toBe(holding([b]).check(a));
      }),
    );
  });

  it.each([
    { access: FILE_READ_DATA, uses: R },
    { access: FILE_EXECUTE, uses: R },
    { access: FILE_WRITE_DATA, uses: W },
    { access: FILE_APPEND_DATA, uses: W },
    { access: DELETE, uses: D },
    { access: FILE_READ_ATTRIBUTES, uses: 0 },
  ])("access $access uses $uses", ({ access, uses }) => {
    expect(sharingOf(access, 7)).toEqual({ uses, shares: 7 });
  });
});
