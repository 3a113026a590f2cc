// node node.mjs [CHANGES]
//
// Does in Node what app.js does in a component. It is Node that runs here, and the component
// `k8s-in-cluster` in it, transpiled to JavaScript by jco, for which Node is the host.

import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";

import { KubernetesError, client } from "./k8s-in-cluster.js";
import { instantiate } from "./transpiled/k8s-in-cluster.js";

const folder =
  process.env.K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER ??
  "/var/run/secrets/kubernetes.io/serviceaccount";
const env = Object.entries(process.env).filter(([name]) =>
  /^(KUBERNETES_SERVICE_|K8S_IN_CLUSTER_|POD_NAMESPACE$)/.test(name),
);
const sandbox = { preopens: { [folder]: folder }, env: Object.fromEntries(env), args: [] };
const component = await instantiate(undefined, new WASIShim({ sandbox }).getImportObject());
const { resource } = client(component);

try {
  await main(Number(process.argv[2] ?? 0));
} catch (error) {
  if (!(error instanceof KubernetesError)) throw error;
  console.error(`pods: ${error.message}`);
  process.exitCode = 1;
}

async function main(changes) {
  const pods = resource("v1", "pods");
  const list = pods.list();
  for await (const pod of list) console.log(line(pod));
  if (changes === 0) return;
  console.log("-- changes");
  const signs = { added: "+", modified: "~", deleted: "-" };
  for await (const { type, object } of pods.watch({ after: list.metadata.resourceVersion })) {
    if (object === undefined) continue;
    console.log(`${signs[type]} ${line(object)}`);
    changes -= 1;
    if (changes === 0) return;
  }
}

function line({ metadata, status }) {
  return `${metadata.name.padEnd(20)} ${status.phase}`;
}
