/**
 * What Windows knows of a file and the host does not, as it is kept: a line of JSON.
 *
 * @packageDocumentation
 */

/** A time that a client has set, and the host's own that stands for it: while that stays, it holds. */
export interface KeptTime {
  /** FILETIME ticks. */
  readonly ticks: bigint;
  /** The host's time when it was kept, in ns since 1970. Of the change time: the latest that counts. */
  readonly hostNs: bigint;
}

/** The permissions that a kept descriptor, or READONLY, stood for when it was kept. */
export interface Permissions {
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What is kept of a file; all of it is left out where the host's own answer will do. */
export interface Facts {
  /** The settable attributes, [MS-FSCC] 2.6; left out: as for every new file. */
  readonly attributes?: number | undefined;
  /** The permissions with which the attributes were set: READONLY counts while they stay. */
  readonly attributesMode?: number | undefined;
  /** Whether a client has made it sparse, or sparse no longer. */
  readonly isSparse?: boolean | undefined;
  /** Streams that a client has made sparse. */
  readonly sparseStreams?: readonly string[] | undefined;
  readonly creationTicks?: bigint | undefined;
  readonly lastAccess?: KeptTime | undefined;
  readonly lastWrite?: KeptTime | undefined;
  readonly change?: KeptTime | undefined;
  /** A descriptor is kept, and holds while the permissions stay. */
  readonly security?: Permissions | undefined;
  /** Extended attributes that an opener must know of, by their folded names. */
  readonly neededEas?: readonly string[] | undefined;
}

/** Nothing is kept. */
export const NO_FACTS: Facts = {};

/** As it is kept; undefined where there is nothing to keep. */
export function writeFacts(facts: Facts): Buffer | undefined {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return undefined;
  const asText = (_key: string, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value;
  return Buffer.from(JSON.stringify(Object.fromEntries(entries), asText));
}

/** What was kept; what is not as it was written counts as nothing, since others can write it. */
export function readFacts(bytes: Buffer): Facts {
  let kept: unknown;
  try {
    kept = JSON.parse(bytes.toString("utf8"));
  } catch {
    return NO_FACTS; // broken by somebody else: a client loses attributes, not its file
  }
  const of = (key: string) => fieldOf(kept, key);
  return {
    attributes: numberOf(of("attributes")),
    attributesMode: numberOf(of("attributesMode")),
    isSparse: booleanOf(of("isSparse")),
    sparseStreams: namesOf(of("sparseStreams")),
    creationTicks: bigintOf(of("creationTicks")),
    lastAccess: timeOf(of("lastAccess")),
    lastWrite: timeOf(of("lastWrite")),
    change: timeOf(of("change")),
    security: permissionsOf(of("security")),
    neededEas: namesOf(of("neededEas")),
  };
}

function fieldOf(from: unknown, key: string): unknown {
  if (typeof from !== "object" || from === null) return undefined;
  return Object.getOwnPropertyDescriptor(from, key)?.value;
}

function numberOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? Number(value) : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function bigintOf(value: unknown): bigint | undefined {
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

function namesOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : undefined;
}

function timeOf(value: unknown): KeptTime | undefined {
  const ticks = bigintOf(fieldOf(value, "ticks"));
  const hostNs = bigintOf(fieldOf(value, "hostNs"));
  return ticks === undefined || hostNs === undefined ? undefined : { ticks, hostNs };
}

function permissionsOf(value: unknown): Permissions | undefined {
  const mode = numberOf(fieldOf(value, "mode"));
  const uid = numberOf(fieldOf(value, "uid"));
  const gid = numberOf(fieldOf(value, "gid"));
  if (mode === undefined || uid === undefined || gid === undefined) return undefined;
  return { mode, uid, gid };
}
