import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NtStatus, statusName } from "../../nt/index.js";
import {
  NtlmInitiator,
  type NtlmInitiatorOptions,
  SpnegoInitiator,
  type SpnegoInitiatorOptions,
} from "../../testing/client/ntlm.js";
import {
  AvId,
  findAvPair,
  NegotiateFlags,
  readAvTimestamp,
  readChallenge,
  writeAuthenticate,
} from "../../wire/ntlm/index.js";
import {
  Mechanism,
  NegState,
  readNegToken,
  writeNegTokenInit,
  writeNegTokenResp,
} from "../../wire/spnego/index.js";
import {
  type Acceptor,
  type AcceptResult,
  Accounts,
  NtlmAcceptor,
  negTokenInit2,
  SESSION_KEY_BYTES,
  SpnegoAcceptor,
} from "./index.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Bytes that differ from call to call, and are the same in each run. */
function counting(start: number) {
  let next = start;
  return (length: number) => Uint8Array.from({ length }, () => next++ & 0xff);
}

const USERS = [{ name: "User", password: "Password" }];
const options = (accounts = new Accounts(USERS)) => ({
  accounts,
  names: {
    netbiosComputer: "SERVER",
    netbiosDomain: "SERVER",
    dnsComputer: "server.example",
    dnsDomain: "example",
  },
  nowMs: () => Date.UTC(2026, 0, 1),
  randomBytes: counting(1),
});
const user = (changes: Partial<SpnegoInitiatorOptions> = {}): SpnegoInitiatorOptions => ({
  userName: "user",
  password: "Password",
  domainName: "Domain",
  workstation: "WS",
  randomBytes: counting(100),
  ...changes,
});
const ANONYMOUS = { userName: "", password: "", domainName: "", workstation: "" };

function done(result: AcceptResult) {
  if ("refused" in result) throw new Error(`refused: ${statusName(result.refused)}`);
  if (!result.done) throw new Error("not done");
  return result;
}

function answer(result: AcceptResult): Uint8Array {
  if ("refused" in result) throw new Error(`refused: ${statusName(result.refused)}`);
  return result.token ?? new Uint8Array(0);
}

const flipped = (bytes: Uint8Array, at: number) =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));

/** One authentication without SPNEGO, whose last message may be changed on its way. */
function raw(
  acceptor: Acceptor,
  client: NtlmInitiator,
  change = (message: Uint8Array) => message,
): AcceptResult {
  const challenge = answer(acceptor.accept(client.negotiate()));
  return acceptor.accept(change(client.authenticate(challenge)));
}

/** One authentication in SPNEGO; gives the last result, and the answers before it. */
function spnego(acceptor: Acceptor, client: SpnegoInitiator) {
  const answers: Uint8Array[] = [];
  let result = acceptor.accept(client.first());
  for (let i = 0; i < 3 && !("refused" in result) && !result.done; i++) {
    answers.push(result.token);
    result = acceptor.accept(client.next(result.token));
  }
  return { result, answers };
}

function resp(token: Uint8Array) {
  const read = readNegToken(token);
  if (read.kind !== "resp") throw new Error("not a NegTokenResp");
  return read;
}

