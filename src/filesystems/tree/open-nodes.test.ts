import { expect, it } from "vitest";
import { OpenNodes } from "./open-nodes.js";

it("what is open below a directory that is renamed is found by its new path, and by no other", () => {
  const nodes = new OpenNodes();
  const directory = nodes.acquire("\\Dir", undefined);
  const file = nodes.acquire("\\Dir\\Sub\\File", undefined);
  const beside = nodes.acquire("\\Dir2\\File", undefined);
  nodes.rename(directory, "\\Other\\New name");
  expect(nodes.find("\\other\\new name")).toBe(directory);
  expect(nodes.find("\\other\\new name\\sub\\file")).toBe(file);
  expect(file.path).toBe("\\Other\\New name\\Sub\\File");
  expect(nodes.find("\\dir\\sub\\file")).toBeUndefined();
  expect(nodes.find("\\dir2\\file")).toBe(beside);
  for (const node of [directory, file, beside]) nodes.release(node);
  expect(nodes.size).toBe(0);
});
