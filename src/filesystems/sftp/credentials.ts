import { join } from "node:path";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { Awaitable } from "../../fs/index.js";
import { SftpError } from "./errors.js";
import { MAX_IDENTITIES } from "./limits.js";
import { readSettingsFile } from "./settings-file.js";
import type { Ssh2Library } from "./ssh2-library.js";

/** The keys that are tried where none is named, in OpenSSH's order of preference. */
const DEFAULT_IDENTITIES = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** What somebody can show to a server. */
export interface CredentialSettings {
  readonly user: string;
  /** Undefined: those in `sshFolder` that are there. */
  readonly identityFiles: readonly string[] | undefined;
  readonly sshFolder: string;
  readonly passphrase:
    | string
    | ((identityFile: string) => Awaitable<string | undefined>)
    | undefined;
  readonly password: string | (() => Awaitable<string | undefined>) | undefined;
  /** The socket of an agent; undefined: none. */
  readonly agent: string | undefined;
  /** The keys of the agent come before those in files. A server takes only so many. */
  readonly isAgentFirst: boolean;
}

/** What is shown to a server, in order, and what to say when nothing of it was good. */
export interface Credentials {
  readonly methods: readonly AnyAuthMethod[];
  /** Such as `the keys of the agent` and paths. */
  readonly tried: readonly string[];
  /** What could not be tried, each with why. */
  readonly unusable: readonly string[];
}

/**
 * Gathers what can be shown: the keys of the agent, key files, then the password.
 *
 * @throws SftpError BAD_SETTINGS where a file that was named is missing or no key
 */
export async function gatherCredentials(
  settings: CredentialSettings,
  ssh2: Ssh2Library,
): Promise<Credentials> {
  const agent = agentMethods(settings);
  const keys = await keyMethods(settings, ssh2);
  const password = await passwordMethods(settings);
  const parts = settings.isAgentFirst ? [agent, keys, password] : [keys, agent, password];
  return {
    methods: parts.flatMap(({ methods }) => methods),
    tried: parts.flatMap(({ tried }) => tried),
    unusable: parts.flatMap(({ unusable }) => unusable),
  };
}

const NOTHING: Credentials = { methods: [], tried: [], unusable: [] };

function agentMethods({ agent, user: username }: CredentialSettings): Credentials {
  if (agent === undefined) return NOTHING;
  return {
    methods: [{ type: "agent", username, agent }],
    tried: ["the keys of the agent"],
    unusable: [],
  };
}

async function keyMethods(settings: CredentialSettings, ssh2: Ssh2Library): Promise<Credentials> {
  const { user: username, identityFiles, sshFolder, passphrase } = settings;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const unusable: string[] = [];
  const files = identityFiles ?? DEFAULT_IDENTITIES.map((name) => join(sshFolder, name));
  for (const file of files.slice(0, MAX_IDENTITIES)) {
    const content = await readSettingsFile(file);
    if (content === undefined) {
      if (identityFiles === undefined) continue;
      throw new SftpError("BAD_SETTINGS", `the identity file ${file} does not exist`);
    }
    const key = await openKey(file, content, passphrase, ssh2);
    if (typeof key === "string") {
      unusable.push(key);
      continue;
    }
    methods.push({ type: "publickey", username, key });
    tried.push(file);
  }
  return { methods, tried, unusable };
}

async function passwordMethods({
  user: username,
  password: source,
}: CredentialSettings): Promise<Credentials> {
  const password = typeof source === "function" ? await source() : source;
  if (password === undefined) return NOTHING;
  const methods: AnyAuthMethod[] = [
    { type: "password", username, password },
    {
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        // Only a question that hides its answer asks for a password.
        finish(prompts.map(({ echo }) => (echo === true ? "" : password)));
      },
    },
  ];
  return { methods, tried: ["the password"], unusable: [] };
}

/** A private key; or why it cannot be used. */
async function openKey(
  file: string,
  content: Buffer,
  passphrase: CredentialSettings["passphrase"],
  ssh2: Ssh2Library,
): Promise<ParsedKey | string> {
  const open = ssh2.utils.parseKey(content);
  if (!(open instanceof Error)) {
    return open.isPrivateKey() ? open : `${file} holds no private key`;
  }
  if (!/passphrase/i.test(open.message))
    return `${file} is no key that can be read (${open.message})`;
  const words = typeof passphrase === "function" ? await passphrase(file) : passphrase;
  if (words === undefined) {
    return `${file} is encrypted: put its passphrase in ANYMOUNT_SFTP_PASSPHRASE, or add it to an ssh-agent`;
  }
  const decrypted = ssh2.utils.parseKey(content, words);
  return decrypted instanceof Error ? `the passphrase does not open ${file}` : decrypted;
}
