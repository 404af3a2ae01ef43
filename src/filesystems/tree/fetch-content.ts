import { NtStatus } from "../../nt/index.js";
import type { Opened } from "./content.js";
import { MAX_FETCH_WAIT_MS } from "./limits.js";
import { refuse } from "./refusal.js";

/**
 * What is at a URL. The size is the server's Content-Length, where it means the bytes that come.
 *
 * @throws NtError OBJECT_NAME_NOT_FOUND for 404 and 410, ACCESS_DENIED for 401 and 403; what `fetch` throws,
 *   and an Error for other answers
 */
export async function fetchContent(url: URL): Promise<Opened> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(`${nameOf(url)} has not answered for ${MAX_FETCH_WAIT_MS} ms`));
  }, MAX_FETCH_WAIT_MS);
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) {
      controller.abort();
      refuseAnswer(response.status, url);
    }
    const stop = () => {
      controller.abort();
    };
    return { pieces: response.body ?? [], size: sizeOf(response.headers), stop };
  } finally {
    clearTimeout(timer);
  }
}

/** Without what may be secret in a URL. */
function nameOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function refuseAnswer(status: number, url: URL): never {
  if (status === 404 || status === 410) refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
  if (status === 401 || status === 403) refuse(NtStatus.ACCESS_DENIED);
  throw new Error(`${nameOf(url)} answered ${status}`);
}

/** A compressed answer has the length of what is compressed. */
function sizeOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  if (length === null || !/^\d+$/.test(length) || headers.has("content-encoding")) return undefined;
  return Number(length);
}
