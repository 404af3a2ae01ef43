/**
 * Makes connections by the library `ssh2`: the host's key checked, the user authenticated, SFTP begun.
 *
 * @packageDocumentation
 */
import type { AnyAuthMethod, Client, ClientChannel, ConnectConfig } from "ssh2";
import { type CredentialSettings, type Credentials, gatherCredentials } from "./credentials.js";
import { SftpError } from "./errors.js";
import type { HostKeys } from "./host-keys.js";
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_INTERVAL_MS, MAX_MISSED_KEEP_ALIVES } from "./limits.js";
import { SftpClient } from "./sftp-client.js";
import { SshSocket } from "./ssh-socket.js";
import { loadSsh2, type Ssh2Library } from "./ssh2-library.js";
import type { Dial, SftpTransport } from "./transport.js";

/** Where to, and as whom. */
export interface DialSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeys: HostKeys;
  readonly credentials: CredentialSettings;
}

/** Keys are read, and passphrases asked for, once: when it is dialled first. */
export function ssh2Dial(settings: DialSettings): Dial {
  let credentials: Credentials | undefined;
  return async () => {
    const ssh2 = await loadSsh2();
    credentials ??= await gatherCredentials(settings.credentials, ssh2);
    if (credentials.methods.length === 0) throw refused(settings, credentials);
    await settings.hostKeys.load();
    return connect(settings, credentials, ssh2);
  };
}

async function connect(
  settings: DialSettings,
  credentials: Credentials,
  ssh2: Ssh2Library,
): Promise<SftpTransport> {
  const client = new ssh2.Client();
  const socket = new SshSocket(settings.host, settings.port);
  try {
    await authenticate(client, socket, settings, credentials);
    return await beginSftp(client, socket, settings);
  } catch (error) {
    socket.socket.destroy();
    throw error;
  }
}

function authenticate(
  client: Client,
  { socket }: SshSocket,
  settings: DialSettings,
  credentials: Credentials,
): Promise<void> {
  const { user, hostKeys } = settings;
  return new Promise((resolve, reject) => {
    let refusal: unknown; // of the host's key
    client.on("ready", resolve);
    client.on("error", (error: Error & { readonly level?: string }) => {
      if (error.level === "agent") return; // it goes on with what is left
      reject(asError(refusal ?? problemOf(error, settings, credentials)));
    });
    client.on("close", () => {
      reject(asError(refusal ?? unreachable(settings, "it has closed the connection")));
    });
    client.connect({
      sock: socket,
      username: user,
      readyTimeout: CONNECT_TIMEOUT_MS,
      keepaliveInterval: KEEP_ALIVE_INTERVAL_MS,
      keepaliveCountMax: MAX_MISSED_KEEP_ALIVES,
      algorithms: { compress: ["none"], serverHostKey: hostKeys.algorithms },
      authHandler: offer(credentials.methods),
      hostVerifier: (key: Buffer, verify: (isGood: boolean) => void) => {
        hostKeys.check(key).then(
          () => {
            verify(true);
          },
          (error: unknown) => {
            refusal = error;
            verify(false);
          },
        );
      },
    });
  });
}

/** Offers one method after the other, of those that the server still takes. */
function offer(methods: readonly AnyAuthMethod[]): NonNullable<ConnectConfig["authHandler"]> {
  const left = [...methods];
  return (accepted: readonly string[] | null, _isPartial, next) => {
    let method = left.shift();
    while (method !== undefined && accepted !== null && !isAccepted(method, accepted)) {
      method = left.shift();
    }
    next(method ?? NO_MORE);
  };
}

/** `false` says that there are no more methods; the types of `ssh2` do not know it. */
const NO_MORE = false as unknown as AnyAuthMethod;

function isAccepted(method: AnyAuthMethod, accepted: readonly string[]): boolean {
  return accepted.includes(method.type === "agent" ? "publickey" : method.type);
}

/** Begins SFTP, and tells the client what becomes of the connection. */
async function beginSftp(
  client: Client,
  socket: SshSocket,
  settings: DialSettings,
): Promise<SftpTransport> {
  const channel = await openChannel(client, settings);
  const sftp = new SftpClient({
    write: (bytes, sent) => {
      socket.gather();
      channel.write(bytes, sent);
    },
    end: () => {
      client.end();
    },
    destroy: () => {
      client.destroy();
    },
  });
  const lose = (reason: string) => {
    sftp.lose(reason);
  };
  channel.on("data", (chunk: Buffer) => {
    sftp.received(chunk);
  });
  channel.stderr.resume(); // what is said there is for nobody
  await new Promise<void>((resolve, reject) => {
    client.on("error", ({ message }) => {
      reject(unreachable(settings, message));
      lose(message);
    });
    client.on("close", () => {
      reject(unreachable(settings, "it has closed the connection"));
      lose("the server has closed the connection");
    });
    channel.on("close", () => {
      lose("the server has ended the SFTP session");
    });
    sftp.begin().then(resolve, (error: unknown) => {
      reject(noSftp(settings, asError(error).message));
    });
  });
  socket.begin();
  return sftp;
}

function openChannel(client: Client, settings: DialSettings): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.on("close", () => {
      reject(unreachable(settings, "it has closed the connection"));
    });
    client.subsys("sftp", (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(noSftp(settings, error.message));
    });
  });
}

function problemOf(
  error: Error & { readonly level?: string },
  settings: DialSettings,
  credentials: Credentials,
): SftpError {
  if (error.level === "client-authentication") return refused(settings, credentials);
  if ("code" in error && error.code === "ENOTFOUND") {
    return unreachable(settings, "no host of this name is known");
  }
  return unreachable(settings, error.message);
}

function unreachable({ host, port }: DialSettings, reason: string): SftpError {
  return new SftpError("UNREACHABLE", `${host} port ${port} cannot be reached: ${reason}`);
}

function noSftp({ host, user }: DialSettings, reason: string): SftpError {
  return new SftpError("NO_SFTP", `${host} has no SFTP server for ${user}: ${reason}`);
}

function refused({ host, user }: DialSettings, { tried, unusable }: Credentials): SftpError {
  const attempts =
    tried.length === 0 ? "there was no key to try" : `it took none of: ${tried.join(", ")}`;
  const rest = unusable.map((reason) => `; ${reason}`).join("");
  return new SftpError(
    "AUTHENTICATION_FAILED",
    `${host} does not let ${user} in: ${attempts}${rest}; name a key with --identity, start an ssh-agent, or put the password in ANYMOUNT_SFTP_PASSWORD`,
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
