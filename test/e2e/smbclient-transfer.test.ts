import { createHash, randomFillSync } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { Cipher, Dialect, SigningAlgorithm } from "../../src/wire/smb2/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, smbclient, USERS, withDirectory } from "./smb-client.js";
import { type Traffic, WireTap } from "./wire-tap.js";

/** A real tree: some 140 files, from a few bytes to 9 MB, in folders. */
const TREE = resolve(import.meta.dirname, "../../node_modules/typescript");

const MIB = 1024 * 1024;
const BIG_SIZE = process.env["ANYMOUNT_E2E_BIG"] === "1" ? 1024 * MIB : 64 * MIB;

/** A client signs these in any case: VALIDATE_NEGOTIATE_INFO, or TREE_CONNECT. [MS-SMB2] 3.2.4.1.1 */
const ALWAYS_SIGNED = 2;

/** How a client is told to protect its messages, and what must come of it. */
interface Mode {
  readonly name: string;
  readonly options: readonly string[];
  readonly agreed: {
    readonly dialect: number;
    readonly cipher?: number;
    readonly signingAlgorithm?: number;
  };
  /** How the messages behind the logon must be. */
  readonly messages: keyof Traffic;
}

const SIGN = "--client-protection=sign";
const ENCRYPT = "--client-protection=encrypt";

const DIALECTS = [
  { name: "SMB 2.0.2", option: "SMB2_02", dialect: Dialect.SMB_2_0_2 },
  { name: "SMB 2.1", option: "SMB2_10", dialect: Dialect.SMB_2_1 },
  { name: "SMB 3.0", option: "SMB3_00", dialect: Dialect.SMB_3_0 },
  { name: "SMB 3.0.2", option: "SMB3_02", dialect: Dialect.SMB_3_0_2 },
  { name: "SMB 3.1.1", option: "SMB3_11", dialect: Dialect.SMB_3_1_1 },
];

const signedDialects = DIALECTS.map(
  ({ name, option, dialect }): Mode => ({
    name: `${name}, signed`,
    options: ["-m", option, SIGN],
    agreed: { dialect },
    messages: "signed",
  }),
);

const plainDialects = DIALECTS.map(
  ({ name, option, dialect }): Mode => ({
    name: `${name}, unsigned`,
    options: ["-m", option, "--client-protection=off"],
    agreed: { dialect },
    messages: "plain",
  }),
);

const signings = [
  { name: "HMAC-SHA256", signingAlgorithm: SigningAlgorithm.HMAC_SHA256 },
  { name: "AES-128-CMAC", signingAlgorithm: SigningAlgorithm.AES_CMAC },
  { name: "AES-128-GMAC", signingAlgorithm: SigningAlgorithm.AES_GMAC },
].map(
  ({ name, signingAlgorithm }): Mode => ({
    name: `SMB 3.1.1, signed with ${name}`,
    options: [SIGN, "--option", `client smb3 signing algorithms=${name}`],
    agreed: { dialect: Dialect.SMB_3_1_1, signingAlgorithm },
    messages: "signed",
  }),
);

const ciphers = [
  { name: "AES-128-CCM", cipher: Cipher.AES_128_CCM },
  { name: "AES-128-GCM", cipher: Cipher.AES_128_GCM },
  { name: "AES-256-CCM", cipher: Cipher.AES_256_CCM },
  { name: "AES-256-GCM", cipher: Cipher.AES_256_GCM },
].map(
  ({ name, cipher }): Mode => ({
    name: `SMB 3.1.1, encrypted with ${name}`,
    options: [ENCRYPT, "--option", `client smb3 encryption algorithms=${name}`],
    agreed: { dialect: Dialect.SMB_3_1_1, cipher },
    messages: "sealed",
  }),
);

/** Before 3.1.1 there is no choice: AES-128-CCM, and no context that says so. [MS-SMB2] 3.3.5.4 */
const olderEncryption = DIALECTS.slice(2, 4).map(
  ({ name, option, dialect }): Mode => ({
    name: `${name}, encrypted`,
    options: ["-m", option, ENCRYPT],
    agreed: { dialect },
    messages: "sealed",
  }),
);

const modes = [...signedDialects, ...plainDialects, ...signings, ...ciphers, ...olderEncryption];

