export type {
  AcceptCompleted,
  AcceptContinues,
  Acceptor,
  AcceptRefused,
  AcceptResult,
  Identity,
} from "./accept-result.js";
export { AccountDirectory, domainOf } from "./account-directory.js";
export { type Account, type AccountConfig, Accounts, type Group } from "./accounts.js";
export { type AcceptorOptions, NtlmAcceptor, type ServerNames } from "./ntlm-acceptor.js";
export {
  exchangeKey,
  messageIntegrityCode,
  ntHash,
  ntlmv2Proof,
  ntowfv2,
  SESSION_KEY_BYTES,
  sessionBaseKey,
  type Transcript,
  type UserAndDomain,
} from "./ntlm-hash.js";
export { canSign, type NtlmSender, NtlmSigning } from "./ntlm-signing.js";
export { negTokenInit2, SpnegoAcceptor } from "./spnego-acceptor.js";
