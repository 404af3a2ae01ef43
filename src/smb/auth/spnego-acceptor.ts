import { WireError } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { isNtlmMessage } from "../../wire/ntlm/index.js";
import {
  Mechanism,
  NegState,
  type NegTokenInit,
  type NegTokenResp,
  readNegToken,
  writeNegTokenInit2,
  writeNegTokenResp,
} from "../../wire/spnego/index.js";
import type { AcceptCompleted, Acceptor, AcceptResult } from "./accept-result.js";
import { type AcceptorOptions, NtlmAcceptor } from "./ntlm-acceptor.js";

const refuse = (refused: NtStatus) => ({ refused });

/** The token of a NEGOTIATE response: the mechanisms that there are. [MS-SMB2] 3.3.5.4 */
export function negTokenInit2(): Uint8Array {
  return writeNegTokenInit2([Mechanism.NTLMSSP]);
}

/** What was agreed with the client's first token. */
interface Negotiated {
  /** What a mechListMIC is made over. RFC 4178 5 */
  readonly mechTypesBytes: Uint8Array;
  /** NTLM was not what the client liked best: it has to show that nobody changed its list. */
  readonly needsMic: boolean;
}

/**
 * The server's side of one authentication: NTLM in SPNEGO, or by itself. [MS-SPNG] 3.2, RFC 4178
 */
export class SpnegoAcceptor implements Acceptor {
  readonly #ntlm: NtlmAcceptor;
  #state: "begun" | "raw" | Negotiated = "begun";

  constructor(options: AcceptorOptions) {
    this.#ntlm = new NtlmAcceptor(options);
  }

  accept(token: Uint8Array): AcceptResult {
    if (this.#state === "begun" && isNtlmMessage(token)) this.#state = "raw";
    if (this.#state === "raw") return this.#ntlm.accept(token);
    try {
      return this.#acceptNegToken(readNegToken(token));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return refuse(NtStatus.INVALID_PARAMETER);
    }
  }

  #acceptNegToken(token: NegTokenInit | NegTokenResp): AcceptResult {
    const state = this.#state;
    if (typeof state === "string") {
      return token.kind === "init" ? this.#begin(token) : refuse(NtStatus.INVALID_PARAMETER);
    }
    return token.kind === "resp"
      ? this.#continue(token, state)
      : refuse(NtStatus.INVALID_PARAMETER);
  }

  /** The first token. One made for another mechanism is not looked at. RFC 4178 4.2.1 */
  #begin(token: NegTokenInit): AcceptResult {
    const place = token.mechTypes.indexOf(Mechanism.NTLMSSP);
    if (place < 0) return refuse(NtStatus.INVALID_PARAMETER); // as Samba
    const mechTypesBytes = Uint8Array.from(token.mechTypesBytes);
    this.#state = { mechTypesBytes, needsMic: place > 0 };
    const answer = { supportedMech: Mechanism.NTLMSSP };
    if (place > 0) {
      return continueWith({ ...answer, negState: NegState.REQUEST_MIC });
    }
    if (token.mechToken === undefined || token.mechToken.length === 0) {
      return continueWith({ ...answer, negState: NegState.ACCEPT_INCOMPLETE });
    }
    const result = this.#ntlm.accept(token.mechToken);
    if ("refused" in result || result.done) return result;
    const { token: responseToken } = result;
    return continueWith({ ...answer, negState: NegState.ACCEPT_INCOMPLETE, responseToken });
  }

  #continue(token: NegTokenResp, negotiated: Negotiated): AcceptResult {
    if (token.responseToken === undefined) return refuse(NtStatus.INVALID_PARAMETER);
    const result = this.#ntlm.accept(token.responseToken);
    if ("refused" in result) return result;
    if (result.done) return complete(result, token.mechListMic, negotiated);
    return continueWith({
      negState: NegState.ACCEPT_INCOMPLETE,
      responseToken: result.token,
    });
  }
}

function continueWith(token: Parameters<typeof writeNegTokenResp>[0]): AcceptResult {
  return { done: false, token: writeNegTokenResp(token) };
}

/**
 * Checks the client's mechListMIC and answers with one. A mechanism that cannot sign, and a guest
 * of whom no key is known, go without. RFC 4178 5
 */
function complete(
  result: AcceptCompleted,
  mechListMic: Uint8Array | undefined,
  { mechTypesBytes, needsMic }: Negotiated,
): AcceptResult {
  const { signing } = result;
  const negState = NegState.ACCEPT_COMPLETED;
  if (signing === undefined || (mechListMic === undefined && !needsMic)) {
    return { ...result, token: writeNegTokenResp({ negState }) };
  }
  if (mechListMic === undefined || !signing.client.verify(mechTypesBytes, mechListMic)) {
    return refuse(NtStatus.ACCESS_DENIED);
  }
  const ownMic = signing.server.sign(mechTypesBytes);
  return { ...result, token: writeNegTokenResp({ negState, mechListMic: ownMic }) };
}
