/**
 * What is to be done about a server, of what the user said, OpenSSH's files say, and the defaults.
 *
 * @packageDocumentation
 */
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { CredentialSettings } from "./credentials.js";
import { SftpError } from "./errors.js";
import type { SftpOptions } from "./options.js";
import { readSettingsFile } from "./settings-file.js";
import { expandTokens, readSshConfig, type SshHostConfig } from "./ssh-config.js";

/** Where the agent of Windows listens. */
const WINDOWS_AGENT = String.raw`\\.\pipe\openssh-ssh-agent`;

const DEFAULT_PORT = 22;

/** All that has to be known for connecting. */
export interface ConnectSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The name and port by which the host's key is known. */
  readonly keyHost: string;
  readonly keyPort: number;
  readonly knownHostsFiles: readonly string[];
  readonly credentials: CredentialSettings;
}

/** @throws SftpError BAD_SETTINGS */
export async function connectSettings(
  options: SftpOptions,
  environment: NodeJS.ProcessEnv,
): Promise<ConnectSettings> {
  const home = options.home ?? homedir();
  const sshFolder = join(home, ".ssh");
  const config = await configOf(options, sshFolder);
  const host = (config.hostName ?? options.host).replace(/%h/g, options.host);
  const port = options.port ?? config.port ?? DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SftpError("BAD_SETTINGS", `${port} is no port for ${host}: give one from 1 to 65535`);
  }
  if (config.proxy !== undefined && config.proxy.toLowerCase() !== "none") {
    throw new SftpError(
      "BAD_SETTINGS",
      `${options.host} is reached by way of ${config.proxy}, as ~/.ssh/config says, which is not supported: ` +
        `forward a port, such as with ssh -N -L 2222:localhost:22 ${options.host}, and connect to that`,
    );
  }
  const localUser = userInfo().username;
  const user = options.user ?? config.user ?? localUser;
  const tokens = { home, host, remoteUser: user, localUser };
  const expand = (name: string) => expandTokens(name, tokens);
  return {
    host,
    port,
    user,
    keyHost: config.hostKeyAlias ?? host,
    keyPort: config.hostKeyAlias === undefined ? port : DEFAULT_PORT,
    knownHostsFiles: options.knownHostsFiles ??
      config.userKnownHostsFiles?.map(expand) ?? [
        join(sshFolder, "known_hosts"),
        join(sshFolder, "known_hosts2"),
        "/etc/ssh/ssh_known_hosts",
      ],
    credentials: {
      user,
      sshFolder,
      identityFiles: options.identityFiles ?? filesOf(config)?.map(expand),
      passphrase: options.passphrase ?? environment["ANYMOUNT_SFTP_PASSPHRASE"],
      password: options.password ?? environment["ANYMOUNT_SFTP_PASSWORD"],
      agent: agentOf(options.agent ?? config.identityAgent, environment, expand),
      isAgentFirst: options.identityFiles === undefined && config.identitiesOnly !== true,
    },
  };
}

async function configOf(
  { configFile, host }: SftpOptions,
  sshFolder: string,
): Promise<SshHostConfig> {
  if (configFile === "none") return readSshConfig("", host);
  const path = configFile ?? join(sshFolder, "config");
  const content = await readSettingsFile(path);
  if (content === undefined && configFile !== undefined) {
    throw new SftpError("BAD_SETTINGS", `the configuration file ${path} does not exist`);
  }
  return readSshConfig(content?.toString("utf8") ?? "", host);
}

function filesOf({ identityFiles }: SshHostConfig): readonly string[] | undefined {
  return identityFiles.length === 0 ? undefined : identityFiles;
}

function agentOf(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
  expand: (name: string) => string,
): string | undefined {
  if (named?.toLowerCase() === "none") return undefined;
  if (named !== undefined && named !== "SSH_AUTH_SOCK") return expand(named);
  const socket = environment["SSH_AUTH_SOCK"];
  if (socket !== undefined && socket !== "") return socket;
  return process.platform === "win32" ? WINDOWS_AGENT : undefined;
}
