import { MAX_REMEMBERED_IDS } from "./limits.js";

const PART_SHIFT = 56n;
/** Set where the id in the part is too large, and what is below is a hash of it. */
const HASHED = 1n << 55n;
const PAYLOAD = HASHED - 1n;

/**
 * The ids of the files of several file systems, as ids of one: the number of the part is in the high bits, the id in the
 * part in the low ones, so that neither has to be stored. Of the first part, ids stay as they are. An id of more than 55
 * bits is hashed to 55: of a million such files two share one with a probability of 1 in 70,000. The last of them are remembered.
 */
export class PartIds {
  readonly #hashed = new Map<bigint, bigint>();

  /** @param part - below {@link MAX_PARTS} */
  idOf(part: number, idInPart: bigint): bigint {
    const high = BigInt(part) << PART_SHIFT;
    if (idInPart <= PAYLOAD) return high | idInPart;
    const id = high | HASHED | (mixed(idInPart) & PAYLOAD);
    this.#remember(id, idInPart);
    return id;
  }

  /** Which file an id is of; undefined where it is hashed, and was told too long ago. */
  fileOf(id: bigint): { readonly part: number; readonly idInPart: bigint } | undefined {
    const part = Number(id >> PART_SHIFT);
    if ((id & HASHED) === 0n) return { part, idInPart: id & PAYLOAD };
    const idInPart = this.#hashed.get(id);
    return idInPart === undefined ? undefined : { part, idInPart };
  }

  #remember(id: bigint, idInPart: bigint): void {
    this.#hashed.delete(id);
    this.#hashed.set(id, idInPart);
    if (this.#hashed.size <= MAX_REMEMBERED_IDS) return;
    for (const oldest of this.#hashed.keys()) {
      this.#hashed.delete(oldest);
      return;
    }
  }
}

/** Each bit of the result depends on all of the value: the end of SplitMix64. */
function mixed(value: bigint): bigint {
  let mix = BigInt.asUintN(64, value);
  mix = BigInt.asUintN(64, (mix ^ (mix >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  mix = BigInt.asUintN(64, (mix ^ (mix >> 27n)) * 0x94d0_49bb_1331_11ebn);
  return mix ^ (mix >> 31n);
}
