export { isEqual } from "./constant-time.js";
export { md4 } from "./md4.js";
export { hmacMd5, md5 } from "./md5.js";
export type { SigningNonce } from "./message-masks.js";
export { Rc4 } from "./rc4.js";
export { Cipher, createSealer, type Sealed, type Sealer } from "./sealing.js";
export {
  createSigner,
  type Signer,
  SigningAlgorithm,
} from "./signing.js";
export { deriveSmb3Keys, deriveSmb311Keys, type SmbKeys } from "./smb-keys.js";
