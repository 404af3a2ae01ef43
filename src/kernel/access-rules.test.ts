import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { Caller } from "../fs/index.js";
import {
  ACCESS_SYSTEM_SECURITY,
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  ANONYMOUS,
  ATTRIBUTE_SECURITY_INFORMATION,
  BACKUP_SECURITY_INFORMATION,
  CreateDisposition,
  DACL_SECURITY_INFORMATION,
  DELETE,
  EVERYONE,
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_DIRECTORY_FILE,
  FILE_EXECUTE,
  FILE_GENERIC_READ,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  formatSddl,
  GENERIC_EXECUTE,
  GROUP_SECURITY_INFORMATION,
  LABEL_SECURITY_INFORMATION,
  MAXIMUM_ALLOWED,
  OWNER_SECURITY_INFORMATION,
  parseSddl,
  READ_CONTROL,
  readSecurityDescriptor,
  SACL_SECURITY_INFORMATION,
  SCOPE_SECURITY_INFORMATION,
  statusName,
  WRITE_DAC,
  WRITE_OWNER,
  writeSecurityDescriptor,
} from "../nt/index.js";
import type { CreateRequest } from "./create-request.js";
import type { Open } from "./open.js";
import type { RenameRequest } from "./rename.js";
import type { Result } from "./result.js";
import { rightsToQuery, rightsToSet } from "./security-rights.js";
import { viewOf, WHOLE_VIEW } from "./view.js";
import { Volume } from "./volume.js";

const { OPEN, CREATE, SUPERSEDE, OVERWRITE } = CreateDisposition;

const ANNA = "S-1-5-21-1-2-3-1001";

function caller(userSid: string, more: Partial<Caller> = {}): Caller {
  const common = { userName: "", sessionId: 0, clientAddress: "" };
  return { ...common, userSid, groupSids: [EVERYONE], ...more };
}

const anna = caller(ANNA);
const bert = caller("S-1-5-21-1-2-3-1002");
const administrator = caller("S-1-5-21-1-2-3-1003", {
  groupSids: [EVERYONE, ADMINISTRATORS],
  privileges: ADMINISTRATOR_PRIVILEGES,
});
const anonymous = caller(ANONYMOUS, { groupSids: [EVERYONE], privileges: 0 });

/** A volume in which Anna made things, each with a descriptor of its own. */
class Scene {
  readonly volume: Volume;

  constructor(root = "O:BAG:BAD:(A;OICI;FA;;;WD)") {
    const rootSecurityDescriptor = writeSecurityDescriptor(parseSddl(root));
    const clock = { nowMs: () => 0, after: () => () => undefined };
    this.volume = new Volume(memory({ rootSecurityDescriptor }), { clock });
  }

  async create(
    name: string,
    desiredAccess: number,
    who: Caller,
    request: Partial<CreateRequest> = {},
  ): Promise<Result<Open>> {
    const whole: CreateRequest = {
      name,
      desiredAccess,
      fileAttributes: 0,
      shareAccess: 7,
      createDisposition: OPEN,
      createOptions: 0,
      allocationSize: 0,
      ...request,
    };
    const created = await this.volume.create(whole, who);
    return created.ok ? { ok: true, value: created.value.open } : created;
  }

  async make(name: string, sddl: string, request: Partial<CreateRequest> = {}): Promise<void> {
    const made = await this.create(name, FILE_ALL_ACCESS, anna, {
      createDisposition: CREATE,
      securityDescriptor: writeSecurityDescriptor(parseSddl(sddl)),
      ...request,
    });
    if (!made.ok) throw new Error(statusName(made.status));
    await made.value.close();
  }

  /** The rights that an open gets, in hexadecimal; or why it is refused. */
  async granted(...args: Parameters<Scene["create"]>): Promise<string> {
    const opened = await this.create(...args);
    if (!opened.ok) return statusName(opened.status);
    await opened.value.close();
    return opened.value.grantedAccess.toString(16);
  }
}

const directory = { createOptions: FILE_DIRECTORY_FILE };

