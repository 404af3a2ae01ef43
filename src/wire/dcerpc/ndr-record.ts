/**
 * Structures of interfaces: a table in the order of the specification, read and written alike.
 *
 * @packageDocumentation
 */
import type { Sid } from "../../nt/index.js";
import type { NdrReader } from "./ndr-reader.js";
import type { NdrWriter } from "./ndr-writer.js";

/** One kind of member. */
export interface NdrKind<T> {
  write(writer: NdrWriter, value: T): void;
  /** Gives the value to `store`, at once or when what a pointer leads to is read. */
  read(reader: NdrReader, store: (value: T) => void): void;
}

/** DWORD */
export const dword: NdrKind<number> = {
  write: (writer, value) => {
    writer.u32(value);
  },
  read: (reader, store) => {
    store(reader.u32());
  },
};

/** unsigned short, and enumerations on their way */
export const word: NdrKind<number> = {
  write: (writer, value) => {
    writer.u16(value);
  },
  read: (reader, store) => {
    store(reader.u16());
  },
};

/** RPC_UNICODE_STRING: a counted text behind a pointer; a null pointer is empty. [MS-DTYP] 2.3.10 */
export const unicodeString: NdrKind<string> = {
  write: (writer, value) => {
    writer.align(4);
    writer.u16(2 * value.length); // Length, in bytes
    writer.u16(2 * value.length); // MaximumLength
    if (value === "") writer.nullPointer();
    else
      writer.pointer(() => {
        writer.countedString(value);
      });
  },
  read: (reader, store) => {
    store("");
    reader.align(4);
    reader.u16(); // the text tells its length again
    reader.u16();
    reader.pointer(() => {
      store(reader.string());
    });
  },
};

/** PRPC_SID; undefined is the null pointer */
export const sid: NdrKind<Sid | undefined> = {
  write: (writer, value) => {
    if (value === undefined) writer.nullPointer();
    else
      writer.pointer(() => {
        writer.sid(value);
      });
  },
  read: (reader, store) => {
    store(undefined);
    reader.pointer(() => {
      store(reader.sid());
    });
  },
};

/** `[string] wchar_t *`; undefined is the null pointer */
export const text: NdrKind<string | undefined> = {
  write: (writer, value) => {
    if (value === undefined) writer.nullPointer();
    else
      writer.pointer(() => {
        writer.string(value);
      });
  },
  read: (reader, store) => {
    store(undefined);
    reader.pointer(() => {
      store(reader.string());
    });
  },
};

/** DWORD, then `[size_is] unsigned char *`: bytes with their length; undefined is none */
export const sizedBytes: NdrKind<Uint8Array | undefined> = {
  write: (writer, value) => {
    writer.u32(value?.length ?? 0);
    if (value === undefined) writer.nullPointer();
    else
      writer.pointer(() => {
        writer.byteArray(value);
      });
  },
  read: (reader, store) => {
    store(undefined);
    reader.u32(); // the array tells its length again
    reader.pointer(() => {
      store(reader.byteArray());
    });
  },
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table mixes members of all types
type Members = Readonly<Record<string, NdrKind<any>>>;

/** What a table of members reads as. */
export type RecordValues<M extends Members> = {
  [K in keyof M]: M[K] extends NdrKind<infer T> ? T : never;
};

/** A structure: what {@link record} makes of a table. */
export interface NdrRecord<M extends Members> {
  write(writer: NdrWriter, values: Readonly<RecordValues<M>>): void;
  /** What pointers lead to is there once the outermost structure has been read. */
  read(reader: NdrReader): RecordValues<M>;
}

/** Makes a structure of a table of members, one of which at least has four bytes. */
export function record<const M extends Members>(members: M): NdrRecord<M> {
  const entries: [string, NdrKind<unknown>][] = Object.entries(members);
  return {
    write(writer, values: Readonly<Record<string, unknown>>) {
      writer.align(4);
      writer.structure(() => {
        for (const [name, kind] of entries) kind.write(writer, values[name]);
      });
    },
    read(reader) {
      const values: Record<string, unknown> = {};
      reader.align(4);
      reader.structure(() => {
        for (const [name, kind] of entries) {
          kind.read(reader, (value) => {
            values[name] = value;
          });
        }
      });
      return values as RecordValues<M>; // the table above is what made it
    },
  };
}
