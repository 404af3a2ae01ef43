/**
 * What was noted last, of so many keys and up to twice as many: the older half goes at once when the newer is full,
 * which costs nothing for each.
 */
export class Recent<K, V> {
  readonly #size: number;
  #newer = new Map<K, V>();
  #older = new Map<K, V>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: K): V | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: K, value: V): void {
    this.#newer.set(key, value);
    if (this.#newer.size < this.#size) return;
    this.#older = this.#newer;
    this.#newer = new Map();
  }

  delete(key: K): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }
}
