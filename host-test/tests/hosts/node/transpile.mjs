// node transpile.mjs COMPONENT NAME FOLDER
//
// What `jco transpile COMPONENT --name NAME --instantiation async -o FOLDER` does: jco is the command line of this package.
import { transpile, writeFiles } from "@bytecodealliance/jco-transpile";

const [component, name, baseDir] = process.argv.slice(2);
const { files } = await transpile(component, {
  name,
  instantiation: "async",
  // As jco has it: an error of the component is an `Error`.
  noComponentErrorWrapping: false,
});
await writeFiles(files, { baseDir });
