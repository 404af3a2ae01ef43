import { bytesOf, viewOf, WireError } from "../../bytes/index.js";
import { PduHeader } from "../../wire/dcerpc/index.js";
import { MAX_FRAGMENT_LENGTH } from "./limits.js";

/** Makes whole messages of what is written: a write may hold several, or a part of one. */
export class PduSplitter {
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * The messages that `data` completes. What is left over is kept, as a copy, for the next call.
   *
   * @param data - the messages are views of it: valid as long as it is
   * @throws WireError from the iterator, when a length is not that of a message
   */
  *split(data: Uint8Array): Generator<DataView, void> {
    const bytes = viewOf(this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]));
    this.#rest = new Uint8Array(0);
    let at = 0;
    while (at + PduHeader.size <= bytes.byteLength) {
      const { fragLength } = PduHeader.read(bytes, at);
      if (fragLength < PduHeader.size || fragLength > MAX_FRAGMENT_LENGTH) {
        throw new WireError("DCE/RPC: bad frag_length");
      }
      if (at + fragLength > bytes.byteLength) break;
      yield new DataView(bytes.buffer, bytes.byteOffset + at, fragLength);
      at += fragLength;
    }
    this.#rest = bytesOf(bytes).slice(at);
  }
}
