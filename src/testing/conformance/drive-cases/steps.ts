/**
 * What cases do all the time.
 *
 * @packageDocumentation
 */
import {
  CreateAction,
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_READ_ATTRIBUTES,
  NtStatus,
  parseSddl,
  statusName,
  statusOf,
  writeSecurityDescriptor,
} from "../../../nt/index.js";
import type { Drive, DriveFile, FileFacts, OpenRequest } from "../drive.js";

/** To be spread into a request: a name that is not there yet. */
export const NEW = { createDisposition: CreateDisposition.CREATE } as const;

/** To be spread into a request: a directory that is not there yet. */
export const NEW_DIRECTORY = { ...NEW, createOptions: FILE_DIRECTORY_FILE } as const;

const ACTIONS: readonly string[] = Object.keys(CreateAction);

/** Makes a file with something in it, and closes it. */
export async function make(drive: Drive, path: string, text = ""): Promise<void> {
  const file = await drive.open(path, NEW);
  if (text !== "") await file.write(text);
  await file.close();
}

export async function makeDirectory(drive: Drive, path: string): Promise<void> {
  await (await drive.open(path, NEW_DIRECTORY)).close();
}

/** What is in a file. */
export async function contents(drive: Drive, path: string): Promise<string> {
  const file = await drive.open(path);
  const { fileSize } = await file.facts();
  const text = fileSize === 0 ? "" : await file.read(fileSize);
  await file.close();
  return text;
}

/** What is known of the file at a path. */
export async function factsOf(drive: Drive, path: string): Promise<FileFacts> {
  const file = await drive.open(path, { desiredAccess: FILE_READ_ATTRIBUTES });
  const facts = await file.facts();
  await file.close();
  return facts;
}

/** The names in a directory, sorted, without `.` and `..`. */
export async function namesIn(drive: Drive, path = ""): Promise<string[]> {
  const directory = await drive.open(path, { desiredAccess: FILE_LIST_DIRECTORY });
  const names = (await directory.list()).map(({ name }) => name);
  await directory.close();
  return names.filter((name) => name !== "." && name !== "..").sort();
}

/** Deletes what is at a path. */
export async function remove(drive: Drive, path: string): Promise<void> {
  const file = await drive.open(path);
  await file.setDelete(true);
  await file.close();
}

/** What an open does, by name: CREATED, or why it is refused. What it opens is closed. */
export async function opening(
  drive: Drive,
  path: string,
  request: OpenRequest = {},
): Promise<string> {
  let file: DriveFile | undefined;
  const status = await outcomeOf(async () => {
    file = await drive.open(path, request);
  });
  if (file === undefined) return status;
  await file.close();
  return ACTIONS[file.createAction] ?? String(file.createAction);
}

/** What something comes to, by name: SUCCESS, or why it is refused. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return statusName(NtStatus.SUCCESS);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    return statusName(status);
  }
}

/** A security descriptor, self-relative, of its text. */
export function sddl(text: string): Uint8Array {
  return writeSecurityDescriptor(parseSddl(text));
}
