import {
  CreateDisposition,
  DELETE,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
} from "../src/nt/index.js";
import { type ClientTree, must, SmbClient } from "../src/testing/client/index.js";
import { FileInformationClass, FileRenameInformation } from "../src/wire/fscc/index.js";

/** A drive of a server, as tests of whole programs use it, by the project's own client over TCP. */
export class TestDrive {
  readonly #client: SmbClient;
  readonly #tree: ClientTree;

  private constructor(client: SmbClient, tree: ClientTree) {
    this.#client = client;
    this.#tree = tree;
  }

  /** Logs on as `anna` with the password `secret`. */
  static async connect(port: number, share: string): Promise<TestDrive> {
    const client = await SmbClient.connect({ port });
    must(await client.negotiate());
    const session = must(await client.logOn({ user: "anna", password: "secret" }));
    return new TestDrive(client, must(await session.treeConnect(share)));
  }

  /** The names in a directory, sorted, without `.` and `..`. */
  async names(path = ""): Promise<string[]> {
    const listed = (await this.#tree.list(path)).map(({ name }) => name);
    return listed.filter((name) => name !== "." && name !== "..").sort();
  }

  /** All that is in a file. @throws Error naming the status of a refusal */
  async bytes(path: string): Promise<Buffer> {
    const file = must(await this.#tree.create({ path, desiredAccess: FILE_READ_DATA }));
    const { fileId, endOfFile: length } = file;
    const reply = length === 0 ? undefined : await this.#tree.read({ fileId, length, offset: 0 });
    const data = reply === undefined ? new Uint8Array() : must(reply);
    must(await this.#tree.close(fileId));
    return Buffer.from(data);
  }

  async text(path: string): Promise<string> {
    return (await this.bytes(path)).toString();
  }

  /** Makes a file, or empties it, and writes it. */
  async write(path: string, text: string): Promise<void> {
    const file = await this.#tree.create({
      path,
      desiredAccess: FILE_WRITE_DATA,
      createDisposition: CreateDisposition.OVERWRITE_IF,
      createOptions: FILE_NON_DIRECTORY_FILE,
    });
    const { fileId } = must(file);
    must(await this.#tree.write({ fileId, data: Buffer.from(text), offset: 0 }));
    must(await this.#tree.close(fileId));
  }

  async makeDirectory(path: string): Promise<void> {
    const file = await this.#tree.create({
      path,
      desiredAccess: FILE_READ_DATA,
      createDisposition: CreateDisposition.CREATE,
      createOptions: FILE_DIRECTORY_FILE,
    });
    must(await this.#tree.close(must(file).fileId));
  }

  async rename(path: string, newPath: string): Promise<void> {
    const { fileId } = must(await this.#tree.create({ path, desiredAccess: DELETE }));
    const name = Buffer.from(newPath, "utf16le");
    const data = Buffer.alloc(FileRenameInformation.size + name.length);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    FileRenameInformation.blank(view, 0).fileNameLength = name.length;
    name.copy(data, FileRenameInformation.size);
    const infoClass = FileInformationClass.FileRenameInformation;
    must(await this.#tree.setInfo({ fileId, infoClass, data }));
    must(await this.#tree.close(fileId));
  }

  async remove(path: string): Promise<void> {
    const params = { path, desiredAccess: DELETE, createOptions: FILE_DELETE_ON_CLOSE };
    const { fileId } = must(await this.#tree.create(params));
    must(await this.#tree.close(fileId));
  }

  /** Waits for whatever happens next in a directory. */
  async nextChange(path: string): Promise<void> {
    const directory = { path, desiredAccess: FILE_READ_DATA, createOptions: FILE_DIRECTORY_FILE };
    const { fileId } = must(await this.#tree.create(directory));
    const completionFilter = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE;
    must(await this.#tree.watch({ fileId, completionFilter }).answer);
    must(await this.#tree.close(fileId));
  }

  close(): void {
    this.#client.close();
  }
}
