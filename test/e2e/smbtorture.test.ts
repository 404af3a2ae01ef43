import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";

/** Tests of Samba's that a server passes which has what this one says it has; each takes a moment. */
const TESTS = [
  "smb2.connect",
  "smb2.tcon",
  "smb2.session-id",
  "smb2.session.reauth2",
  "smb2.session.signing-hmac-sha-256",
  "smb2.session.signing-aes-128-cmac",
  "smb2.session.signing-aes-128-gmac",
  "smb2.session.encryption-aes-128-ccm",
  "smb2.session.encryption-aes-128-gcm",
  "smb2.session.encryption-aes-256-ccm",
  "smb2.session.encryption-aes-256-gcm",
  "smb2.session.ntlmssp_bug14932",
  "smb2.credits.single_req_credits_granted",
  "smb2.credits.skipped_mid",
  "smb2.create.delete",
  "smb2.create.leading-slash",
  "smb2.create.mkdir-dup",
  "smb2.create.dir-alloc-size",
  "smb2.create.dosattr_tmp_dir",
  "smb2.fileid.fileid",
  "smb2.fileid.unique",
  "smb2.dir.fixed",
  "smb2.dir.many",
  "smb2.dir.sorted",
  "smb2.compound.related1",
  "smb2.compound.related3",
  "smb2.compound.related5",
  "smb2.compound.related8",
  "smb2.compound.related9",
  "smb2.compound.invalid1",
  "smb2.compound.invalid2",
  "smb2.compound.invalid4",
  "smb2.compound.interim1",
  "smb2.compound.create-write-close",
  "smb2.compound_find.compound_find_related",
  "smb2.compound_find.compound_find_unrelated",
  "smb2.compound_async.flush_flush",
  "smb2.ioctl.bug14788.VALIDATE_NEGOTIATE",
  "smb2.read.dir",
  "smb2.rw.rw1",
  "smb2.rename.share_delete_and_delete_access",
  "smb2.rename.no_share_delete_but_delete_access",
  "smb2.rename.msword",
  "smb2.sharemode.access-sharemode",
  "smb2.deny.deny1",
  "smb2.delete-on-close-perms.CREATE",
  "smb2.delete-on-close-perms.OVERWRITE_IF Existing",
  "smb2.acls.CREATOR",
  "smb2.acls.OWNER",
  "smb2.acls.INHERITANCE",
  "smb2.acls.INHERITFLAGS",
  "smb2.acls.OWNER-RIGHTS",
  "smb2.acls.OWNER-RIGHTS-DENY",
  "smb2.acls.DENY1",
  "smb2.acls.SDFLAGSVSCHOWN",
  "smb2.acls.ACCESSBASED",
  "smb2.acls.OVERWRITE_READ_ONLY_FILE",
  "smb2.sdread",
  "smb2.maximum_allowed",
  "smb2.session.reauth4",
  "smb2.create.aclfile",
  "smb2.oplock.exclusive1",
  "smb2.oplock.batch1",
  "smb2.oplock.batch5",
  "smb2.oplock.batch15",
  "smb2.lock.lock",
  "smb2.lock.cancel",
  "smb2.lock.contend",
  "smb2.lock.range",
  "smb2.streams.io",
  "smb2.streams.names",
  "smb2.timestamps.time_t_15032385535",
  "smb2.timestamps.time_t_-1",
  "smb2.timestamps.time_t_1968",
  "smb2.charset.Testing wide-a",
  "smb2.openattr",
  "smb2.mkdir",
] as const;

const TIMEOUT_MS = 60_000;

const USERS = [
  { name: "user", password: "pass" },
  { name: "user2", password: "pass2" },
];

describeWith(["smbtorture"], "Samba's own tests", () => {
  let server: Server;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-smbtorture-"));
    const shares = { share: {}, hideunread: { hidesUnreadable: true } };
    server = await serve(memory(), { port: 0, shares, users: USERS, signing: "enabled" });
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(TESTS)(
    "%s",
    async (test) => {
      const { status, output } = await smbtorture(server.port, directory, test);
      expect(status, output).toBe(0);
      expect(output).toMatch(/^success: /m);
    },
    TIMEOUT_MS,
  );
});

function smbtorture(
  port: number,
  directory: string,
  test: string,
): Promise<{ status: number; output: string }> {
  const args = [
    "//127.0.0.1/share",
    ...["-p", String(port), "-U", "user%pass", "-s", "/dev/null"],
    ...["--format=subunit", "--target=other", `--basedir=${directory}`],
    "--option=torture:progress=no",
    "--option=torture:noperm_share=IPC$",
    test,
  ];
  const options = { cwd: directory, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile("smbtorture", args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code ?? 1);
      resolve({ status, output: `${stdout}\n${stderr}` });
    });
  });
}
