// node calls.mjs FOLDER, where the example is built. Makes the calls of its package, and prints what came of each.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , folder] = process.argv;
const load = (file) => import(pathToFileURL(`${folder}/${file}`));
const shim = createRequire(`${folder}/`).resolve("@bytecodealliance/preview2-shim/instantiation");
const { WASIShim } = await import(pathToFileURL(shim));
const { ApiError, client } = await load("k8s-in-cluster.js");
const { instantiate } = await load("transpiled/k8s-in-cluster.js");

const mounted = process.env.K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER;
const sandbox = { preopens: { [mounted]: mounted }, env: process.env, args: [] };
const component = await instantiate(undefined, new WASIShim({ sandbox }).getImportObject());
const { resource, log, serverVersion, resources } = client(component);

function refused(call) {
  try {
    call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code} ${error.reason}`;
  }
  throw new Error("it was not refused");
}

const configMap = (name, data) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { app: "shop" } },
  data,
});

console.log("version", serverVersion().gitVersion.slice(0, 3));
console.log("resources", ...resources("cm").map(({ resource }) => resource.resource));

const maps = resource("v1", "configmaps");
const first = maps.create(configMap("a", { k: "1" }), { fieldManager: "writer" });
maps.create(configMap("b", { k: "1" }), { dryRun: true });
console.log("tried only", refused(() => maps.get("b")));
console.log("created twice", refused(() => maps.create(configMap("a"))));
const second = maps.replace({ ...first, data: { k: "2" } }, { fieldManager: "writer" });
console.log("replaced", second.data.k, refused(() => maps.replace(first)));
const applied = { ...configMap("a", { k: "3" }) };
console.log("applied", refused(() => maps.apply(applied, { fieldManager: "other" })));
console.log("applied", maps.apply(applied, { fieldManager: "other", force: true }).data.k);
console.log("patched", maps.patch("a", { data: { k: "4" } }).data.k);
const patch = [{ op: "replace", path: "/data/k", value: "5" }];
console.log("patched", maps.patch("a", patch, { kind: "json" }).data.k);
maps.create({ ...configMap("c"), metadata: { name: "c" } });
console.log("selected", ...[...maps.list({ labelSelector: "app=shop" })].map((it) => it.metadata.name));
maps.delete("a", { gracePeriodSeconds: 0, propagationPolicy: "background" });
console.log("deleted", refused(() => maps.get("a")));

console.log("subresource", resource("v1", "pods").get("web", { subresource: "status" }).metadata.name);
console.log("log", ...[...log("web", { container: "app", tailLines: 4, sinceSeconds: 60 })].map((it) => `<${it}>`));