describe("CHALLENGE", () => {
  const client = new NtlmInitiator(user());
  const challenge = readChallenge(answer(new NtlmAcceptor(options()).accept(client.negotiate())));

  it("names the server, with the time", () => {
    const text = (id: number) =>
      Buffer.from(findAvPair(challenge.targetInfo, id) ?? []).toString("utf16le");
    expect(challenge.targetName).toBe("SERVER");
    expect(text(AvId.NB_COMPUTER_NAME)).toBe("SERVER");
    expect(text(AvId.NB_DOMAIN_NAME)).toBe("SERVER");
    expect(text(AvId.DNS_COMPUTER_NAME)).toBe("server.example");
    expect(text(AvId.DNS_DOMAIN_NAME)).toBe("example");
    expect(readAvTimestamp(challenge.targetInfo)).toBe(134_116_992_000_000_000n);
  });

  it("agrees to what was asked, and to nothing else", () => {
    expect(challenge.flags.toString(16)).toBe("e28a8235");
    const modest = new NtlmInitiator(
      user({
        without: NegotiateFlags.KEY_EXCH | NegotiateFlags.SEAL | NegotiateFlags.NEGOTIATE_56,
      }),
    );
    const { flags } = readChallenge(answer(new NtlmAcceptor(options()).accept(modest.negotiate())));
    expect(flags.toString(16)).toBe("228a8215");
  });

  it("is another one each time", () => {
    const shared = options();
    const next = () =>
      readChallenge(answer(new NtlmAcceptor(shared).accept(client.negotiate()))).serverChallenge;
    expect(shown(next())).not.toBe(shown(next()));
  });
});

const FLAG_SETS = [
  { name: "all flags", without: 0 },
  { name: "no key exchange", without: NegotiateFlags.KEY_EXCH },
  { name: "56 bits", without: NegotiateFlags.NEGOTIATE_128 },
  { name: "40 bits", without: NegotiateFlags.NEGOTIATE_128 | NegotiateFlags.NEGOTIATE_56 },
  { name: "no signing", without: NegotiateFlags.SIGN | NegotiateFlags.SEAL },
  { name: "no extended session security", without: NegotiateFlags.EXTENDED_SESSIONSECURITY },
  { name: "no Unicode", without: NegotiateFlags.UNICODE },
];

describe.each(FLAG_SETS)("A user with $name", ({ without }) => {
  it("is let in without SPNEGO, and both sides have one key", () => {
    const client = new NtlmInitiator(user({ without }));
    const result = done(raw(new NtlmAcceptor(options()), client));
    expect(result.identity).toEqual({
      kind: "user",
      userName: "User",
      domainName: "Domain",
      workstation: "WS",
    });
    expect(shown(result.sessionKey)).toBe(shown(client.established.sessionKey));
    expect(result.sessionKey.length).toBe(SESSION_KEY_BYTES);
    expect(result.token).toBeUndefined();
    expect(result.signing === undefined).toBe(client.established.signing === undefined);
  });

  it("is let in with SPNEGO, and both sides have one key", () => {
    const client = new SpnegoInitiator(user({ without }));
    const result = done(spnego(new SpnegoAcceptor(options()), client).result);
    const established = client.finish(result.token!);
    expect(shown(result.sessionKey)).toBe(shown(established.sessionKey));
  });
});

