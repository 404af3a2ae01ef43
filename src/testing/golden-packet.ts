import { hex } from "./hex.js";

/** A layout, whatever its fields; `V` is what it reads as. */
export interface Layout<V extends object = object> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<string, { readonly size: number; readonly constant?: unknown }>>;
  read(bytes: DataView, at: number): V;
  blank(bytes: DataView, at: number): object;
}

/** One packet as it is on the wire, and what is to be read in it. */
export interface GoldenPacket {
  readonly name: string;
  readonly layout: Layout;
  readonly packet: DataView<ArrayBuffer>;
  readonly fields: object;
}

/** Makes a {@link GoldenPacket} of hexadecimal text with comments. */
export function golden<V extends object>(
  layout: Layout<V>,
  text: string,
  fields: Partial<V>,
): GoldenPacket {
  return { name: layout.name, layout, packet: hex(text), fields };
}
