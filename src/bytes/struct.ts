/**
 * Fixed layouts: written once, in the order of the specification; read and written in place.
 *
 * @packageDocumentation
 */

/** Bytes from a peer that break their specification. The peer's fault, never ours. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** A structure in place: the bytes it lies in, and where it begins. */
export interface Window {
  readonly bytes: DataView;
  readonly at: number;
}

/** One kind of fixed-size field: its width, and its accessors once its offset is known. */
export interface Field<T> {
  readonly size: number;
  get(offset: number): (this: Window) => T;
  set(offset: number): (this: Window, value: T) => void;
  /** The one legal value, where the specification allows only one. */
  readonly constant?: T;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table mixes fields of all types
type Fields = Readonly<Record<string, Field<any>>>;

/** What a table of fields reads as. */
export type Values<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** A layout: what {@link struct} makes of a table. */
export interface Struct<F extends Fields> {
  readonly name: string;
  readonly size: number;
  readonly fields: F;
  /** A window on bytes received: length and constants checked, nothing copied. */
  read(bytes: DataView, at: number): Readonly<Values<F>> & Window;
  /** A window on bytes that are there already and need no check: our own. */
  at(bytes: DataView, at: number): Values<F> & Window;
  /** A window to fill: all zero, constants set. */
  blank(bytes: DataView, at: number): Values<F> & Window;
}

/** What `layout.read` gives. */
export type Read<S> = S extends Struct<infer F> ? Readonly<Values<F>> & Window : never;

/** A field with one legal value: `read` checks it, `blank` writes it. */
export function constant<T>(field: Field<T>, value: T): Field<T> {
  return { ...field, constant: value };
}

/**
 * Makes a layout of a table of fields.
 *
 * @param name - as the specification calls it; shown in errors and dumps
 * @param size - of the fixed part, in bytes, as the specification gives it; checked against the table
 */
export function struct<const F extends Fields>(name: string, size: number, fields: F): Struct<F> {
  class Layout implements Window {
    // Declared only: as fields of the class they would be defined one by one, at 5 % of a small request.
    declare readonly bytes: DataView;
    declare readonly at: number;
    constructor(bytes: DataView, at: number) {
      this.bytes = bytes;
      this.at = at;
    }
  }
  const blankView = new DataView(new ArrayBuffer(size));
  const constants: { key: string; get: (this: Window) => unknown; value: unknown }[] = [];
  let offset = 0;
  for (const [key, field] of Object.entries(fields)) {
    const get = field.get(offset);
    const set = field.set(offset);
    Object.defineProperty(Layout.prototype, key, { get, set, enumerable: true });
    if (field.constant !== undefined) {
      set.call(new Layout(blankView, 0), field.constant);
      constants.push({ key, get, value: field.constant });
    }
    offset += field.size;
  }
  if (offset !== size) throw new Error(`${name}: the fields add up to ${offset}, not ${size}`);

  const at = (bytes: DataView, start: number) =>
    new Layout(bytes, start) as unknown as Values<F> & Window;

  return {
    name,
    size,
    fields,
    at,
    read(bytes, start) {
      if (start + size > bytes.byteLength) throw new WireError(`${name}: cut short`);
      const window = at(bytes, start);
      for (const { key, get, value } of constants) {
        if (get.call(window) !== value) throw new WireError(`${name}: bad ${key}`);
      }
      return window;
    },
    blank(bytes, start) {
      // By words: 128 bytes in 30 ns, one by one in 110 ns (Node 20).
      let i = 0;
      for (; i + 4 <= size; i += 4) bytes.setUint32(start + i, blankView.getUint32(i));
      for (; i < size; i++) bytes.setUint8(start + i, blankView.getUint8(i));
      return at(bytes, start);
    },
  };
}
