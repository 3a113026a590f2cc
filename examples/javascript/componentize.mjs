// node componentize.mjs [REPOSITORY]
//
// Makes app.wasm of app.js: in a copy of this folder, which names the folder of the repository, in
// `build`. Its WIT package, and what that depends on, are laid out as componentize-js reads them: a
// folder for each in `deps`.

import { existsSync } from "node:fs";
import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { parse, resolve } from "node:path";
import { componentize } from "@bytecodealliance/componentize-js";

const [, , repository] = process.argv;
const shared = `${repository ?? "../.."}/wit`;
const built = resolve(repository === undefined ? "../../target/javascript" : "build");
if (!existsSync(shared)) {
  console.error(
    `${resolve(shared)} is missing: \`npm run componentize -- REPOSITORY\` takes the folder of k8s-in-cluster`,
  );
  process.exit(1);
}
const witPath = `${built}/wit`;

await rm(witPath, { recursive: true, force: true });
await cp("wit", witPath, { recursive: true });
for (const file of await readdir(shared, { withFileTypes: true })) {
  if (file.isFile()) await cp(`${shared}/${file.name}`, `${witPath}/deps/k8s/${file.name}`);
}
for (const file of await readdir(`${shared}/deps`)) {
  await cp(`${shared}/deps/${file}`, `${witPath}/deps/${parse(file).name}/${file}`);
}

const { component } = await componentize({
  sourcePath: "app.js",
  witPath,
  worldName: "app",
  // What the application has no use for. Its requests go through k8s-in-cluster.
  disableFeatures: ["http", "fetch-event"],
});
await writeFile(`${built}/app.wasm`, component);
