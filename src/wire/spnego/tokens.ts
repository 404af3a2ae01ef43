/**
 * The tokens of SPNEGO. RFC 4178 4.2, [MS-SPNG] 2.2.1
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";
import {
  contextTag,
  type Element,
  readElements,
  readOid,
  readOnly,
  Tag,
  write,
  writeOid,
} from "./der.js";
import { MAX_MECH_TYPES } from "./limits.js";

/** The mechanisms that clients offer. [MS-SPNG] 1.9, [MS-NEGOEX] 1.9 */
export const Mechanism = {
  SPNEGO: "1.3.6.1.5.5.2",
  NTLMSSP: "1.3.6.1.4.1.311.2.2.10",
  KERBEROS: "1.2.840.113554.1.2.2",
  /** Kerberos as Windows 2000 wrote it. */
  MS_KERBEROS: "1.2.840.48018.1.2.2",
  NEGOEX: "1.3.6.1.4.1.311.2.2.30",
} as const;

/** negState. RFC 4178 4.2.2 */
export const NegState = {
  ACCEPT_COMPLETED: 0,
  ACCEPT_INCOMPLETE: 1,
  REJECT: 2,
  REQUEST_MIC: 3,
} as const;
/** One of {@link NegState}. */
export type NegState = (typeof NegState)[keyof typeof NegState];

/** The first token of a client. RFC 4178 4.2.1 */
export interface NegTokenInit {
  readonly kind: "init";
  /** The mechanisms, best first, as numbers with dots. */
  readonly mechTypes: readonly string[];
  /** The list of mechanisms as it was sent: what a mechListMIC is made over. RFC 4178 5 */
  readonly mechTypesBytes: Uint8Array;
  readonly mechToken: Uint8Array | undefined;
  readonly mechListMic: Uint8Array | undefined;
}

/** Every later token, of both sides. RFC 4178 4.2.2 */
export interface NegTokenResp {
  readonly kind: "resp";
  readonly negState: number | undefined;
  readonly supportedMech: string | undefined;
  readonly responseToken: Uint8Array | undefined;
  readonly mechListMic: Uint8Array | undefined;
}

const INIT = contextTag(0);
const RESP = contextTag(1);

/**
 * Reads a token; byte runs are views of it.
 *
 * @throws WireError when it is none
 */
export function readNegToken(token: Uint8Array): NegTokenInit | NegTokenResp {
  if (token[0] !== Tag.APPLICATION_0) return readResp(readOnly(token, RESP));
  const [mechanism, inner, ...others] = readElements(readOnly(token, Tag.APPLICATION_0));
  if (mechanism === undefined || inner === undefined || others.length > 0) {
    throw new WireError("SPNEGO: bad wrapper");
  }
  if (oidOf(mechanism.whole) !== Mechanism.SPNEGO) throw new WireError("SPNEGO: other mechanism");
  return readInit(readOnly(inner.whole, INIT));
}

function readInit(bytes: Uint8Array): NegTokenInit {
  const elements = readElements(readOnly(bytes, Tag.SEQUENCE));
  const mechTypesBytes = content(elements, 0);
  if (mechTypesBytes === undefined) throw new WireError("NegTokenInit: no mechTypes");
  const list = readElements(readOnly(mechTypesBytes, Tag.SEQUENCE), MAX_MECH_TYPES);
  // [MS-SPNG] 2.2.1 moved the MIC to make room for hints; the two are told apart by their type.
  const third = content(elements, 3);
  const mechListMic = third?.[0] === Tag.SEQUENCE ? content(elements, 4) : third;
  return {
    kind: "init",
    mechTypes: list.map(({ whole }) => oidOf(whole)),
    mechTypesBytes,
    mechToken: octets(content(elements, 2)),
    mechListMic: octets(mechListMic),
  };
}

function readResp(bytes: Uint8Array): NegTokenResp {
  const elements = readElements(readOnly(bytes, Tag.SEQUENCE));
  const negState = content(elements, 0);
  const supportedMech = content(elements, 1);
  return {
    kind: "resp",
    negState: negState && enumerated(negState),
    supportedMech: supportedMech && oidOf(supportedMech),
    responseToken: octets(content(elements, 2)),
    mechListMic: octets(content(elements, 3)),
  };
}

/** What element `[n]` holds. */
function content(elements: readonly Element[], n: number): Uint8Array | undefined {
  return elements.find(({ tag }) => tag === contextTag(n))?.content;
}

function octets(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && readOnly(bytes, Tag.OCTET_STRING);
}

function enumerated(bytes: Uint8Array): number {
  const [value, ...others] = readOnly(bytes, Tag.ENUMERATED);
  if (value === undefined || others.length > 0) throw new WireError("SPNEGO: bad negState");
  return value;
}

function oidOf(bytes: Uint8Array): string {
  return readOid(readOnly(bytes, Tag.OBJECT_IDENTIFIER));
}

/** A list of mechanisms in bytes: what a mechListMIC is made over. */
export function writeMechTypes(mechTypes: readonly string[]): Uint8Array {
  return write(Tag.SEQUENCE, ...mechTypes.map(writeOid));
}

/** The first token of a client. */
export function writeNegTokenInit(token: {
  readonly mechTypes: readonly string[];
  readonly mechToken?: Uint8Array | undefined;
}): Uint8Array {
  const mechTypes = write(INIT, writeMechTypes(token.mechTypes));
  return wrap(write(Tag.SEQUENCE, mechTypes, ...optionalOctets(2, token.mechToken)));
}

/** What Windows and Samba put there, since older clients look for a name. [MS-SPNG] 2.2.1 */
const HINT_NAME = Buffer.from("not_defined_in_RFC4178@please_ignore", "ascii");

/** The token that a server begins with: the mechanisms that it knows. [MS-SPNG] 2.2.1 */
export function writeNegTokenInit2(mechTypes: readonly string[]): Uint8Array {
  const hintName = write(contextTag(0), write(Tag.GENERAL_STRING, HINT_NAME));
  const negHints = write(contextTag(3), write(Tag.SEQUENCE, hintName));
  return wrap(write(Tag.SEQUENCE, write(contextTag(0), writeMechTypes(mechTypes)), negHints));
}

/** A later token. */
export function writeNegTokenResp(token: {
  readonly negState?: NegState | undefined;
  readonly supportedMech?: string | undefined;
  readonly responseToken?: Uint8Array | undefined;
  readonly mechListMic?: Uint8Array | undefined;
}): Uint8Array {
  const { negState, supportedMech } = token;
  const elements: Uint8Array[] = [];
  if (negState !== undefined) {
    elements.push(write(contextTag(0), write(Tag.ENUMERATED, Uint8Array.of(negState))));
  }
  if (supportedMech !== undefined) elements.push(write(contextTag(1), writeOid(supportedMech)));
  elements.push(...optionalOctets(2, token.responseToken));
  elements.push(...optionalOctets(3, token.mechListMic));
  return write(RESP, write(Tag.SEQUENCE, ...elements));
}

/** Element `[n]`, where there is something to put into it. */
function optionalOctets(n: number, bytes: Uint8Array | undefined): Uint8Array[] {
  return bytes === undefined ? [] : [write(contextTag(n), write(Tag.OCTET_STRING, bytes))];
}

/** A NegTokenInit in the wrapper of GSS-API. RFC 2743 3.1 */
function wrap(negTokenInit: Uint8Array): Uint8Array {
  return write(Tag.APPLICATION_0, writeOid(Mechanism.SPNEGO), write(INIT, negTokenInit));
}
