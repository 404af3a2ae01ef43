/**
 * A file system as a directory of this machine: `anymount/fuse`.
 *
 * @packageDocumentation
 */
import type { FileSystem } from "../fs/index.js";
import { systemClock, Volume } from "../kernel/index.js";
import { FuseHost, type FuseHostOptions } from "./fuse-host.js";
import { type MountedDevice, mountDevice } from "./mounted-device.js";

/** How a file system is to be mounted. Everything has a default. */
export interface MountOptions extends Omit<FuseHostOptions, "isShared" | "mountPath"> {
  /** What `df` and `mount` show as the source; `anymount` unless told. */
  readonly name?: string | undefined;
  /**
   * Other users than the one who mounts may use it, `allow_other`; false unless told. Who is not root may ask for it only where
   * /etc/fuse.conf has the line `user_allow_other`.
   */
  readonly allowOther?: boolean | undefined;
  /**
   * The system checks modes, owners and groups too, before anything is asked, `default_permissions`; false unless told:
   * the security descriptors alone decide, as for clients of SMB.
   */
  readonly defaultPermissions?: boolean | undefined;
  /** Nobody may change anything by this mount; false unless told. */
  readonly isReadOnly?: boolean | undefined;
  /** What is in the directory may be covered by the mount; false unless told. */
  readonly allowsNonEmpty?: boolean | undefined;
  /**
   * The process does not sleep between requests that follow each other closely, for 0.1 ms: twice as many small ones a
   * second, for a busier processor; true unless told. Sockets and timers have their turns all the same.
   */
  readonly staysAwake?: boolean | undefined;
  /** Hears what fails that should not; the mount goes on. Without it, it goes to stderr. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How a file system is to be unmounted. */
export interface UnmountOptions {
  /** Also when programs use it: they see ENOTCONN from then on. False unless told. */
  readonly isForced?: boolean | undefined;
}

/** A file system that is mounted on a directory. */
export interface Mounted {
  /** The directory: absolute, without symbolic links. */
  readonly where: string;
  /** The directory was not there, was made for the mount, and goes with it. */
  readonly isDirectoryNew: boolean;
  /** Settles when it is unmounted and all files are closed, by whomever that was; rejects where the device has failed. */
  readonly ended: Promise<void>;
  /**
   * Unmounts. While this runs the process has to go on answering, so nothing in it may wait for it synchronously.
   *
   * @throws MountError with code EBUSY, naming who uses it, when programs do and it is not forced
   */
  unmount(options?: UnmountOptions): Promise<void>;
}

/**
 * Mounts a file system on a directory of this machine, by `/dev/fuse`: Linux only. Resolves when programs can use it. Should the
 * process end without unmounting it, whatever ends it, then it is unmounted all the same.
 *
 * The process must not use its own mount by synchronous calls (`fs.readFileSync`): it would wait for itself, for ever. Nor
 * may it start other programs while it has files of the mount open.
 *
 * @param where - made, with what is missing on the way to it, where it is not there
 * @throws MountError whose message says what to do
 */
export async function mount(
  fileSystem: FileSystem,
  where: string,
  options: MountOptions = {},
): Promise<Mounted> {
  const { isReadOnly = false } = options;
  const volume = new Volume(fileSystem, { isReadOnly, clock: systemClock });
  await volume.start();
  try {
    const mounted = await mountVolume(volume, where, options);
    const ended = mounted.ended.finally(() => volume.stop());
    ended.catch(() => undefined); // it is not wrong to look elsewhere
    return { ...mounted, ended, unmount: (how) => mounted.unmount(how).then(() => ended) };
  } catch (error) {
    await volume.stop();
    throw error;
  }
}

/** The same for a volume that others serve too: what one of them changes, all see at once. */
export async function mountVolume(
  volume: Volume,
  where: string,
  options: MountOptions,
): Promise<Mounted> {
  const { allowOther = false, isReadOnly = false, onError = tellStderr } = options;
  const mounted = await mountDevice(where, {
    name: options.name ?? "anymount",
    allowOther,
    defaultPermissions: options.defaultPermissions ?? false,
    isReadOnly,
    allowsNonEmpty: options.allowsNonEmpty ?? false,
    staysAwake: options.staysAwake ?? true,
  });
  const ended = serveDevice(volume, mounted, {
    ...options,
    isShared: allowOther,
    mountPath: mounted.path,
    onError,
  });
  return {
    where: mounted.path,
    isDirectoryNew: mounted.isDirectoryNew,
    ended,
    unmount: async (how = {}) => {
      await mounted.unmount({ isForced: how.isForced ?? false });
      await ended;
    },
  };
}

/** @returns settles when the last request was answered and all files are closed */
function serveDevice(
  volume: Volume,
  mounted: MountedDevice,
  { onError, ...options }: FuseHostOptions & { onError: (error: unknown) => void },
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    const host = new FuseHost(
      volume,
      mounted.device,
      {
        error: onError,
        ended: () => {
          resolve();
        },
      },
      options,
    );
    host.start();
  });
  const ended = Promise.all([mounted.ended, closed]).then(() => undefined);
  ended.catch(() => undefined);
  return ended;
}

function tellStderr(error: unknown): void {
  console.error("anymount:", error);
}
