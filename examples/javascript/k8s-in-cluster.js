// The Kubernetes API for JavaScript, over the interfaces of the component `k8s-in-cluster`.
//
//   const { resource } = client({ objects, watch });
//   for (const pod of resource("v1", "pods").list()) console.log(pod.metadata.name);
//
// Objects are as JSON has them. What goes wrong is an `ApiError` or another `KubernetesError`.
// `for` waits in place, as a component does; `for await` lets the rest of the program go on.

/**
 * The interfaces of the component, as an application imports them, or jco instantiates them.
 *
 * @typedef {object} Interfaces
 * @property {typeof import("./transpiled/interfaces/k8s-in-cluster-objects.js")} objects
 * @property {typeof import("./transpiled/interfaces/k8s-in-cluster-watch.js")} [watch]
 * @property {typeof import("./transpiled/interfaces/k8s-in-cluster-logs.js")} [logs]
 * @property {typeof import("./transpiled/interfaces/k8s-in-cluster-discovery.js")} [discovery]
 *
 * @typedef {{ name: string, namespace?: string, resourceVersion?: string, [field: string]: any }} Metadata
 * @typedef {{ apiVersion?: string, kind?: string, metadata: Metadata, [field: string]: any }} KubernetesObject
 *
 * @typedef {object} Selection
 * @property {string} [labelSelector] As in `app=web,tier in (a, b)`.
 * @property {string} [fieldSelector] As in `status.phase=Running`.
 *
 * @typedef {object} Timeout
 * @property {number} [timeout] How many seconds the call may take; as long as it takes if none.
 *
 * @typedef {object} WriteOptions
 * @property {string} [fieldManager] Who writes; `k8s-in-cluster` if none.
 * @property {boolean} [force] For `apply`: take fields over from others, rather than fail with a `Conflict`.
 * @property {boolean} [dryRun] Only try.
 * @property {string} [subresource] Such as `status` or `scale`. Not for `create`.
 *
 * @typedef {object} LogOptions
 * @property {string} [namespace] The pod's own if none.
 * @property {string} [container] May be none where the pod has but one.
 * @property {number} [tailLines] So many lines before the end, and what follows.
 * @property {number} [sinceSeconds] From so long ago on.
 * @property {boolean} [follow] Stay, and give what the container writes from now on.
 * @property {boolean} [previous] That of the instance before the container's last restart.
 * @property {boolean} [timestamps] Begin each line with its time.
 */

/**
 * What a watch tells: a change, with the `object`; that all that was there has been told (`synced`); that nothing
 * else came up to a version (`bookmark`); or that all is told anew (`restarted`).
 *
 * @template {KubernetesObject} [T=KubernetesObject]
 * @typedef {{ type: "added" | "modified" | "deleted", object: T, resourceVersion?: undefined }
 *   | { type: "synced" | "bookmark", object?: undefined, resourceVersion: string }
 *   | { type: "restarted", object?: undefined, resourceVersion?: undefined }} WatchEvent
 */

/** A call failed. The message says what to do next; the token is never in it. */
export class KubernetesError extends Error {
  /**
   * What failed: a case of `error` in `wit/types.wit`, such as `not-in-cluster`.
   *
   * @type {string}
   */
  kind;

  /**
   * @param {string} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message);
    this.name = new.target.name;
    this.kind = kind;
  }
}

/** No complete answer came. `failure` is what to decide by, such as `refused`. */
export class ConnectionError extends KubernetesError {
  /** @param {import("./transpiled/interfaces/k8s-in-cluster-types.js").ConnectionError} error */
  constructor({ failure, code, message }) {
    super("connection", message);
    this.failure = failure;
    this.code = code;
  }
}

/** The API server said no. `reason` is what to decide by, such as `NotFound`. */
export class ApiError extends KubernetesError {
  /** @param {import("./transpiled/interfaces/k8s-in-cluster-types.js").Status} status */
  constructor({ code, reason, message, details, retryAfter, warnings }) {
    super("api", `the API server says: ${message} (${code} ${reason})`);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.retryAfter = retryAfter;
    this.warnings = warnings;
  }
}

/** @param {any} error */
function kubernetesError(error) {
  // What has no payload is no error of the component's.
  const { tag, val } = error?.payload ?? {};
  if (tag === undefined) return error;
  if (tag === "api") return new ApiError(val);
  if (tag === "connection") return new ConnectionError(val);
  return new KubernetesError(tag, val);
}

/**
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
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

/** @param {number} time */
const delay = (time) => new Promise((resolve) => setTimeout(resolve, time));

/**
 * @typedef {object} Source Gives an empty list where nothing is here, and nothing at its end.
 * @property {(max: number) => any[] | undefined} next
 * @property {(max: number) => any[] | undefined} blockingNext
 */

/**
 * What comes over time, a part of it at a time: the items of a list, the events of a watch, or the
 * lines of a log.
 *
 * @template T
 */
class Coming {
  /** @type {Source | undefined} */
  #source;
  #parsed;

