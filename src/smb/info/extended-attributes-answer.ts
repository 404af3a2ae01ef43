import { align, viewOf } from "../../bytes/index.js";
import type { ExtendedAttribute } from "../../fs/index.js";
import type { Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  EA_ENTRY_ALIGNMENT,
  extendedAttributeSize,
  linkEntry,
  readExtendedAttributeNames,
  writeExtendedAttribute,
} from "../../wire/fscc/index.js";
import {
  SL_INDEX_SPECIFIED,
  SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY,
} from "../../wire/smb2/index.js";
import type { FileInfoQuery, InfoAnswer } from "./info-answer.js";

/** Extended attributes by name, or one after the other. [MS-FSA] 2.1.5.13, [MS-FSCC] 2.4.16 */
export function extendedAttributesAnswer(
  open: Open,
  query: FileInfoQuery,
): Promise<InfoAnswer | NtStatus> {
  return query.input.byteLength > 0 ? byName(open, query) : scan(open, query);
}

/** All that are asked for; where they find no room, none, and a warning. */
async function byName(open: Open, query: FileInfoQuery): Promise<InfoAnswer | NtStatus> {
  const names = readExtendedAttributeNames(query.input);
  const isSingle = (query.flags & SL_RETURN_SINGLE_ENTRY) !== 0;
  const found = await open.getEasByName(isSingle ? names.slice(0, 1) : names);
  if (!found.ok) return found.status;
  const { count, data } = pack(found.value, query.room);
  if (count < found.value.length) return answer(new Uint8Array(0), true);
  return answer(data, false);
}

/** As many as there is room for, from where the last query of the open stopped. */
async function scan(open: Open, query: FileInfoQuery): Promise<InfoAnswer | NtStatus> {
  const { flags, index, room } = query;
  const run = await open.scanEas({
    isRestart: (flags & SL_RESTART_SCAN) !== 0,
    index: (flags & SL_INDEX_SPECIFIED) === 0 ? undefined : index,
  });
  if (!run.ok) return run.status;
  const { attributes } = run.value;
  const isSingle = (flags & SL_RETURN_SINGLE_ENTRY) !== 0;
  const wanted = isSingle ? attributes.slice(0, 1) : attributes;
  const { count, data } = pack(wanted, room);
  if (count === 0) return { data, fixedSize: 0, whenShort: "refuse" };
  run.value.taken(count);
  return answer(data, count < wanted.length);
}

function answer(data: Uint8Array, isPartial: boolean): InfoAnswer {
  return { data, fixedSize: 0, whenShort: "cut", isPartial };
}

/** The first entries that find room, linked; where the first does not, that one alone, to tell its size. */
function pack(
  attributes: readonly ExtendedAttribute[],
  room: number,
): { readonly count: number; readonly data: Uint8Array } {
  const ends: number[] = [];
  for (const attribute of attributes) {
    const end = align(ends.at(-1) ?? 0, EA_ENTRY_ALIGNMENT) + extendedAttributeSize(attribute);
    if (ends.length > 0 && end > room) break;
    ends.push(end);
  }
  const data = new Uint8Array(ends.at(-1) ?? 0);
  const view = viewOf(data);
  let previousAt = -1;
  for (const [i, attribute] of attributes.slice(0, ends.length).entries()) {
    const at = align(ends[i - 1] ?? 0, EA_ENTRY_ALIGNMENT);
    writeExtendedAttribute(view, at, attribute);
    if (previousAt >= 0) linkEntry(view, previousAt, at);
    previousAt = at;
  }
  return { count: data.length > room ? 0 : ends.length, data };
}
