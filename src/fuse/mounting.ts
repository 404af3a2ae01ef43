/**
 * Mounting: by mount(8) as root, by fusermount3 for others. Both give a descriptor of `/dev/fuse`.
 *
 * @packageDocumentation
 */
import { closeSync, openSync } from "node:fs";
import { type LinuxCalls, loadLinuxCalls } from "./linux-calls.js";
import { MountError } from "./mount-error.js";
import { runProgram } from "./run-program.js";
import { isRoot, MOUNT_TYPE } from "./unmounting.js";

/** What the kernel is told of a mount. */
export interface KernelMountOptions {
  /** What `df` and `mount` show as its source. */
  readonly name: string;
  /** Users but the one who mounts may use it, too. Below root, /etc/fuse.conf has to have `user_allow_other`. */
  readonly allowOther: boolean;
  /** The kernel checks modes, owners and groups before it asks. */
  readonly defaultPermissions: boolean;
  readonly isReadOnly: boolean;
}

const DEVICE = "/dev/fuse";

/** The type without its `fuse.`, as fusermount3 wants it. */
const SUBTYPE = MOUNT_TYPE.slice("fuse.".length);

/**
 * Mounts an empty shell, which a server has to fill.
 *
 * @returns the descriptor by which the kernel speaks to it; requests wait there
 * @throws MountError
 */
export function mountKernel(path: string, options: KernelMountOptions): Promise<number> {
  return isRoot() ? mountAsRoot(path, options) : mountAsUser(path, options);
}

async function mountAsRoot(path: string, options: KernelMountOptions): Promise<number> {
  const fd = openDevice();
  const words = [
    "nosuid",
    "nodev",
    "fd=3",
    "rootmode=40000", // S_IFDIR, in octal
    "user_id=0",
    "group_id=0",
    ...commonWords(options),
  ];
  // -i: no helper is to be called, as the type may have one.
  const args = ["-i", "-t", MOUNT_TYPE, "-o", words.join(","), "--", nameOf(options), path];
  const { status, complaint } = await runProgram("mount", args, { descriptor: fd });
  if (status === 0) return fd;
  closeSync(fd);
  if (/permission|permitted/i.test(complaint)) {
    throw new MountError(
      `${path} cannot be mounted: root has no right to mount here; in a container, give it CAP_SYS_ADMIN and ${DEVICE}`,
      "EPERM",
    );
  }
  throw new MountError(`${path} cannot be mounted: ${complaint}`);
}

/** fusermount3 mounts for people who may not, and hands the descriptor over: by SCM_RIGHTS, which Node does not take. */
async function mountAsUser(path: string, options: KernelMountOptions): Promise<number> {
  const words = [
    `fsname=${escaped(nameOf(options))}`,
    `subtype=${SUBTYPE}`,
    "nosuid",
    "nodev",
    ...commonWords(options),
  ];
  const args = ["-o", words.join(","), "--", path];
  const calls = await loadLinuxCalls();
  return calls === undefined ? mountByPython(path, args) : mountByCalls(path, args, calls);
}

/** Takes the descriptor with the system's own calls. */
async function mountByCalls(
  path: string,
  args: readonly string[],
  calls: LinuxCalls,
): Promise<number> {
  const [ours, theirs] = calls.socketPair();
  try {
    const environment = { _FUSE_COMMFD: "3" };
    const end = await runProgram("fusermount3", args, { descriptor: theirs, environment });
    if (end.status !== 0) throw refused(path, end);
    return calls.receiveDescriptor(ours);
  } finally {
    closeSync(ours);
    closeSync(theirs);
  }
}

/**
 * Has python3 take the descriptor. It cannot be passed on to us either, but it can be made known: our own
 * descriptor of the device, which python3 has as its 3, becomes another one of the same mount (FUSE_DEV_IOC_CLONE).
 */
const PYTHON = `
import fcntl, os, socket, struct, subprocess, sys
ours, theirs = socket.socketpair()
environment = dict(os.environ, _FUSE_COMMFD=str(theirs.fileno()))
command = ["fusermount3", *sys.argv[1:]]
try:
    status = subprocess.run(command, env=environment, pass_fds=[theirs.fileno()]).returncode
except FileNotFoundError:
    sys.exit("fusermount3: not found")
if status == 0:
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    fcntl.ioctl(3, 0x8004e500, struct.pack("I", descriptors[0]))
sys.exit(status)
`;

async function mountByPython(path: string, args: readonly string[]): Promise<number> {
  const fd = openDevice();
  const end = await runProgram("python3", ["-c", PYTHON, ...args], { descriptor: fd });
  if (end.status === 0) return fd;
  closeSync(fd);
  if (end.status !== undefined) throw refused(path, end);
  throw new MountError(
    "to mount as an ordinary user takes the package koffi or the program python3: run npm install koffi, or mount as root",
  );
}

function refused(path: string, end: { status: number | undefined; complaint: string }): MountError {
  const { status, complaint } = end;
  if (status === undefined || complaint.includes("fusermount3: not found")) {
    return new MountError(
      "the program fusermount3 is missing: install the package fuse3, or mount as root",
      "ENOENT",
    );
  }
  if (complaint.includes("user_allow_other")) {
    return new MountError(
      "other users may be let in only where /etc/fuse.conf has the line user_allow_other: add it as root, or do not ask for it",
      "EPERM",
    );
  }
  if (complaint.includes(`failed to open ${DEVICE}`)) {
    return deviceError(complaint.includes("ermission denied") ? "EACCES" : "ENOENT");
  }
  return new MountError(`${path} cannot be mounted: ${complaint.replaceAll("fusermount3: ", "")}`);
}

function openDevice(): number {
  try {
    return openSync(DEVICE, "r+");
  } catch (error) {
    throw deviceError(error instanceof Error && "code" in error ? String(error.code) : undefined);
  }
}

function deviceError(code: string | undefined): MountError {
  return code === "EACCES" || code === "EPERM"
    ? new MountError(
        `${DEVICE} may not be opened by this user: run chmod 666 ${DEVICE} as root`,
        code,
      )
    : new MountError(
        `there is no ${DEVICE} here: run modprobe fuse as root; a container needs --device ${DEVICE}`,
        code,
      );
}

function commonWords(options: KernelMountOptions): readonly string[] {
  return [
    ...(options.allowOther ? ["allow_other"] : []),
    ...(options.defaultPermissions ? ["default_permissions"] : []),
    ...(options.isReadOnly ? ["ro"] : []),
  ];
}

function nameOf({ name }: KernelMountOptions): string {
  return name === "" ? SUBTYPE : name;
}

/** In a list of options a comma would begin the next. */
function escaped(name: string): string {
  return name.replace(/[\\,]/g, "\\$&");
}
