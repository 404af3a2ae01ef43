export { MAX_MECH_TYPES, MAX_OID_BYTES } from "./limits.js";
export {
  Mechanism,
  NegState,
  type NegTokenInit,
  type NegTokenResp,
  readNegToken,
  writeMechTypes,
  writeNegTokenInit,
  writeNegTokenInit2,
  writeNegTokenResp,
} from "./tokens.js";
