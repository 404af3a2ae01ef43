/**
 * The few calls of Linux that Node does not have, by the optional package koffi: each has a way round it elsewhere.
 *
 * @packageDocumentation
 */
import { constants } from "node:fs";
import { getSystemErrorName } from "node:util";
import { constant, struct, u32, u64, u64Exact, viewOf } from "../bytes/index.js";

/** See the manual pages of the same names. Failures of `read` are negative errnos, others are thrown. */
export interface LinuxCalls {
  read(fd: number, target: Buffer): number;
  setNonBlocking(fd: number): void;
  /** socketpair(2): two ends of a stream, which children do not inherit unless told. */
  socketPair(): readonly [number, number];
  /** recvmsg(2): a descriptor that came by SCM_RIGHTS, which children do not inherit. */
  receiveDescriptor(socket: number): number;
  /** Calls `onReadable` whenever there is something to read, until closed. */
  poll(fd: number, onReadable: () => void): { close(): void };
}

/** @returns undefined where koffi is not installed, or does not work on this machine */
export async function loadLinuxCalls(): Promise<LinuxCalls | undefined> {
  try {
    return linuxCalls((await import("koffi")).default);
  } catch {
    return undefined; // not installed, or not for this machine: every caller has another way
  }
}

/** An error as Node makes them. */
export function systemError(call: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -errno, syscall: call });
}

type Koffi = typeof import("koffi")["default"];

/** fcntl.h and sys/socket.h of Linux, the same on all machines that Node runs on. */
const F_GETFL = 3;
const F_SETFL = 4;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** `struct iovec` */
const Iovec = struct("iovec", 16, { base: u64Exact, length: u64 });

/** `struct msghdr` of 64-bit machines */
const Msghdr = struct("msghdr", 56, {
  name: u64Exact,
  nameLength: u64,
  iov: u64Exact,
  iovLength: u64,
  control: u64Exact,
  controlLength: u64,
  flags: u64,
});

/** `struct cmsghdr` with one descriptor, and the padding behind it */
const Cmsghdr = struct("cmsghdr", 24, {
  length: u64,
  level: constant(u32, SOL_SOCKET),
  type: constant(u32, SCM_RIGHTS),
  descriptor: u32,
  padding: u32,
});

function linuxCalls(koffi: Koffi): LinuxCalls {
  const libc = koffi.load(null);
  const read = libc.func("int64 read(int fd, void *target, size_t length)");
  const fcntl = libc.func("int fcntl(int fd, int command, ...)");
  const socketpair = libc.func(
    "int socketpair(int domain, int type, int protocol, _Out_ int *ends)",
  );
  const recvmsg = libc.func("int64 recvmsg(int socket, void *message, int flags)");
  const check = (call: string, result: unknown): number => {
    if (typeof result === "number" && result >= 0) return result;
    throw systemError(call, koffi.errno());
  };
  return {
    read: (fd, target) => {
      const length: unknown = read(fd, target, target.length);
      return typeof length === "number" && length >= 0 ? length : -koffi.errno();
    },
    setNonBlocking: (fd) => {
      const flags = check("fcntl", fcntl(fd, F_GETFL, "int", 0));
      check("fcntl", fcntl(fd, F_SETFL, "int", flags | constants.O_NONBLOCK));
    },
    socketPair: () => {
      const ends = [0, 0];
      check("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
      return [ends[0] ?? -1, ends[1] ?? -1];
    },
    receiveDescriptor: (socket) => {
      const byte = Buffer.alloc(1);
      const control = Buffer.alloc(Cmsghdr.size);
      const iov = Buffer.alloc(Iovec.size);
      const iovec = Iovec.blank(viewOf(iov), 0);
      iovec.base = koffi.address(byte);
      iovec.length = byte.length;
      const message = Buffer.alloc(Msghdr.size);
      const header = Msghdr.blank(viewOf(message), 0);
      header.iov = koffi.address(iov);
      header.iovLength = 1;
      header.control = koffi.address(control);
      header.controlLength = control.length;
      check("recvmsg", recvmsg(socket, message, MSG_CMSG_CLOEXEC));
      return Cmsghdr.read(viewOf(control), 0).descriptor;
    },
    poll: (fd, onReadable) => koffi.node.poll(fd, { readable: true }, onReadable),
  };
}
