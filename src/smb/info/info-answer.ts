import type { Struct, Values, Window } from "../../bytes/index.js";
import { align, utf16, viewOf } from "../../bytes/index.js";
import type { Dialect } from "../../wire/smb2/index.js";

/** What an information class answers, before it is held against the room for it. */
export interface InfoAnswer {
  readonly data: Uint8Array;
  /** Bytes that there must be room for. */
  readonly fixedSize: number;
  /** What is done when the rest finds no room: cut it off, or refuse and say how much is needed. */
  readonly whenShort: "cut" | "refuse";
  /** This is not all there is, and the client is to know. */
  readonly isPartial?: boolean;
}

/** What is asked besides the class. [MS-SMB2] 2.2.37 */
export interface FileInfoQuery {
  readonly dialect: Dialect | undefined;
  /** Bytes that there are for the answer. */
  readonly room: number;
  /** SL_RESTART_SCAN and its kin. */
  readonly flags: number;
  /** The first extended attribute, counted from 1, where the flags say so. */
  readonly index: number;
  /** The names of extended attributes, where some are asked for by name. */
  readonly input: DataView;
}

/** An answer of fixed size; `fill` sets its fields. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
export function fixedAnswer<F extends Record<string, any>>(
  layout: Struct<F>,
  fill: (window: Values<F> & Window) => void,
): InfoAnswer {
  const data = new Uint8Array(layout.size);
  fill(layout.blank(viewOf(data), 0));
  return { data, fixedSize: layout.size, whenShort: "cut" };
}

const NAME_UNIT_SIZE = 2;

/**
 * The room that there must be for an answer with a name behind it: what Windows' own structure takes, with
 * one unit of the name and what aligns its end; smbtorture's `smb2.getinfo.*_buffercheck` counts it.
 *
 * @param alignment - of the largest field, in bytes
 */
export function sizeWithName(layout: { readonly size: number }, alignment: 4 | 8): number {
  return align(layout.size + NAME_UNIT_SIZE, alignment);
}

/**
 * An answer of a fixed part and a name behind it. Where there is no name it is as long as if there were one of a
 * unit, as Windows' own structure is: smbclient refuses what is less.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
export function answerWithName<F extends Record<string, any>>(
  layout: Struct<F>,
  { name, alignment }: { readonly name: string; readonly alignment: 4 | 8 },
  fill: (window: Values<F> & Window) => void,
): InfoAnswer {
  const encoded = utf16(name);
  const fixedSize = sizeWithName(layout, alignment);
  const data = new Uint8Array(name === "" ? fixedSize : layout.size + encoded.length);
  fill(layout.blank(viewOf(data), 0));
  data.set(encoded, layout.size);
  return { data, fixedSize, whenShort: "cut" };
}