/** Each way to protect a message once, and the dialect with the smallest messages. */
const bigModes = [
  ...signedDialects.slice(0, 1),
  ...plainDialects.slice(-1),
  ...signings,
  ...ciphers,
  ...olderEncryption,
];

describeWith(["smbclient"], "a transfer by smbclient", () => {
  let server: Server;
  let tap: WireTap;
  let sent: ReadonlyMap<string, string>;
  beforeAll(async () => {
    server = await serve({ data: memory() }, { port: 0, users: USERS, signing: "enabled" });
    sent = await digestsIn(TREE);
  });
  beforeEach(async () => {
    tap = await WireTap.before(server.port);
  });
  afterEach(async () => {
    await tap.close();
    await expectNothingLeft(server);
  });
  afterAll(async () => {
    await server.close();
  });

  /** What was agreed, and that messages behind the logon were protected so, and not otherwise. */
  function expectMode({ agreed, messages }: Mode): void {
    expect(tap.agreed).toMatchObject(agreed);
    for (const { plain, signed, sealed } of [tap.requests, tap.answers]) {
      const others = { plain: signed + sealed, signed: plain + sealed, sealed: plain + signed };
      expect(others[messages]).toBeLessThanOrEqual(messages === "plain" ? ALWAYS_SIGNED : 0);
      expect({ plain, signed, sealed }[messages]).toBeGreaterThan(20);
    }
  }

  it("is of a tree of over 100 files", () => {
    expect(sent.size).toBeGreaterThan(100);
  });

  it.each(modes)("of a tree comes back as it was: $name", { timeout: 60_000 }, async (mode) => {
    await withDirectory(async (directory) => {
      const there = ["recurse", "prompt", `lcd "${dirname(TREE)}"`, "mput typescript"];
      const back = [`lcd "${directory}"`, "mget typescript", "deltree typescript"];
      const { port } = tap;
      const { output } = await smbclient({ port, directory }, [...there, ...back], mode.options);
      expect(output).not.toContain("NT_STATUS");
      expect(await digestsIn(join(directory, "typescript"))).toEqual(sent);
      expectMode(mode);
    });
  });

  it.each(bigModes)(
    `of ${BIG_SIZE / MIB} MiB comes back as it was: $name`,
    { timeout: 300_000 },
    async (mode) => {
      await withDirectory(async (directory) => {
        const digest = await makeBigFile(join(directory, "there"));
        const commands = ["put there big", "get big back", "del big"];
        const { port } = tap;
        const { output, status } = await smbclient({ port, directory }, commands, mode.options);
        expect(output).not.toContain("NT_STATUS");
        expect(status).toBe(0);
        expect(await digestOf(join(directory, "back"))).toBe(digest);
        expectMode(mode);
      });
    },
  );

  it("of a tree as one archive comes back as it was", { timeout: 60_000 }, async () => {
    await withDirectory(async (directory) => {
      const there = ["recurse", "prompt", `lcd "${dirname(TREE)}"`, "mput typescript"];
      const { port } = tap;
      await smbclient({ port, directory }, there);
      const archive = join(directory, "all.tar");
      await smbclient({ port, directory }, ["tarmode full", `tar c "${archive}" typescript`]);
      await smbclient({ port, directory }, ["deltree typescript"]);
      const empty = await smbclient({ port, directory }, ["ls"]);
      expect(empty.output).not.toContain("typescript");
      await smbclient({ port, directory }, [`tar x "${archive}"`]);
      const copy = join(directory, "copy");
      await mkdir(copy);
      const back = ["recurse", "prompt", `lcd "${copy}"`, "mget typescript", "deltree typescript"];
      await smbclient({ port, directory }, back);
      expect(await digestsIn(join(copy, "typescript"))).toEqual(sent);
    });
  });
});

/** Makes a file of random bytes. @returns its SHA-256 */
async function makeBigFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const block = new Uint8Array(16 * MIB);
  const file = await open(path, "w");
  try {
    for (let size = 0; size < BIG_SIZE; size += block.length) {
      randomFillSync(block);
      hash.update(block);
      await file.writeFile(block);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/** The SHA-256 of each file below a directory, by its path in it. */
async function digestsIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    digests.set(relative(directory, path), await digestOf(path));
  }
  return digests;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
