// A folder whose files are encrypted where they lie, names and contents, and plain on the drive.
//   STORE=./secret PASSPHRASE=... anymount serve tree encrypted-folder.js
import { createCipheriv, createDecipheriv, createHmac, randomBytes, scryptSync } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dir, file } from "anymount";

const folder = process.env["STORE"] ?? "./secret";
const passphrase = process.env["PASSPHRASE"];
if (passphrase === undefined)
  throw new Error("say with PASSPHRASE what the files are encrypted with");
const key = scryptSync(passphrase, "anymount example", 32); // a salt of your own is better
const NONCE_SIZE = 12;
const TAG_SIZE = 16;

function seal(plain: Uint8Array, nonce: Uint8Array = randomBytes(NONCE_SIZE)): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_SIZE));
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE));
  const plain = decipher.update(sealed.subarray(NONCE_SIZE, -TAG_SIZE));
  return Buffer.concat([plain, decipher.final()]);
}

/** The same name is sealed the same each time, so that it is found again: its nonce is made of it. */
function pathOf(name: string): string {
  const nonce = createHmac("sha256", key).update(name).digest().subarray(0, NONCE_SIZE);
  return join(folder, seal(Buffer.from(name), nonce).toString("base64url"));
}

const nameOf = (sealed: string) => unseal(Buffer.from(sealed, "base64url")).toString();

const plainFile = (name: string) =>
  file(async () => unseal(await readFile(pathOf(name))), {
    write: (content) => writeFile(pathOf(name), seal(content)),
    view: "everybody",
  });

await mkdir(folder, { recursive: true });

export default dir(
  async () => (await readdir(folder)).map(nameOf).map((name) => [name, plainFile(name)]),
  {
    create: async (name, { isDirectory }) => {
      if (isDirectory)
        throw Object.assign(new Error("there are only files here"), { code: "EPERM" });
      await writeFile(pathOf(name), seal(new Uint8Array()), { flag: "wx" });
      return plainFile(name);
    },
    rename: (from, to) => rename(pathOf(from), pathOf(to)),
    remove: (name) => rm(pathOf(name)),
  },
);
