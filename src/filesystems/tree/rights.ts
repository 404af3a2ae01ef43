import {
  DELETE,
  descriptorOfSddl,
  FILE_ADD_FILE,
  FILE_ADD_SUBDIRECTORY,
  FILE_APPEND_DATA,
  FILE_DELETE_CHILD,
  FILE_GENERIC_EXECUTE,
  FILE_GENERIC_READ,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  FILE_WRITE_EA,
  READ_CONTROL,
  SYNCHRONIZE,
  WRITE_DAC,
  WRITE_OWNER,
} from "../../nt/index.js";

/** What can be done with an entry, as its callbacks tell. */
export interface Abilities {
  /** A file that can be written. */
  readonly canWrite?: boolean;
  /** A directory that names can come into. */
  readonly canAdd?: boolean;
  /** A directory that names can leave. */
  readonly canRemoveChild?: boolean;
  /** Its own name can go or be changed: its directory can do that. */
  readonly canGo?: boolean;
}

/** What else programs ask for that ask for everything: where something can be changed, it is not refused. */
const ACCOMPANYING_RIGHTS =
  FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | WRITE_DAC | WRITE_OWNER | READ_CONTROL | SYNCHRONIZE;

/** Rights as a descriptor has them, so that nobody is promised what no callback does. */
export function rightsOf({ canWrite, canAdd, canRemoveChild, canGo }: Abilities): number {
  let rights = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
  if (canWrite === true) rights |= FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD;
  if (canAdd === true) rights |= FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY;
  if (canRemoveChild === true) rights |= FILE_DELETE_CHILD;
  if (canGo === true) rights |= DELETE;
  return canWrite === true || canAdd === true ? rights | ACCOMPANYING_RIGHTS : rights;
}

const descriptors = new Map<number, Uint8Array>();

/**
 * The security descriptor that grants everybody these rights; always the same array for the same rights,
 * so that checks of it are remembered. There are as many as there are sums of abilities.
 */
export function descriptorOf(rights: number): Uint8Array {
  const known = descriptors.get(rights);
  if (known !== undefined) return known;
  const made = descriptorOfSddl(`O:SYG:SYD:P(A;;0x${rights.toString(16)};;;WD)`);
  descriptors.set(rights, made);
  return made;
}
