// A folder of pictures (uncompressed BMP, 24 bits), each made 64 pixels wide. The size of a thumbnail follows from the
// header alone, so that folders list at once; its pixels are computed when it is read.
//   PICTURES=./pictures anymount serve tree thumbnails.js
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { dir, file } from "anymount";

const folder = process.env["PICTURES"] ?? ".";
const WIDTH = 64;
const HEADER_SIZE = 54;

/** Bytes of a row of pixels: whole words. */
const strideOf = (width: number) => Math.ceil((3 * width) / 4) * 4;

async function thumbnailHeader(path: string) {
  const picture = await open(path);
  const { buffer: header } = await picture
    .read(Buffer.alloc(HEADER_SIZE), 0, HEADER_SIZE, 0)
    .finally(() => picture.close());
  const [width, height] = [header.readInt32LE(18), header.readInt32LE(22)];
  const smallHeight = Math.max(1, Math.round((height * WIDTH) / width));
  header.writeUInt32LE(HEADER_SIZE + strideOf(WIDTH) * smallHeight, 2); // of the file
  header.writeUInt32LE(HEADER_SIZE, 10); // where the pixels are
  header.writeInt32LE(WIDTH, 18);
  header.writeInt32LE(smallHeight, 22);
  header.writeUInt32LE(strideOf(WIDTH) * smallHeight, 34); // of the pixels
  return header;
}

const sizeOf = async (path: string) => (await thumbnailHeader(path)).readUInt32LE(2);

async function thumbnail(path: string): Promise<Uint8Array> {
  const header = await thumbnailHeader(path);
  const smallHeight = header.readInt32LE(22);
  const large = await readFile(path);
  const pixelsAt = large.readUInt32LE(10);
  const [width, height] = [large.readInt32LE(18), large.readInt32LE(22)];
  const small = Buffer.alloc(header.readUInt32LE(2));
  header.copy(small);
  for (let y = 0; y < smallHeight; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const row = pixelsAt + Math.floor((y * height) / smallHeight) * strideOf(width);
      const from = row + 3 * Math.floor((x * width) / WIDTH);
      large.copy(small, HEADER_SIZE + y * strideOf(WIDTH) + 3 * x, from, from + 3);
    }
  }
  return small;
}

const thumbnailFile = (path: string) => file(() => thumbnail(path), { size: () => sizeOf(path) });

export default dir(async () => {
  const names = (await readdir(folder)).filter((name) => name.toLowerCase().endsWith(".bmp"));
  return names.map((name) => [name, thumbnailFile(join(folder, name))]);
});
