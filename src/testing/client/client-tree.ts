import { FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY, NtStatus } from "../../nt/index.js";
import type { ClientConnection, RequestContext, SendOptions } from "./client-connection.js";
import {
  type ChangeNotifyParams,
  type CreateParams,
  changeNotifyRequest,
  closeRequest,
  createRequest,
  type FileId,
  flushRequest,
  type IoctlParams,
  ioctlRequest,
  type LockRange,
  lockRequest,
  type QueryDirectoryParams,
  type QueryInfoParams,
  queryDirectoryRequest,
  queryInfoRequest,
  type ReadParams,
  readRequest,
  type SetInfoParams,
  setInfoRequest,
  type WriteParams,
  writeRequest,
} from "./file-requests.js";
import { type ListedFile, readListing } from "./listing.js";
import { type InFlight, must, type Reply, type ReplyOf, type SmbRequest } from "./request.js";
import { type TreeConnectReply, treeDisconnectRequest } from "./session-requests.js";

/** A share that a session is connected to, and its files. */
export class ClientTree {
  /** What the server said of the share. */
  readonly share: TreeConnectReply;
  readonly context: RequestContext;
  readonly #connection: ClientConnection;

  /** Made by `ClientSession.treeConnect`. */
  constructor(connection: ClientConnection, context: RequestContext, share: TreeConnectReply) {
    this.#connection = connection;
    this.context = context;
    this.share = share;
  }

  /** Sends a request; what comes of it may be waited for, or cancelled. */
  start<T>(request: SmbRequest<T>, options?: SendOptions): InFlight<T> {
    return this.#connection.start(request, this.context, options);
  }

  /** Sends a request, and waits for its answer. */
  send<T>(request: SmbRequest<T>, options?: SendOptions): Promise<Reply<T>> {
    return this.start(request, options).answer;
  }

  /** Sends requests as one message, each going on with the file of the one before. */
  chain<const R extends readonly SmbRequest<unknown>[]>(
    requests: R,
    options?: SendOptions,
  ): Promise<{ -readonly [K in keyof R]: ReplyOf<R[K]> }> {
    const calls: readonly InFlight<unknown>[] = this.#connection.startChain(
      requests,
      this.context,
      options,
    );
    const replies = Promise.all(calls.map(({ answer }) => answer));
    // The replies have the places of their requests.
    return replies as unknown as Promise<{ -readonly [K in keyof R]: ReplyOf<R[K]> }>;
  }

  /** Asks the server to give up a request of this tree. */
  cancel(call: InFlight<unknown>): void {
    this.#connection.cancel(call, this.context);
  }

  create(params: CreateParams) {
    return this.send(createRequest(params));
  }

  close(fileId: FileId, flags?: number) {
    return this.send(closeRequest(fileId, flags));
  }

  read(params: ReadParams) {
    return this.send(readRequest(params));
  }

  write(params: WriteParams) {
    return this.send(writeRequest(params));
  }

  flush(fileId: FileId) {
    return this.send(flushRequest(fileId));
  }

  queryInfo(params: QueryInfoParams) {
    return this.send(queryInfoRequest(params));
  }

  setInfo(params: SetInfoParams) {
    return this.send(setInfoRequest(params));
  }

  queryDirectory(params: QueryDirectoryParams) {
    return this.send(queryDirectoryRequest(params));
  }

  ioctl(params: IoctlParams) {
    return this.send(ioctlRequest(params));
  }

  lock(fileId: FileId, ranges: readonly LockRange[]) {
    return this.send(lockRequest(fileId, ranges));
  }

  /** Watches a directory: the answer comes when something happens there, or on `cancel`. */
  watch(params: ChangeNotifyParams): InFlight<Uint8Array> {
    return this.start(changeNotifyRequest(params));
  }

  /** All names of a directory, `.` and `..` with them. @throws Error naming the status of a refusal */
  async list(path: string, outputLength?: number): Promise<ListedFile[]> {
    const directory = must(
      await this.create({
        path,
        desiredAccess: FILE_LIST_DIRECTORY,
        createOptions: FILE_DIRECTORY_FILE,
      }),
    );
    const params = { fileId: directory.fileId, ...(outputLength && { outputLength }) };
    const request = queryDirectoryRequest(params);
    const files: ListedFile[] = [];
    for (;;) {
      const reply = await this.send(request);
      if (reply.status === NtStatus.NO_MORE_FILES) break;
      files.push(...readListing(must(reply)));
    }
    must(await this.close(directory.fileId));
    return files;
  }

  disconnect() {
    return this.send(treeDisconnectRequest);
  }
}
