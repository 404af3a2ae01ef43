/**
 * MD4, which an NT hash is made with. Node's OpenSSL 3 does not offer it.
 *
 * @packageDocumentation
 */

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** For each round: the constant, the four shifts, and the order of the words. RFC 1320 3.4 */
// biome-ignore format: a row for each round
const ROUNDS = [
  { mix: choose, constant: 0, shifts: [3, 7, 11, 19], order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] },
  { mix: majority, constant: 0x5a82_7999, shifts: [3, 5, 9, 13], order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15] },
  { mix: parity, constant: 0x6ed9_eba1, shifts: [3, 9, 11, 15], order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15] },
] as const;

/** The digest of a message, 16 bytes. RFC 1320 */
export function md4(message: Uint8Array): Uint8Array {
  const padded = pad(message);
  const state = Int32Array.of(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476);
  for (let at = 0; at < padded.byteLength; at += BLOCK_BYTES) mixBlock(state, padded, at);

  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => {
    digest.setInt32(4 * i, word, true);
  });
  return new Uint8Array(digest.buffer);
}

/** The message, a one bit, zeros, and the length in bits. RFC 1320 3.1, 3.2 */
function pad(message: Uint8Array): DataView {
  const blocks = Math.ceil((message.length + 1 + LENGTH_BYTES) / BLOCK_BYTES);
  const padded = new Uint8Array(blocks * BLOCK_BYTES);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - LENGTH_BYTES, BigInt(message.length) * 8n, true);
  return view;
}

function mixBlock(state: Int32Array, block: DataView, at: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (const { mix, constant, shifts, order } of ROUNDS) {
    order.forEach((word, step) => {
      const sum = (a + mix(b, c, d) + block.getInt32(at + 4 * word, true) + constant) | 0;
      [a, b, c, d] = [d, rotateLeft(sum, shifts[step & 3] ?? 0), b, c];
    });
  }
  [a, b, c, d].forEach((word, i) => {
    state[i] = (state[i] ?? 0) + word;
  });
}

function choose(x: number, y: number, z: number): number {
  return (x & y) | (~x & z);
}

function majority(x: number, y: number, z: number): number {
  return (x & y) | (x & z) | (y & z);
}

function parity(x: number, y: number, z: number): number {
  return x ^ y ^ z;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