describe("opening what a descriptor guards", () => {
  it.each([
    ["what it grants", FILE_READ_DATA, bert, "1"],
    ["what it does not grant", FILE_WRITE_DATA, bert, "ACCESS_DENIED"],
    ["what the directory grants", DELETE, bert, "10000"],
    ["all there is", MAXIMUM_ALLOWED, bert, "130089"],
    ["all there is and executing", MAXIMUM_ALLOWED | GENERIC_EXECUTE, bert, "130089"],
    ["all there is and FILE_EXECUTE", MAXIMUM_ALLOWED | FILE_EXECUTE, bert, "ACCESS_DENIED"],
    ["executing", GENERIC_EXECUTE, bert, "ACCESS_DENIED"],
    ["all there is and more", MAXIMUM_ALLOWED | FILE_WRITE_DATA, bert, "ACCESS_DENIED"],
    ["what an owner always has", READ_CONTROL | WRITE_DAC, anna, "60000"],
    ["what an owner gives himself", WRITE_OWNER, anna, "ACCESS_DENIED"],
    ["what is audited", ACCESS_SYSTEM_SECURITY, anna, "PRIVILEGE_NOT_HELD"],
    ["that and all there is", ACCESS_SYSTEM_SECURITY | MAXIMUM_ALLOWED, anna, "PRIVILEGE_NOT_HELD"],
    ["what is audited, by privilege", ACCESS_SYSTEM_SECURITY, administrator, "1000000"],
    ["ownership, by privilege", WRITE_OWNER, administrator, "80000"],
    ["writing, by no privilege", FILE_WRITE_DATA, administrator, "ACCESS_DENIED"],
  ])("%s", async (_, desiredAccess, who, outcome) => {
    const scene = new Scene();
    await scene.make("file", "D:P(A;;FR;;;WD)");
    expect(await scene.granted("file", desiredAccess, who)).toBe(outcome);
  });

  it("refuses the right to what is audited with a new file as well", async () => {
    const scene = new Scene();
    const request = { createDisposition: CREATE };
    const desiredAccess = ACCESS_SYSTEM_SECURITY | FILE_READ_DATA;
    expect(await scene.granted("new", desiredAccess, bert, request)).toBe("PRIVILEGE_NOT_HELD");
    expect(await scene.granted("new", desiredAccess, administrator, request)).toBe("1000001");
  });

  it.each([
    ["supersedes", SUPERSEDE, "ACCESS_DENIED"],
    ["empties", OVERWRITE, "ACCESS_DENIED"],
    ["opens", OPEN, "1"],
  ])("goes by the file's own rights where it %s", async (_, createDisposition, outcome) => {
    const scene = new Scene(); // its root grants DELETE_CHILD
    await scene.make("file", `D:P(A;;FR;;;${ANNA})`);
    expect(await scene.granted("file", FILE_READ_DATA, anna, { createDisposition })).toBe(outcome);
  });

  it.each([
    ["hidden", FILE_ATTRIBUTE_HIDDEN, 0, "ACCESS_DENIED"],
    ["system", FILE_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_HIDDEN, "ACCESS_DENIED"],
    ["hidden, and said so", FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_HIDDEN, "1"],
    ["read-only", FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_READONLY, "ACCESS_DENIED"],
  ])("empties no file that is %s", async (_, attributes, given, outcome) => {
    const scene = new Scene();
    await scene.make("file", "D:P(A;;FA;;;WD)", { fileAttributes: attributes });
    const request = { createDisposition: OVERWRITE, fileAttributes: given };
    expect(await scene.granted("file", FILE_READ_DATA, anna, request)).toBe(outcome);
  });

  it("lets who backs up read and restore whatever the descriptor says", async () => {
    const scene = new Scene();
    await scene.make("file", "D:P");
    const backup = { createOptions: FILE_OPEN_FOR_BACKUP_INTENT };
    const all = FILE_GENERIC_READ | FILE_WRITE_DATA | WRITE_DAC;
    expect(await scene.granted("file", all, bert, backup)).toBe("ACCESS_DENIED");
    expect(await scene.granted("file", all, administrator)).toBe("ACCESS_DENIED");
    expect(await scene.granted("file", all, administrator, backup)).toBe("16008b");
    await scene.make("dir", "D:P", directory);
    const restore = { createOptions: FILE_OPEN_FOR_BACKUP_INTENT, createDisposition: CREATE };
    expect(await scene.granted("dir\\file", 2, bert, restore)).toBe("ACCESS_DENIED");
    expect(await scene.granted("dir\\file", 2, administrator, restore)).toBe("2");
  });
});

