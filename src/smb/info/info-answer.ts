import type { Struct, Values, Window } from "../../bytes/index.js";
import { utf16, viewOf } from "../../bytes/index.js";

/** What an information class answers, before it is held against the room for it. */
export interface InfoAnswer {
  readonly data: Uint8Array;
  /** Bytes that there must be room for. */
  readonly fixedSize: number;
  /** What is done when the rest finds no room: cut it off, or refuse and say how much is needed. */
  readonly whenShort: "cut" | "refuse";
}

/** An answer of fixed size; `fill` sets its fields. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
export function fixedAnswer<F extends Record<string, any>>(
  layout: Struct<F>,
  fill: (window: Values<F> & Window) => void,
): InfoAnswer {
  return answerWithName(layout, "", fill);
}

/** An answer of a fixed part and a name behind it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
export function answerWithName<F extends Record<string, any>>(
  layout: Struct<F>,
  name: string,
  fill: (window: Values<F> & Window) => void,
): InfoAnswer {
  const encoded = utf16(name);
  const data = new Uint8Array(layout.size + encoded.length);
  fill(layout.blank(viewOf(data), 0));
  data.set(encoded, layout.size);
  return { data, fixedSize: layout.size, whenShort: "cut" };
}
