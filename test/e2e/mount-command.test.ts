import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mountAt } from "../../src/fuse/mount-table.js";
import { describeWithFuse } from "../fuse-here.js";

const main = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** nobody: fusermount3 wants a user that /etc/passwd knows. */
const USER = 65_534;

/** Two files of whoever serves them; one that others may read. */
const OPERATIONS = `
  const modes = { "/": 0o40755, "/secret": 0o100600, "/public": 0o100644 };
  export default {
    getattr(path) {
      if (modes[path] === undefined) throw -2;
      return { mode: modes[path], size: 7 };
    },
    readdir: () => ["secret", "public"],
    read: (_path, _fh, buffer, length, position) =>
      Buffer.from("content").copy(buffer, 0, position, position + length),
  };`;

/** A running `anymount mount`. */
class MountProcess {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly exit: Promise<unknown>;

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exit = once(this.child, "close").then(([status, signal]: unknown[]) => status ?? signal);
  }

  async ready(where: string): Promise<void> {
    await vi.waitUntil(
      () => {
        if (this.child.exitCode !== null) throw new Error(this.stderr);
        return this.stdout.endsWith(`ready ${where}\n`);
      },
      { timeout: 10_000 },
    );
  }
}

describeWithFuse("anymount mount", () => {
  let folder: string;
  let where: string;
  let environment: NodeJS.ProcessEnv;
  let processes: MountProcess[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "anymount-mount-"));
    where = join(folder, "ram");
    environment = { PATH: process.env["PATH"], HOME: folder, XDG_CONFIG_HOME: folder };
    processes = [];
  });

  afterEach(async () => {
    for (const { child, exit } of processes) {
      child.kill("SIGKILL");
      await exit;
    }
    await gone();
    await rm(folder, { recursive: true });
  });

  function start(args: readonly string[]): MountProcess {
    const started = new MountProcess(process.execPath, [main, ...args], environment);
    processes.push(started);
    return started;
  }

  async function anymount(...args: string[]): Promise<{ status: number; output: string }> {
    const ran = promisify(execFile)(process.execPath, [main, ...args], { env: environment });
    return ran.then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { status: code, output: stdout + stderr };
      },
    );
  }

  /** Until nothing is mounted there. */
  async function gone(): Promise<void> {
    await vi.waitUntil(() => mountAt(where) === undefined, { timeout: 5000 });
  }

  it("mounts a RAM drive until Ctrl-C, and takes its directory away", async () => {
    const server = start(["mount", "memory", where, "--max-size", "64M"]);
    await server.ready(where);
    await writeFile(join(where, "file"), "content");
    expect(await readFile(join(where, "file"), "utf8")).toBe("content");
    server.child.kill("SIGINT");
    expect(await server.exit).toBe(0);
    expect(server.stderr).toBe("");
    expect(mountAt(where)).toBeUndefined();
    await expect(access(where)).rejects.toThrow("ENOENT");
  });

  it("ends when anymount unmount unmounts it, and not while it is in use", async () => {
    await mkdir(where);
    const server = start(["mount", "memory", where]);
    await server.ready(where);
    const user = spawn("sleep", ["1000"], { cwd: where, stdio: "ignore" });
    try {
      await once(user, "spawn");
      const busy = await anymount("unmount", where);
      expect(busy).toMatchObject({ status: 1 });
      expect(busy.output).toContain(`is in use by sleep (${user.pid})`);
    } finally {
      user.kill();
      await once(user, "exit");
    }
    expect(await anymount("unmount", where)).toEqual({ status: 0, output: "" });
    expect(await server.exit).toBe(0);
    await access(where);
  });

  it("unmounts by force what is in use", async () => {
    const server = start(["mount", "memory", where]);
    await server.ready(where);
    const user = spawn("sleep", ["1000"], { cwd: where, stdio: "ignore" });
    try {
      await once(user, "spawn");
      expect(await anymount("unmount", "--force", where)).toEqual({ status: 0, output: "" });
      expect(mountAt(where)).toBeUndefined();
    } finally {
      user.kill();
    }
  });

  it("leaves no stale mount when it is killed", async () => {
    const server = start(["mount", "memory", where]);
    await server.ready(where);
    server.child.kill("SIGKILL");
    await server.exit;
    await gone();
    expect(await stat(where)).toBeDefined();
  });

  it("leaves no stale mount when what it serves crashes the process", async () => {
    const module = join(folder, "crash.mjs");
    const crash = "setTimeout(() => { throw new Error('on purpose'); }, 10)";
    await writeFile(
      module,
      `import { dir, file } from ${JSON.stringify(join(main, "../../index.js"))};
       export default dir({ "a.txt": file(() => { ${crash}; return new Promise(() => {}); }) });`,
    );
    const server = start(["mount", "tree", module, where]);
    await server.ready(where);
    await expect(readFile(join(where, "a.txt"))).rejects.toThrow();
    expect(await server.exit).toBe(1);
    expect(server.stderr).toContain("on purpose");
    await gone();
  });

  it("serves the same by SMB with --smb", async () => {
    const served = ["--smb", "--listen", "127.0.0.1:0"];
    const server = start(["mount", "memory", where, ...served]);
    await server.ready(where);
    expect(server.stdout).toMatch(/^ready smb:\/\/127\.0\.0\.1:\d+\/ram$/m);
    server.child.kill("SIGINT");
    expect(await server.exit).toBe(0);
    expect(mountAt(where)).toBeUndefined();
  });

  it.each([
    ["folder", "data"],
    ["fuse", "operations.mjs"],
  ])("keeps from other users what is not theirs, of a %s", async (kind, source) => {
    await chmod(folder, 0o755);
    const data = join(folder, "data");
    await mkdir(data);
    await writeFile(join(data, "secret"), "content", { mode: 0o600 });
    await writeFile(join(data, "public"), "content", { mode: 0o644 });
    await writeFile(join(folder, "operations.mjs"), OPERATIONS);
    const server = start(["mount", kind, join(folder, source), where, "--allow-other"]);
    await server.ready(where);
    for (const name of ["secret", "public"]) {
      const shown = await stat(join(where, name));
      const mode = name === "secret" ? 0o100600 : 0o100644;
      expect(shown).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.(), mode });
      expect(await readFile(join(where, name), "utf8")).toBe("content");
    }
    const asOther = (name: string) =>
      promisify(execFile)("cat", [join(where, name)], { uid: USER, gid: USER });
    expect((await asOther("public")).stdout).toBe("content");
    await expect(asOther("secret")).rejects.toThrow("Permission denied");
  });

  it("says in one sentence what is wrong, before anything is mounted", async () => {
    const wrong: [readonly string[], number, string][] = [
      [["mount", "memory", where, "--signing", "enabled"], 2, "give --smb too"],
      [["mount", "memory", where, "more"], 2, "leave more out"],
      [["mount", "folder"], 2, "mount folder needs a PATH"],
      [["mount", "nothing"], 2, 'there is no drive "nothing"'],
      [["mount", "smb://anna:pw@box/ram"], 2, "a password in a URL"],
      [["mount", "smb://anna@box/ram", where, "--smb"], 2, "--smb is for a drive"],
      [["mount", "smb://anna@box/ram", where], 1, "set ANYMOUNT_PASSWORD"],
      [["mount", "memory", "/proc/cpuinfo"], 1, "is no directory"],
      [["mount", "memory", "/proc/anymount"], 1, "cannot be made"],
      [
        ["mount", "memory", tmpdir()],
        1,
        "choose an empty directory, or allow that with --nonempty\n",
      ],
      [["mount", "folder", tmpdir(), where], 1, "inside itself"],
      [["mount", "folder", "/", where], 1, "inside itself"],
      [["unmount", where], 1, "nothing is mounted on"],
      [["unmount", "/proc"], 1, "of type proc"],
    ];
    for (const [args, status, sentence] of wrong) {
      const { output, ...end } = await anymount(...args);
      expect(output).toContain(sentence);
      expect(end).toEqual({ status });
    }
  }, 30_000);

  /**
   * Runs a script as an ordinary user, who may load koffi or only has python3: $0 and $1 are node and the program, $2 is
   * where to mount. In a namespace of mounts of its own, with a device of its own: the machine's stays as it is.
   *
   * @param device - who may open it
   */
  async function asUser(by: string, device: "666" | "600", inside: string): Promise<string> {
    const koffi = resolve(import.meta.dirname, "../../node_modules/koffi");
    const node = join(folder, "fuse");
    await promisify(execFile)("mknod", ["-m", device, node, "c", "10", "229"]);
    await promisify(execFile)("chown", ["-R", `${USER}:${USER}`, folder]);
    await promisify(execFile)("chown", ["root", node]);
    // Without koffi: its folder is covered, so that it cannot be loaded.
    const script = `
      mount --bind "$1" /dev/fuse && { [ "$2" = koffi ] || mount -t tmpfs none "$3"; } &&
      shift 3 && exec setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`;
    const args = ["-c", script, "sh", node, by, koffi, "sh", "-c", inside];
    const { stdout } = await promisify(execFile)(
      "unshare",
      ["--mount", "sh", ...args, process.execPath, main, where],
      { env: environment },
    ).catch((error: unknown) => error as { stdout: string });
    return stdout;
  }

  it.each(["koffi", "python3"])(
    "mounts for an ordinary user, by %s",
    async (by) => {
      const inside = `"$0" "$1" mount memory "$2" & server=$!
      for i in 1 2 3 4 5 6 7 8 9 10; do mountpoint -q "$2" && break; sleep 0.3; done
      echo content >"$2/file" && cat "$2/file" && stat -c %u "$2/file"
      "$0" "$1" unmount "$2" && wait $server; echo "status $?"; grep -c "$2 .* fuse.anymount" /proc/self/mountinfo`;
      const stdout = await asUser(by, "666", inside);
      expect(stdout.split("\n").slice(-5)).toEqual(["content", `${USER}`, "status 0", "0", ""]);
    },
    30_000,
  );

  it.each(["koffi", "python3"])("says who may not open the device, by %s", async (by) => {
    const output = await asUser(by, "600", '"$0" "$1" mount memory "$2" 2>&1; echo "status $?"');
    const sentence = "/dev/fuse may not be opened by this user: run chmod 666 /dev/fuse as root";
    expect(output).toBe(`anymount: ${sentence}\nstatus 1\n`);
  });
});
