import { MessageChannel } from "node:worker_threads";

/** Leads nowhere. */
const nowhere = closedPort();

/**
 * Frees the memory of an array that nobody will look at again, without waiting for the collector; the array is
 * empty afterwards. Large outputs of Node's ciphers are worth it: left to the collector they are fresh, cold memory
 * for each message, and count as pressure on the heap, which then is marked every 50 ms (Node 20.20: AES-GCM of
 * 1 MiB in the server costs 0.25 ms instead of 0.9).
 *
 * It is transferred in a message to a port that is closed. What is transferred leaves its sender whether or not
 * anybody receives it. HTML, 9.4.4 "message port post message steps"
 */
export function freeMemory(array: Uint8Array<ArrayBuffer>): void {
  const isWhole = array.byteLength === array.buffer.byteLength; // else others may live in it
  if (isWhole && array.byteLength > 0) nowhere.postMessage(undefined, [array.buffer]);
}

function closedPort() {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port2;
}
