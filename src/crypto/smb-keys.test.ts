import { describe, expect, it } from "vitest";
import { bytesOf } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { deriveKey } from "./key-derivation.js";
import { Cipher } from "./sealing.js";
import { deriveSmb3Keys, deriveSmb311Keys } from "./smb-keys.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The session of Microsoft's "SMB 2 and SMB 3 security in Windows 10", multichannel case. */
const SESSION_KEY = bytesOf(hex("270E1BA896585EEB7AF3472D3B4C75A7"));
const PREAUTH_HASH = bytesOf(
  hex(`
    0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB79
    28622DDDAD522D9751640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01
  `),
);

describe("The keys of SMB 3.0", () => {
  it("begin with the signing key that Microsoft published", () => {
    const keys = deriveSmb3Keys(bytesOf(hex("7CD451825D0450D235424E44BA6E78CC")));
    expect(shown(keys.signingKey)).toBe("0b7e9c5cac36c0f6ea9ab275298cedce");
  });

  it("are those of the labels, as another implementation derives them", () => {
    // openssl kdf -keylen 16 -kdfopt mode:counter -kdfopt mac:HMAC -kdfopt digest:SHA256
    //   -kdfopt hexkey:… -kdfopt salt:SMB2AESCCM\0 -kdfopt info:… KBKDF
    const keys = deriveSmb3Keys(bytesOf(hex("B4546771B515F766A86735532DD6C4F0")));
    expect(shown(keys.signingKey)).toBe("f773cd23c18fd1e08ee510cada7cf852");
    expect(shown(keys.clientToServerKey)).toBe("261b72350558f2e9dcf613070383edbf");
    expect(shown(keys.serverToClientKey)).toBe("8fe2b57ec34d2db5b1a9727f526bbdb5");
    expect(shown(keys.applicationKey)).toBe("77432f808ce99156b5bc6a3676d730d1");
  });

  it("take zeros where the session key is short, and 16 bytes where it is long", () => {
    const short = deriveSmb3Keys(Uint8Array.of(1, 2, 3));
    const padded = Uint8Array.from({ length: 40 }, (_, i) => (i < 3 ? i + 1 : i < 16 ? 0 : 9));
    expect(deriveSmb3Keys(padded)).toEqual(short);
  });
});

describe("The keys of SMB 3.1.1", () => {
  it("begin with the signing key that Microsoft published", () => {
    const keys = deriveSmb311Keys(SESSION_KEY, PREAUTH_HASH, Cipher.AES_128_GCM);
    expect(shown(keys.signingKey)).toBe("73fe7a9a77bef0bde49c650d8ccb5f76");
  });

  it("are four different ones, of 16 bytes, without a cipher too", () => {
    const keys = Object.values(deriveSmb311Keys(SESSION_KEY, PREAUTH_HASH)).map(shown);
    expect(new Set(keys).size).toBe(4);
    expect(keys.map((key) => key.length)).toEqual([32, 32, 32, 32]);
  });

  it.each([Cipher.AES_256_CCM, Cipher.AES_256_GCM])(
    "for AES-256 (%i) come of the whole session key, but for signing",
    (cipher) => {
      const long = Uint8Array.from({ length: 32 }, (_, i) => i);
      const keys = deriveSmb311Keys(long, PREAUTH_HASH, cipher);
      const label = Uint8Array.from(Buffer.from("SMBC2SCipherKey\0"));
      expect(keys.clientToServerKey).toEqual(deriveKey(long, label, PREAUTH_HASH, 256));
      expect(keys.serverToClientKey.length).toBe(32);
      expect(keys.signingKey).toEqual(deriveSmb311Keys(long, PREAUTH_HASH).signingKey);
      expect(keys.applicationKey.length).toBe(16);
    },
  );

  it("change with the preauthentication hash", () => {
    const other = PREAUTH_HASH.map((byte) => byte ^ 1);
    expect(deriveSmb311Keys(SESSION_KEY, other).signingKey).not.toEqual(
      deriveSmb311Keys(SESSION_KEY, PREAUTH_HASH).signingKey,
    );
  });
});