  /**
   * @param {Source} source
   * @param {(part: any) => T} parsed
   */
  constructor(source, parsed) {
    this.#source = source;
    this.#parsed = parsed;
  }

  /** @returns {Generator<T, void, undefined>} */
  *[Symbol.iterator]() {
    try {
      for (;;) {
        const batch = calling(() => this.#source?.blockingNext(BATCH));
        if (batch === undefined) return;
        for (const part of batch) yield this.#parsed(part);
      }
    } finally {
      this.close();
    }
  }

  /** @returns {AsyncGenerator<T, void, undefined>} */
  async *[Symbol.asyncIterator]() {
    let pause = PAUSE;
    try {
      for (;;) {
        const batch = calling(() => this.#source?.next(BATCH));
        if (batch === undefined) return;
        for (const part of batch) yield this.#parsed(part);
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
    dispose(this.#source);
    this.#source = undefined;
  }
}

/** @param {any} source */
function dispose(source) {
  source?.[Symbol.dispose]?.();
}

/**
 * The objects of a list.
 *
 * @template {KubernetesObject} T
 * @extends {Coming<T>}
 */
class Listing extends Coming {
  #listing;
  /** @type {import("./transpiled/interfaces/k8s-in-cluster-objects.js").ListMetadata | undefined} */
  #metadata;

  /** @param {import("./transpiled/interfaces/k8s-in-cluster-objects.js").Listing} listing */
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

/**
 * @param {import("./transpiled/interfaces/k8s-in-cluster-watch.js").Event} event
 * @returns {WatchEvent<any>}
 */
function event(event) {
  if (event.tag === "restarted") return { type: event.tag };
  const { tag: type, val } = event;
  if (type === "synced" || type === "bookmark") return { type, resourceVersion: val };
  return { type, object: JSON.parse(val) };
}

/** The namespace of a resource: the pod's own, any, or none, as nodes are. */
export const OWN_NAMESPACE = Symbol("own namespace");
export const ALL_NAMESPACES = Symbol("all namespaces");
export const CLUSTER = Symbol("cluster");

/**
 * @param {string | symbol} namespace
 * @returns {import("./transpiled/interfaces/k8s-in-cluster-types.js").Scope}
 */
function scope(namespace) {
  if (namespace === OWN_NAMESPACE) return { tag: "own-namespace" };
  if (namespace === ALL_NAMESPACES) return { tag: "all-namespaces" };
  if (namespace === CLUSTER) return { tag: "cluster" };
  return { tag: "namespace", val: String(namespace) };
}

/** @param {number | undefined} seconds */
const nanoseconds = (seconds) =>
  seconds === undefined ? undefined : BigInt(Math.round(seconds * 1e9));

/** @param {number | undefined} number */
const integer = (number) => (number === undefined ? undefined : BigInt(number));

/** @param {number | undefined} timeout */
function limits(timeout) {
  return timeout === undefined ? undefined : { deadline: nanoseconds(timeout) };
}

/**
 * @template T
 * @param {T | undefined} given
 * @param {string} name
 * @returns {T}
 */
function needed(given, name) {
  if (given !== undefined) return given;
  throw new TypeError(
    `client() was not given \`${name}\`: import * as ${name} from "k8s:in-cluster/${name}@0.1.0"`,
  );
}

/**
 * The API, over the interfaces of the component: `objects`, and what else is used of `watch`, `logs`
 * and `discovery`.
 *
 * `resource("apps/v1", "deployments", "shop")` has its calls. The namespace is the pod's own if
 * none is given. Calls wait; those with a `timeout` for that many seconds at most.
 *
 * @param {Interfaces} interfaces
 */
export function client({ objects, watch, logs, discovery }) {
  /**
   * The calls of a resource.
   *
   * @template {KubernetesObject} [T=KubernetesObject]
   * @param {string} apiVersion As in `v1` or `apps/v1`.
   * @param {string} plural In lower case, as in `pods`.
   * @param {string | symbol} namespace
   */
  function resource(apiVersion, plural, namespace = OWN_NAMESPACE) {
    const slash = apiVersion.lastIndexOf("/");
    const what = {
      group: apiVersion.slice(0, Math.max(slash, 0)),
      version: apiVersion.slice(slash + 1),
      resource: plural,
    };
    const where = scope(namespace);
    /**
     * @param {string} name
     * @param {string} [subresource]
     */
    const target = (name, subresource) => ({ resource: what, scope: where, name, subresource });
    /**
     * @param {() => import("./transpiled/interfaces/k8s-in-cluster-objects.js").Answer} call
     * @returns {T}
     */
    const object = (call) => JSON.parse(calling(call).object);
    /**
     * @param {WriteOptions & Timeout} options
     * @returns {import("./transpiled/interfaces/k8s-in-cluster-objects.js").WriteOptions}
     */
    const writing = (options) => ({
      dryRun: options.dryRun ?? false,
      fieldManager: options.fieldManager,
      force: options.force ?? false,
      representation: "full",
      limits: limits(options.timeout),
    });

    return {
      /**
       * The objects, page by page as they are iterated over. `[...list()]` has all of them.
       *
       * @param {Selection & Timeout & { pageSize?: number }} options
       * @returns {Listing<T>}
       */
      list({ labelSelector, fieldSelector, pageSize, timeout } = {}) {
        /** @type {import("./transpiled/interfaces/k8s-in-cluster-objects.js").ListOptions} */
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

      /**
       * What is there and then each change, or each change `after` a resource version. Failures
       * that pass are met by trying again, for `patience` seconds, or for ever.
       *
       * @param {Selection & { after?: string, patience?: number }} options
       * @returns {Coming<WatchEvent<T>>}
       */
      watch({ labelSelector, fieldSelector, after, patience } = {}) {
        const options = {
          labelSelector,
          fieldSelector,
          metadataOnly: false,
          afterResourceVersion: after,
          patience: nanoseconds(patience),
        };
        const { start } = needed(watch, "watch");
        return new Coming(calling(() => start(what, where, options)), event);
      },

      /**
       * The object of this name.
       *
       * @param {string} name
       * @param {Timeout & { subresource?: string }} options
       */
      get(name, { timeout, subresource } = {}) {
        /** @type {import("./transpiled/interfaces/k8s-in-cluster-objects.js").GetOptions} */
        const options = { representation: "full", limits: limits(timeout) };
        return object(() => objects.get(target(name, subresource), options));
      },

      /**
       * Creates an object: `AlreadyExists` if there is one of its name.
       *
       * @param {T} created
       * @param {Omit<WriteOptions, "subresource"> & Timeout} options
       */
      create(created, options = {}) {
        const text = JSON.stringify(created);
        return object(() => objects.create(what, where, text, writing(options)));
      },

      /**
       * Replaces an object: a `Conflict` if it was changed since it was read.
       *
       * @param {T} replaced
       * @param {WriteOptions & Timeout} options
       */
      replace(replaced, options = {}) {
        const text = JSON.stringify(replaced);
        const { name } = replaced.metadata;
        return object(() =>
          objects.replace(target(name, options.subresource), text, writing(options)),
        );
      },

      /**
       * Server-side apply: creates the object, or sets the fields that are given. A `Conflict` if
       * others set them, also the same program by `create`: `force` takes them over.
       *
       * @param {T} applied With `apiVersion`, `kind` and a name.
       * @param {WriteOptions & Timeout} options
       */
      apply(applied, options = {}) {
        const patch = { fieldManager: "k8s-in-cluster", ...options, kind: /** @type {const} */ ("apply") };
        return this.patch(applied.metadata.name, applied, patch);
      },

      /**
       * Changes the object of this name by a patch: `merge`, `strategic-merge` or `json`.
       *
       * @param {string} name
       * @param {object} patch
       * @param {WriteOptions & Timeout & { kind?: import("./transpiled/interfaces/k8s-in-cluster-objects.js").PatchKind }} options
       */
      patch(name, patch, { kind = "merge", ...options } = {}) {
        const text = JSON.stringify(patch);
        return object(() =>
          objects.patch(target(name, options.subresource), kind, text, writing(options)),
        );
      },

      /**
       * Deletes the object of this name, and what it owns as `propagationPolicy` says.
       *
       * @param {string} name
       * @param {Timeout & {
       *   gracePeriodSeconds?: number,
       *   propagationPolicy?: "orphan" | "background" | "foreground",
       *   dryRun?: boolean,
       * }} options
       */
      delete(name, { timeout, dryRun = false, ...options } = {}) {
        return object(() =>
          objects.delete(target(name), { ...options, dryRun, limits: limits(timeout) }),
        );
      },
    };
  }

  /**
   * The lines of a container's log.
   *
   * @param {string} pod
   * @param {LogOptions} options
   * @returns {Coming<string>}
   */
  function log(pod, { namespace, sinceSeconds, ...options } = {}) {
    const { open } = needed(logs, "logs");
    const opened = calling(() =>
      open(namespace, pod, {
        container: options.container,
        previous: options.previous ?? false,
        since: sinceSeconds === undefined ? undefined : { tag: "seconds", val: BigInt(sinceSeconds) },
        tailLines: integer(options.tailLines),
        timestamps: options.timestamps ?? false,
        follow: options.follow ?? false,
      }),
    );
    const source = {
      next: (/** @type {number} */ max) => opened.lines(max),
      blockingNext: (/** @type {number} */ max) => opened.blockingLines(max),
      [Symbol.dispose]: () => dispose(opened),
    };
    return new Coming(source, (line) => line);
  }

  /** The API server's version, such as `v1.36.2` in `gitVersion`. */
  function serverVersion() {
    const { serverVersion } = needed(discovery, "discovery");
    return calling(() => serverVersion(undefined));
  }

  /**
   * The resources that go by a name, a short name or a kind, as `kubectl` finds them; all if none.
   *
   * @param {string} [name]
   */
  function resources(name) {
    const { resources } = needed(discovery, "discovery");
    return calling(() => resources(name, undefined, undefined, undefined));
  }

  return { resource, log, serverVersion, resources };
}