describe("passing through directories", () => {
  it.each([
    ["a user, as all may", anna, "D:P(A;;FR;;;WD)", "80"],
    ["an anonymous caller where it is allowed", anonymous, "D:P(A;;FRFX;;;WD)", "80"],
    ["an anonymous caller where it is not", anonymous, "D:P(A;;FR;;;WD)", "ACCESS_DENIED"],
  ])("%s", async (_, who, sddl, outcome) => {
    const scene = new Scene();
    await scene.make("dir", sddl, directory);
    await scene.volume.fileSystem.create?.(
      "\\dir\\file",
      {
        isDirectory: false,
        createOptions: 0,
        grantedAccess: 0,
        fileAttributes: 0,
        securityDescriptor: undefined,
        allocationSize: 0,
        extendedAttributes: undefined,
      },
      anna,
    );
    expect(await scene.granted("dir\\file", FILE_READ_ATTRIBUTES, who)).toBe(outcome);
  });

  it("tells an anonymous caller what is missing on the way", async () => {
    const scene = new Scene();
    await scene.make("file", "D:P(A;;FA;;;WD)");
    const through = (path: string) => scene.granted(path, FILE_READ_ATTRIBUTES, anonymous);
    expect(await through("missing\\file")).toBe("OBJECT_PATH_NOT_FOUND");
    expect(await through("file\\file")).toBe("OBJECT_PATH_NOT_FOUND");
    expect(await through("missing")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await through("")).toBe("80");
  });
});

