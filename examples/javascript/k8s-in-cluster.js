// The Kubernetes API for JavaScript, over the interfaces of the component `k8s-in-cluster`.
//
//   const { resource } = client({ objects, watch });
//   for (const pod of resource("v1", "pods").list()) console.log(pod.metadata.name);
//
// Objects are as JSON has them. What goes wrong is an `ApiError` or another `KubernetesError`.
// `for` waits in place, as a component does; `for await` lets the rest of the program go on.

/** A call failed. The message says what to do next; the token is never in it. */
export class KubernetesError extends Error {
  /** What failed: a case of `error` in `wit/types.wit`, such as `not-in-cluster`. */
  kind;

  constructor(kind, message) {
    super(message);
    this.name = new.target.name;
    this.kind = kind;
  }
}

/** No complete answer came. `failure` is what to decide by, such as `refused`. */
export class ConnectionError extends KubernetesError {
  constructor({ failure, code, message }) {
    super("connection", message);
    Object.assign(this, { failure, code });
  }
}

/** The API server said no. `reason` is what to decide by, such as `NotFound`. */
export class ApiError extends KubernetesError {
  constructor({ code, reason, message, details, retryAfter, warnings }) {
    super("api", `the API server says: ${message} (${code} ${reason})`);
    Object.assign(this, { code, reason, details, retryAfter, warnings });
  }
}

function kubernetesError(error) {
  // What has no payload is no error of the component's.
  const { tag, val } = error?.payload ?? {};
  if (tag === undefined) return error;
  if (tag === "api") return new ApiError(val);
  if (tag === "connection") return new ConnectionError(val);
  return new KubernetesError(tag, val);
}

function calling(call) {
  try {
    return call();
  } catch (error) {
    throw kubernetesError(error);
  }
}

// As many items or events as are taken at a time.
const BATCH = 100;
// For how long nothing is looked for where nothing was, in milliseconds: at first, and at most.
const PAUSE = 10;
const LONGEST_PAUSE = 250;

const delay = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** What comes over time, a part of it at a time: the items of a list, or the events of a watch. */
class Coming {
  #source;
  #parsed;

  constructor(source, parsed) {
    this.#source = source;
    this.#parsed = parsed;
  }

  *[Symbol.iterator]() {
    try {
      for (;;) {
        const batch = calling(() => this.#source.blockingNext(BATCH));
        if (batch === undefined) return;
        for (const text of batch) yield this.#parsed(text);
      }
    } finally {
      this.close();
    }
  }

  async *[Symbol.asyncIterator]() {
    let pause = PAUSE;
    try {
      for (;;) {
        const batch = calling(() => this.#source.next(BATCH));
        if (batch === undefined) return;
        for (const text of batch) yield this.#parsed(text);
        if (batch.length > 0) pause = PAUSE;
        await delay(pause);
        if (batch.length === 0) pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    } finally {
      this.close();
    }
  }

  /** Ends it. The end of a loop over it does so too. */
  close() {
    this.#source?.[Symbol.dispose]?.();
    this.#source = undefined;
  }
}

/** The objects of a list. */
class Listing extends Coming {
  #listing;
  #metadata;

  constructor(listing) {
    super(listing, JSON.parse);
    this.#listing = listing;
  }

  /** What the list says of itself so far: its `resourceVersion`, to watch from, and more. */
  get metadata() {
    return this.#metadata ?? this.#listing.metadata();
  }

  close() {
    this.#metadata ??= this.#listing.metadata();
    super.close();
  }
}

function event({ tag: type, val }) {
  if (val === undefined) return { type };
  if (type === "synced" || type === "bookmark") return { type, resourceVersion: val };
  return { type, object: JSON.parse(val) };
}

/** The namespace of a resource: the pod's own, any, or none, as nodes are. */
export const OWN_NAMESPACE = Symbol("own namespace");
export const ALL_NAMESPACES = Symbol("all namespaces");
export const CLUSTER = Symbol("cluster");

function scope(namespace) {
  if (namespace === OWN_NAMESPACE) return { tag: "own-namespace" };
  if (namespace === ALL_NAMESPACES) return { tag: "all-namespaces" };
  if (namespace === CLUSTER) return { tag: "cluster" };
  return { tag: "namespace", val: namespace };
}

const nanoseconds = (seconds) =>
  seconds === undefined ? undefined : BigInt(Math.round(seconds * 1e9));

function limits(timeout) {
  return timeout === undefined ? undefined : { deadline: nanoseconds(timeout) };
}

/**
 * The API, over the interfaces `objects` and `watch` of the component.
 *
 * `resource("apps/v1", "deployments", "shop")` has its calls. The namespace is the pod's own if
 * none is given. Calls wait; those with a `timeout` for that many seconds at most.
 */
export function client({ objects, watch }) {
  function resource(apiVersion, plural, namespace = OWN_NAMESPACE) {
    const slash = apiVersion.lastIndexOf("/");
    const what = {
      group: apiVersion.slice(0, Math.max(slash, 0)),
      version: apiVersion.slice(slash + 1),
      resource: plural,
    };
    const where = scope(namespace);
    const target = (name) => ({ resource: what, scope: where, name });
    const object = (call) => JSON.parse(calling(call).object);
    const writing = (options) => ({
      dryRun: false,
      fieldManager: options.fieldManager,
      force: options.force ?? false,
      representation: "full",
      limits: limits(options.timeout),
    });

    return {
      /** The objects, page by page as they are iterated over. */
      list({ labelSelector, fieldSelector, pageSize, timeout } = {}) {
        const options = {
          selection: { labelSelector, fieldSelector },
          representation: "full",
          pageSize,
          singlePage: false,
          fetchAhead: false,
          compress: false,
          allowInconsistent: false,
          limits: limits(timeout),
        };
        return new Listing(calling(() => objects.list(what, where, options)));
      },

      /** What is there and then each change, or each change `after` a resource version. */
      watch({ labelSelector, fieldSelector, after, patience } = {}) {
        const options = {
          labelSelector,
          fieldSelector,
          metadataOnly: false,
          afterResourceVersion: after,
          patience: nanoseconds(patience),
        };
        return new Coming(
          calling(() => watch.start(what, where, options)),
          event,
        );
      },

      /** The object of this name. */
      get(name, { timeout } = {}) {
        const options = { representation: "full", limits: limits(timeout) };
        return object(() => objects.get(target(name), options));
      },

      /** Creates an object. */
      create(created, options = {}) {
        const text = JSON.stringify(created);
        return object(() => objects.create(what, where, text, writing(options)));
      },

      /** Replaces an object: a conflict if it was changed since it was read. */
      replace(replaced, options = {}) {
        const text = JSON.stringify(replaced);
        return object(() =>
          objects.replace(target(replaced.metadata.name), text, writing(options)),
        );
      },

      /** Server-side apply: creates the object, or sets the fields that are given. */
      apply(applied, options) {
        const text = JSON.stringify(applied);
        return object(() =>
          objects.patch(target(applied.metadata.name), "apply", text, writing(options)),
        );
      },

      /** Changes the object of this name by a patch: `merge`, `strategic-merge` or `json`. */
      patch(name, patch, { kind = "merge", ...options } = {}) {
        const text = JSON.stringify(patch);
        return object(() => objects.patch(target(name), kind, text, writing(options)));
      },

      /** Deletes the object of this name. */
      delete(name, { timeout } = {}) {
        const options = { dryRun: false, limits: limits(timeout) };
        return object(() => objects.delete(target(name), options));
      },
    };
  }

  return { resource };
}
