/** RC4, which goes on where it stopped. Node's OpenSSL 3 does not offer it. [MS-NLMP] 3.4.3 */
export class Rc4 {
  readonly #state = Uint8Array.from({ length: 256 }, (_, i) => i);
  #i = 0;
  #j = 0;

  /** @param key - 1 to 256 bytes */
  constructor(key: Uint8Array) {
    let j = 0;
    for (let i = 0; i < 256; i++) {
      j = (j + (this.#state[i] ?? 0) + (key[i % key.length] ?? 0)) & 0xff;
      this.#swap(i, j);
    }
  }

  /** Enciphers or deciphers, which is the same; the result is new. */
  transform(data: Uint8Array): Uint8Array {
    return data.map((byte) => byte ^ this.#next());
  }

  #next(): number {
    this.#i = (this.#i + 1) & 0xff;
    this.#j = (this.#j + (this.#state[this.#i] ?? 0)) & 0xff;
    const sum = this.#swap(this.#i, this.#j);
    return this.#state[sum & 0xff] ?? 0;
  }

  /** Swaps two entries, and gives their sum. */
  #swap(i: number, j: number): number {
    const a = this.#state[i] ?? 0;
    const b = this.#state[j] ?? 0;
    this.#state[i] = b;
    this.#state[j] = a;
    return a + b;
  }
}
