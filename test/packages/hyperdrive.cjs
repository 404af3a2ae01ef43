// What somebody who has a Hyperdrive in a directory writes to mount it.
const hyperdrive = require("hyperdrive");
const { HyperdriveFuse } = require("hyperdrive-fuse");

const [, , storage, mountPoint] = process.argv;
new HyperdriveFuse(hyperdrive(storage), mountPoint).mount();
