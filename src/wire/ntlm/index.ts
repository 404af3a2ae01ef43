export {
  AvId,
  type AvPair,
  avFlags,
  avTimestamp,
  findAvPair,
  readAvFlags,
  readAvPairs,
  readAvTimestamp,
  writeAvPairs,
} from "./av-pairs.js";
export { AvFlags, NegotiateFlags } from "./flags.js";
export { MAX_AV_PAIRS, MAX_NAME_BYTES } from "./limits.js";
export { MessageSignature } from "./message-signature.js";
export {
  type AuthenticateMessage,
  type ChallengeMessage,
  type ClientChallenge,
  isNtlmMessage,
  isTooShortForNtlmv2,
  MIC_BYTES,
  MIC_OFFSET,
  micOf,
  type NegotiateMessage,
  type Ntlmv2Response,
  readAuthenticate,
  readChallenge,
  readNegotiate,
  readNtlmv2Response,
  writeAuthenticate,
  writeChallenge,
  writeClientChallenge,
  writeNegotiate,
} from "./messages.js";
