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
      // What is thrown from here ends the program, and a host prints nothing of it.
      const known = error instanceof KubernetesError;
      console.error(known ? `pods: ${error.message}` : `pods: ${error}\n${error.stack}`);
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
