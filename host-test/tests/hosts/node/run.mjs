// node run.mjs MODULE SANDBOX
//
// Runs a transpiled command component in a sandbox, given as JSON: `preopens`, `env`, `args`, and `enableNetwork`.
import { pathToFileURL } from "node:url";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";

const [module, sandbox] = process.argv.slice(2);
const { instantiate } = await import(pathToFileURL(module));
const shim = new WASIShim({ sandbox: JSON.parse(sandbox) });
const { run } = await instantiate(undefined, shim.getImportObject());
try {
  run.run();
} catch (error) {
  // A component that ends with a failure has said why. What has no payload is no error of its own.
  if (!("payload" in error)) throw error;
  process.exit(1);
}
