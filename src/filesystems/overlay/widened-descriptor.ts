import {
  AceType,
  CONTAINER_INHERIT_ACE,
  FILE_ALL_ACCESS,
  FILE_READ_DATA,
  OBJECT_INHERIT_ACE,
  tryReadSecurityDescriptor,
  writeSecurityDescriptor,
} from "../../nt/index.js";

const widened = new WeakMap<Uint8Array, Uint8Array>();

/**
 * The descriptor that a file has in an overlay whose own layer keeps none, and only says by name what can be done with
 * it there: who may read it there may do everything here, also with what is made in it. The same array again for the same.
 */
export function widenedDescriptor(descriptor: Uint8Array): Uint8Array {
  const known = widened.get(descriptor);
  if (known !== undefined) return known;
  const made = widen(descriptor);
  widened.set(descriptor, made);
  return made;
}

function widen(descriptor: Uint8Array): Uint8Array {
  const parsed = tryReadSecurityDescriptor(descriptor);
  if (parsed?.dacl === undefined) return descriptor;
  const aces = parsed.dacl.aces.map((ace) => {
    const isReader = ace.type === AceType.ACCESS_ALLOWED && (ace.mask & FILE_READ_DATA) !== 0;
    if (!isReader) return ace;
    const flags = ace.flags | OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
    return { ...ace, flags, mask: FILE_ALL_ACCESS };
  });
  return writeSecurityDescriptor({ ...parsed, dacl: { ...parsed.dacl, aces } });
}