describe("a name given by somebody else than who opened", () => {
  const GIVING = [
    { what: "a rename", give: (open: Open, request: RenameRequest) => open.rename(request) },
    { what: "a hard link", give: (open: Open, request: RenameRequest) => open.makeLink(request) },
  ];

  async function newScene(): Promise<{ scene: Scene; open: Open }> {
    const scene = new Scene();
    await scene.make("file", "D:(A;;FA;;;WD)");
    await scene.make("dir", `D:(A;;FA;;;${anna.userSid})(A;;FR;;;WD)`, directory);
    const opened = await scene.create("file", FILE_ALL_ACCESS, anna);
    if (!opened.ok) throw new Error(statusName(opened.status));
    return { scene, open: opened.value };
  }

  it.each(GIVING)("takes his rights on the new directory: $what", async ({ give }) => {
    const { open } = await newScene();
    const request = { newName: "dir\\new", replaceIfExists: false };
    const denied = await give(open, { ...request, caller: bert });
    expect(denied.ok ? "SUCCESS" : statusName(denied.status)).toBe("ACCESS_DENIED");
    expect(await give(open, request)).toMatchObject({ ok: true });
    await open.close();
  });

  it.each(GIVING)("takes his rights on what is replaced: $what", async ({ give }) => {
    const { scene, open } = await newScene();
    await scene.make("taken", `D:(A;;FA;;;${anna.userSid})(A;;FR;;;WD)`);
    const request = { newName: "taken", replaceIfExists: true };
    const { volume } = scene;
    const rootDescriptor = writeSecurityDescriptor(parseSddl("D:(A;;0x100006;;;WD)"));
    const root = await scene.create("", FILE_ALL_ACCESS, anna);
    if (!root.ok) throw new Error(statusName(root.status));
    await root.value.setSecurity(DACL_SECURITY_INFORMATION, rootDescriptor);
    await root.value.close();
    const denied = await give(open, { ...request, caller: bert });
    expect(denied.ok ? "SUCCESS" : statusName(denied.status)).toBe("ACCESS_DENIED");
    expect(await give(open, request)).toMatchObject({ ok: true });
    await open.close();
    expect(volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it.each(GIVING)("leads through directories that he may pass: $what", async ({ give }) => {
    const { scene, open } = await newScene();
    await scene.make("dir\\sub", "D:(A;;FA;;;WD)", directory);
    const request = { newName: "dir\\sub\\new", replaceIfExists: false, caller: anonymous };
    const denied = await give(open, request);
    expect(denied.ok ? "SUCCESS" : statusName(denied.status)).toBe("ACCESS_DENIED");
    expect(await give(open, { ...request, caller: bert })).toMatchObject({ ok: true });
    await open.close();
  });

  it("makes no owner but whom he may make one", async () => {
    const { open } = await newScene();
    const descriptor = writeSecurityDescriptor(parseSddl(`O:${anna.userSid}D:`));
    const denied = await open.setSecurity(OWNER_SECURITY_INFORMATION, descriptor, bert);
    expect(denied.ok ? "SUCCESS" : statusName(denied.status)).toBe("INVALID_OWNER");
    expect(await open.setSecurity(OWNER_SECURITY_INFORMATION, descriptor)).toMatchObject({
      ok: true,
    });
    await open.close();
  });
});

describe("a SACL, which takes a privilege and no right of a descriptor", () => {
  it.each([
    ["a volume that is read-only", { isReadOnly: true }, WHOLE_VIEW],
    ["a way that is", {}, viewOf({ isReadOnly: true, hidesUnreadable: false })],
  ])("is not replaced on %s", async (_, how, view) => {
    const clock = { nowMs: () => 0, after: () => () => undefined };
    const volume = new Volume(memory(), { clock, ...how });
    const request = { desiredAccess: ACCESS_SYSTEM_SECURITY, fileAttributes: 0, shareAccess: 7 };
    const root = { name: "", createDisposition: OPEN, createOptions: 0, allocationSize: 0, view };
    const opened = await volume.create({ ...request, ...root }, administrator);
    if (!opened.ok) throw new Error(statusName(opened.status));
    const { open } = opened.value;
    const sacl = writeSecurityDescriptor(parseSddl("S:(AU;SA;FA;;;WD)"));
    const set = await open.setSecurity(SACL_SECURITY_INFORMATION, sacl);
    expect(set.ok ? "SUCCESS" : statusName(set.status)).toBe("MEDIA_WRITE_PROTECTED");
    await open.close();
  });
});

describe("the rights that parts of a descriptor take", () => {
  it.each([
    ["nothing", 0, 0, 0],
    ["the owner", OWNER_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
    ["the group", GROUP_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
    ["the DACL", DACL_SECURITY_INFORMATION, READ_CONTROL, WRITE_DAC],
    ["the SACL", SACL_SECURITY_INFORMATION, ACCESS_SYSTEM_SECURITY, ACCESS_SYSTEM_SECURITY],
    ["the label", LABEL_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
    ["the attributes", ATTRIBUTE_SECURITY_INFORMATION, READ_CONTROL, WRITE_DAC],
    ["the policies", SCOPE_SECURITY_INFORMATION, READ_CONTROL, ACCESS_SYSTEM_SECURITY],
    [
      "all for a backup",
      BACKUP_SECURITY_INFORMATION,
      READ_CONTROL | ACCESS_SYSTEM_SECURITY,
      WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY,
    ],
    [
      "owner and DACL",
      OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
      READ_CONTROL,
      WRITE_DAC | WRITE_OWNER,
    ],
  ])("%s", (_, part, toQuery, toSet) => {
    expect(rightsToQuery(part)).toBe(toQuery);
    expect(rightsToSet(part)).toBe(toSet);
  });

  it("give an empty descriptor to who asks for nothing and may read nothing", async () => {
    const scene = new Scene();
    await scene.make("file", "D:P(A;;FA;;;WD)");
    const opened = await scene.create("file", FILE_READ_ATTRIBUTES, bert);
    if (!opened.ok) throw new Error("refused");
    const open = opened.value;
    const empty = await open.getSecurity(0);
    expect(empty.ok && formatSddl(readSecurityDescriptor(empty.value))).toBe("");
    const dacl = await open.getSecurity(DACL_SECURITY_INFORMATION);
    expect(dacl.ok ? "" : statusName(dacl.status)).toBe("ACCESS_DENIED");
    const label = writeSecurityDescriptor(parseSddl("S:(ML;;NW;;;LW)"));
    const set = await open.setSecurity(LABEL_SECURITY_INFORMATION, label);
    expect(set.ok ? "" : statusName(set.status)).toBe("ACCESS_DENIED");
    await open.close();
  });

  it.each([
    ["to himself", anna, ANNA, "SUCCESS"],
    ["to a group that he is in", anna, EVERYONE, "SUCCESS"],
    ["to somebody else", anna, "S-1-5-18", "INVALID_OWNER"],
    ["to the administrators, as one", administrator, ADMINISTRATORS, "SUCCESS"],
    ["to somebody else, restoring", administrator, "S-1-5-18", "SUCCESS"],
  ])("let an owner give a file %s", async (_, who, owner, outcome) => {
    const scene = new Scene();
    await scene.make("file", "D:P(A;;FA;;;WD)");
    const opened = await scene.create("file", WRITE_OWNER, who);
    if (!opened.ok) throw new Error("refused");
    const descriptor = writeSecurityDescriptor({ control: 0x8000, owner });
    const set = await opened.value.setSecurity(OWNER_SECURITY_INFORMATION, descriptor);
    expect(set.ok ? "SUCCESS" : statusName(set.status)).toBe(outcome);
    await opened.value.close();
  });
});
