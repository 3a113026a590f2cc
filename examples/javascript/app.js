// Prints the pods of its namespace, and then each change to them, of so many as it is told.

import * as objects from "k8s:in-cluster/objects@0.1.0";
import * as watch from "k8s:in-cluster/watch@0.1.0";
import { getArguments } from "wasi:cli/environment@0.2.12";

import { KubernetesError, client } from "./k8s-in-cluster.js";

/** What a host runs. */
export const run = {
  run() {
    const [, changes = "0"] = getArguments();
    try {
      main(Number(changes));
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      console.error(`pods: ${error.message}`);
      throw undefined;
    }
  },
};

function main(changes) {
  const pods = client({ objects, watch }).resource("v1", "pods");
  const list = pods.list();
  for (const pod of list) console.log(line(pod));
  if (changes === 0) return;
  console.log("-- changes");
  const signs = { added: "+", modified: "~", deleted: "-" };
  for (const { type, object } of pods.watch({ after: list.metadata.resourceVersion })) {
    if (object === undefined) continue;
    console.log(`${signs[type]} ${line(object)}`);
    changes -= 1;
    if (changes === 0) return;
  }
}

function line({ metadata, status }) {
  return `${metadata.name.padEnd(20)} ${status.phase}`;
}
