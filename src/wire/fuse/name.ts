/**
 * Names in requests: bytes with a zero behind them; UTF-8 as far as we serve them.
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";

const REPLACEMENT = "\ufffd";

/**
 * Where a name ends.
 *
 * @param at - where it begins
 * @param end - where the request ends
 * @returns the place of its zero byte; behind that the next name begins
 * @throws WireError when there is no zero byte before `end`
 */
export function endOfName(request: Uint8Array, at: number, end: number): number {
  const zero = request.indexOf(0, at);
  if (zero < 0 || zero >= end) throw new WireError("name: not ended");
  return zero;
}

/**
 * The text of a name.
 *
 * @returns undefined when the bytes are no UTF-8: two such names could not be told apart
 */
export function textOfName(request: Buffer, at: number, end: number): string | undefined {
  const text = request.toString("utf8", at, end);
  if (!text.includes(REPLACEMENT)) return text;
  // The mark itself is a legal character, so what was decoded is held against what came.
  return request.subarray(at, end).equals(Buffer.from(text)) ? text : undefined;
}