describe("NTLM", () => {
  const accept = (client: NtlmInitiatorOptions, accounts?: Accounts) =>
    raw(new NtlmAcceptor(options(accounts)), new NtlmInitiator(client));

  it.each([
    ["a wrong password", user({ password: "password" })],
    ["no password", user({ password: "" })],
    ["an unknown user", user({ userName: "Nobody" })],
    ["a user without a name", user({ userName: "\0" })],
  ])("refuses %s", (_what, client) => {
    expect(accept(client)).toEqual({ refused: NtStatus.LOGON_FAILURE });
  });

  it("lets in without a MIC who does not announce one", () => {
    expect(done(accept(user({ withoutMic: true }))).identity.kind).toBe("user");
  });

  it("refuses a MIC that is wrong", () => {
    const client = new NtlmInitiator(user());
    const result = raw(new NtlmAcceptor(options()), client, (message) => flipped(message, 72));
    expect(result).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it("refuses a message whose flags were changed on the way", () => {
    const client = new NtlmInitiator(user());
    const result = raw(new NtlmAcceptor(options()), client, (message) => flipped(message, 62));
    expect(result).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it("refuses a response that was made for another challenge", () => {
    const shared = options();
    const client = new NtlmInitiator(user());
    const first = new NtlmAcceptor(shared);
    const second = new NtlmAcceptor(shared);
    const message = client.authenticate(answer(first.accept(client.negotiate())));
    second.accept(client.negotiate());
    expect(done(first.accept(message)).identity.kind).toBe("user");
    expect(second.accept(message)).toEqual({ refused: NtStatus.LOGON_FAILURE });
  });

  it("is over after one answer", () => {
    const client = new NtlmInitiator(user());
    const acceptor = new NtlmAcceptor(options());
    const message = client.authenticate(answer(acceptor.accept(client.negotiate())));
    expect(done(acceptor.accept(message)).done).toBe(true);
    expect(acceptor.accept(message)).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it("wants its messages in order", () => {
    const client = new NtlmInitiator(user());
    const challenge = answer(new NtlmAcceptor(options()).accept(client.negotiate()));
    const acceptor = new NtlmAcceptor(options());
    const message = client.authenticate(challenge);
    expect(acceptor.accept(message)).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it.each([
    ["NTLMv1", 24],
    ["nothing", 0],
  ])("refuses a response of %s", (_what, length) => {
    const acceptor = new NtlmAcceptor(options());
    acceptor.accept(new NtlmInitiator(user()).negotiate());
    const message = writeAuthenticate({
      flags: NegotiateFlags.UNICODE,
      userName: "User",
      domainName: "",
      workstation: "",
      lmChallengeResponse: new Uint8Array(24),
      ntChallengeResponse: new Uint8Array(length),
      encryptedRandomSessionKey: new Uint8Array(0),
    });
    expect(acceptor.accept(message)).toEqual({ refused: NtStatus.LOGON_FAILURE });
  });

  it("refuses who agreed to exchange a key and sends none", () => {
    const acceptor = new NtlmAcceptor(options());
    acceptor.accept(new NtlmInitiator(user(ANONYMOUS)).negotiate());
    const message = writeAuthenticate({
      ...ANONYMOUS,
      flags: NegotiateFlags.UNICODE | NegotiateFlags.KEY_EXCH,
      lmChallengeResponse: new Uint8Array(1),
      ntChallengeResponse: new Uint8Array(0),
      encryptedRandomSessionKey: new Uint8Array(0),
    });
    expect(acceptor.accept(message)).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it("tells an anonymous user, whose key is zeros where none is exchanged", () => {
    const client = user({ ...ANONYMOUS, without: NegotiateFlags.KEY_EXCH });
    const result = done(accept(client));
    expect(result.identity).toMatchObject({ kind: "anonymous", userName: "" });
    expect(result.sessionKey).toEqual(new Uint8Array(16));
  });

  it("makes guests only where that is allowed, and of nobody who is known", () => {
    const accounts = new Accounts(USERS, { allowGuest: true });
    const guest = done(accept(user({ userName: "Nobody" }), accounts));
    expect(guest.identity).toMatchObject({ kind: "guest", userName: "Nobody" });
    expect(guest.sessionKey).toEqual(new Uint8Array(16));
    expect(guest.signing).toBeUndefined();
    const wrong = accept(user({ password: "wrong" }), accounts);
    expect(wrong).toEqual({ refused: NtStatus.LOGON_FAILURE });
  });

  it("answers every message, whatever was changed in it, and lets nobody in by it", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const client = new NtlmInitiator(user());
        let isChanged = false;
        const result = raw(new NtlmAcceptor(options()), client, (message) =>
          Uint8Array.from(message, (byte, i) => {
            if (i !== at) return byte;
            isChanged = true;
            return byte ^ mask;
          }),
        );
        expect("refused" in result).toBe(isChanged);
      }),
    );
  });

  it("answers every cut message", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(30), (authenticateBytes, negotiateBytes) => {
        const client = new NtlmInitiator(user());
        const acceptor = new NtlmAcceptor(options());
        const cut = (message: Uint8Array) => message.subarray(0, authenticateBytes);
        expect("refused" in raw(acceptor, client, cut)).toBe(true);
        const short = client.negotiate().subarray(0, negotiateBytes);
        const isRefused = "refused" in new NtlmAcceptor(options()).accept(short);
        expect(isRefused).toBe(negotiateBytes < 16);
      }),
    );
  });
});

describe("SPNEGO", () => {
  const WINDOWS = [Mechanism.MS_KERBEROS, Mechanism.KERBEROS, Mechanism.NTLMSSP, Mechanism.NEGOEX];

  it("begins with NTLMSSP alone", () => {
    expect(readNegToken(negTokenInit2())).toMatchObject({
      kind: "init",
      mechTypes: [Mechanism.NTLMSSP],
    });
  });

  it("names the mechanism once, and answers a mechListMIC with one", () => {
    const client = new SpnegoInitiator(user());
    const { result, answers } = spnego(new SpnegoAcceptor(options()), client);
    expect(answers.length).toBe(1);
    expect(resp(answers[0]!)).toMatchObject({
      negState: NegState.ACCEPT_INCOMPLETE,
      supportedMech: Mechanism.NTLMSSP,
    });
    const last = resp(answer(result));
    expect(last).toMatchObject({
      negState: NegState.ACCEPT_COMPLETED,
      supportedMech: undefined,
      responseToken: undefined,
    });
    expect(last.mechListMic?.length).toBe(16);
    client.finish(answer(result));
  });

  it("sends no mechListMIC to who sends none", () => {
    const client = new SpnegoInitiator(user({ withMechListMic: false }));
    const { result } = spnego(new SpnegoAcceptor(options()), client);
    expect(resp(answer(result)).mechListMic).toBeUndefined();
  });

  it("asks for a mechListMIC where another mechanism comes first", () => {
    const client = new SpnegoInitiator(user({ mechTypes: WINDOWS }));
    const { result, answers } = spnego(new SpnegoAcceptor(options()), client);
    expect(answers.map((token) => resp(token).negState)).toEqual([
      NegState.REQUEST_MIC,
      NegState.ACCEPT_INCOMPLETE,
    ]);
    expect(resp(answers[0]!)).toMatchObject({
      supportedMech: Mechanism.NTLMSSP,
      responseToken: undefined,
    });
    expect(shown(client.finish(answer(result)).sessionKey)).toBe(shown(done(result).sessionKey));
  });

  it("does not look at a token that was made for another mechanism", () => {
    const acceptor = new SpnegoAcceptor(options());
    const client = new SpnegoInitiator(user({ mechTypes: WINDOWS }));
    client.first();
    const mechToken = Uint8Array.of(0x60, 1, 2, 3);
    const first = answer(acceptor.accept(writeNegTokenInit({ mechTypes: WINDOWS, mechToken })));
    const challenge = answer(acceptor.accept(client.next(first)));
    const result = acceptor.accept(client.next(challenge));
    client.finish(answer(result));
    expect(done(result).identity.kind).toBe("user");
  });

  it("refuses who leaves out a mechListMIC that is required", () => {
    const client = new SpnegoInitiator(user({ mechTypes: WINDOWS, withMechListMic: false }));
    const { result } = spnego(new SpnegoAcceptor(options()), client);
    expect(result).toEqual({ refused: NtStatus.ACCESS_DENIED });
  });

  it("refuses a list of mechanisms that was changed on the way", () => {
    const acceptor = new SpnegoAcceptor(options());
    const client = new SpnegoInitiator(user({ mechTypes: WINDOWS }));
    client.first();
    const attacked = writeNegTokenInit({ mechTypes: [Mechanism.NEGOEX, Mechanism.NTLMSSP] });
    const first = answer(acceptor.accept(attacked));
    const challenge = answer(acceptor.accept(client.next(first)));
    expect(acceptor.accept(client.next(challenge))).toEqual({ refused: NtStatus.ACCESS_DENIED });
  });

  it("refuses a mechListMIC that is wrong", () => {
    const acceptor = new SpnegoAcceptor(options());
    const client = new SpnegoInitiator(user());
    const last = client.next(answer(acceptor.accept(client.first())));
    const attacked = flipped(last, last.length - 5);
    expect(acceptor.accept(attacked)).toEqual({ refused: NtStatus.ACCESS_DENIED });
  });

  it("goes on where the first token is absent", () => {
    const client = new SpnegoInitiator(user({ withoutFirstToken: true }));
    const { result, answers } = spnego(new SpnegoAcceptor(options()), client);
    expect(resp(answers[0]!)).toMatchObject({
      negState: NegState.ACCEPT_INCOMPLETE,
      supportedMech: Mechanism.NTLMSSP,
      responseToken: undefined,
    });
    expect(answers.length).toBe(2);
    client.finish(answer(result));
    expect(done(result).identity.kind).toBe("user");
  });

  it("takes NTLM without SPNEGO, and answers without", () => {
    const client = new NtlmInitiator(user());
    const result = done(raw(new SpnegoAcceptor(options()), client));
    expect(result.token).toBeUndefined();
    expect(shown(result.sessionKey)).toBe(shown(client.established.sessionKey));
  });

  it("signs for an anonymous user too", () => {
    const client = new SpnegoInitiator(user(ANONYMOUS));
    const result = done(spnego(new SpnegoAcceptor(options()), client).result);
    expect(shown(client.finish(result.token!).sessionKey)).toBe(shown(result.sessionKey));
    expect(result.identity.kind).toBe("anonymous");
  });

  it("lets in a guest without a mechListMIC, as no key is known", () => {
    const accounts = new Accounts(USERS, { allowGuest: true });
    const client = new SpnegoInitiator(user({ userName: "Nobody" }));
    const result = done(spnego(new SpnegoAcceptor(options(accounts)), client).result);
    expect(result.identity.kind).toBe("guest");
    expect(resp(result.token!)).toMatchObject({
      negState: NegState.ACCEPT_COMPLETED,
      mechListMic: undefined,
    });
  });

  it.each([
    ["wrong password", user({ password: "wrong" })],
    ["unknown user", user({ userName: "Nobody" })],
  ])("passes on a refusal: %s", (_what, client) => {
    const { result } = spnego(new SpnegoAcceptor(options()), new SpnegoInitiator(client));
    expect(result).toEqual({ refused: NtStatus.LOGON_FAILURE });
  });

  it.each([
    ["mechanisms without NTLM", writeNegTokenInit({ mechTypes: [Mechanism.KERBEROS] })],
    ["a NegTokenResp first", writeNegTokenResp({ responseToken: Uint8Array.of(1) })],
    ["nothing", new Uint8Array(0)],
    ["no DER", Uint8Array.of(1, 2, 3)],
  ])("refuses %s", (_what, token) => {
    const result = new SpnegoAcceptor(options()).accept(token);
    expect(result).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it.each([
    ["a second NegTokenInit", new SpnegoInitiator(user()).first()],
    ["a NegTokenResp without a token", writeNegTokenResp({})],
  ])("refuses %s after the first", (_what, token) => {
    const acceptor = new SpnegoAcceptor(options());
    acceptor.accept(new SpnegoInitiator(user()).first());
    expect(acceptor.accept(token)).toEqual({ refused: NtStatus.INVALID_PARAMETER });
  });

  it("answers every token, whatever was changed in it", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(400), fc.nat(255), (inFirst, at, byte) => {
        const acceptor = new SpnegoAcceptor(options());
        const client = new SpnegoInitiator(user());
        const change = (token: Uint8Array) =>
          Uint8Array.from(token, (old, i) => (i === at ? byte : old));
        expect(() => {
          if (inFirst) return acceptor.accept(change(client.first()));
          return acceptor.accept(change(client.next(answer(acceptor.accept(client.first())))));
        }).not.toThrow();
      }),
    );
  });
});
