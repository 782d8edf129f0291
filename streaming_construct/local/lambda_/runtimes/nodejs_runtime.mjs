// The Node.js runtime of the local Lambda service: it behaves as AWS's runtime interface client.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
// https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html

import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format, types } from "node:util";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_DELIMITER = new Uint8Array(8);
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const MAJOR = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1] ?? 24);
// nodejs24.x and later take async handlers only; earlier runtimes take callbacks too.
const TAKES_CALLBACKS = MAJOR < 24;
const agent = new http.Agent({ keepAlive: true });
// Streams have a connection of their own, which the first one opens.
const streamAgent = new http.Agent({ keepAlive: true, maxSockets: 1 });
// Classes of errors whose name is not that of their type.
const CLASS_NAMES = {
  HandlerNotFound: "HandlerNotFoundError",
  MalformedHandlerName: "MalformedHandlerNameError",
  CallbackHandlerDeprecated: "CallbackHandlerDeprecatedError",
};
// Resources of Node.js that are work of the function's own, as far as their kind tells.
const WORK = new Set(["Timeout", "FSReqCallback", "ChildProcess", "ProcessWrap", "Worker"]);

/** Return an error of AWS's client; logs in JSON show the name of its class. */
function createRuntimeError(type, message, members = {}) {
  const className = TAKES_CALLBACKS ? type : (CLASS_NAMES[type] ?? type);
  const Class = { [className]: class extends Error {} }[className];
  const name = `Runtime.${type}`;
  // Logs show the members of an error, of which the name is one since nodejs24.x.
  if (TAKES_CALLBACKS) Class.prototype.name = name;
  const error = Object.assign(new Class(message), members);
  return TAKES_CALLBACKS ? error : Object.assign(error, { name });
}

// --- The Runtime API ---------------------------------------------------------------------------

function openRequest(method, target, headers = {}, options = {}) {
  return http.request({
    agent, host: HOST, port: PORT, method, path: `/2018-06-01/runtime/${target}`, headers, ...options,
  });
}

/** Resolve with the response and its body; reject when the Runtime API is gone. */
function readResponse(request) {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", async (response) => {
      try {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        const { statusCode: status, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
  });
}

let lastPost = Promise.resolve();

async function post(target, headers, body) {
  const length = Buffer.byteLength(body);
  const request = openRequest("POST", target, { ...headers, "Content-Length": length });
  lastPost = readResponse(request);
  request.end(body);
  return lastPost;
}

function errorPayload(error) {
  try {
    if (isError(error)) {
      const clean = (text) => text?.replaceAll("\x7F", "%7F");
      const lines = clean(error.stack)?.split("\n");
      // Before nodejs24.x an error without a stack cannot be reported.
      const trace = TAKES_CALLBACKS ? lines.slice() : (lines ?? []);
      return { errorType: clean(error.name), errorMessage: clean(error.message), trace };
    }
    const errorMessage = TAKES_CALLBACKS ? error.toString() : String(error);
    return { errorType: typeof error, errorMessage, trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more" +
      " of its message, name, and stack";
    return { errorType: "handled", errorMessage, ...(!TAKES_CALLBACKS && { trace: [] }) };
  }
}

function isError(value) {
  return TAKES_CALLBACKS ? types.isNativeError(value) : value instanceof Error;
}

async function postError(target, error, headers = {}) {
  const json = { "Content-Type": "application/json" };
  await post(target, { ...json, ...headers }, JSON.stringify(errorPayload(error)));
}

async function postInitError(error) {
  await postError("init/error", error, {
    "Lambda-Runtime-Function-Error-Type": errorPayload(error).errorType,
  });
}

// --- Logs --------------------------------------------------------------------------------------

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const isJsonLog = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
const lowestLevel = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));

/** Values of the current invocation: what @aws/lambda-invoke-store finds on Lambda. */
class InvokeStore {
  static PROTECTED_KEYS = {
    REQUEST_ID: Symbol.for("_AWS_LAMBDA_REQUEST_ID"),
    X_RAY_TRACE_ID: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
    TENANT_ID: Symbol.for("_AWS_LAMBDA_TENANT_ID"),
  };

  getContext() {
    return this.currentContext;
  }

  hasContext() {
    return this.currentContext !== undefined;
  }

  get(key) {
    return this.currentContext?.[key];
  }

  set(key, value) {
    if (this.isProtectedKey(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    }
    this.currentContext ??= {};
    this.currentContext[key] = value;
  }

  run(context, call) {
    this.currentContext = context;
    return call();
  }

  isProtectedKey(key) {
    return Object.values(InvokeStore.PROTECTED_KEYS).includes(key);
  }

  getRequestId() {
    return this.get(InvokeStore.PROTECTED_KEYS.REQUEST_ID) ?? (TAKES_CALLBACKS ? undefined : "-");
  }

  getXRayTraceId() {
    return this.get(InvokeStore.PROTECTED_KEYS.X_RAY_TRACE_ID);
  }

  getTenantId() {
    return this.get(InvokeStore.PROTECTED_KEYS.TENANT_ID);
  }
}

const invokeStore = new InvokeStore();

function errorFields(error, withoutStack) {
  const { message, stack } = error;
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : withoutStack,
  };
}

function jsonLine(level, message, parameters) {
  const tenantId = invokeStore.getTenantId();
  const record = { timestamp: new Date().toISOString(), level, requestId: invokeStore.getRequestId() };
  if (tenantId) record.tenantId = tenantId;
  if (!parameters.length) {
    record.message = message;
    const withErrors = (_key, value) =>
      value instanceof Error ? { ...errorFields(value, value.stack), ...value } : value;
    try {
      return JSON.stringify(record, withErrors);
    } catch {
      return JSON.stringify({ ...record, message: format(message) });
    }
  }
  record.message = format(message, ...parameters);
  const error = parameters.find((parameter) => parameter instanceof Error);
  return JSON.stringify({ ...record, ...(error && errorFields(error, [])) });
}

function textLine(level, message, parameters) {
  const time = new Date().toISOString();
  return [time, String(invokeStore.getRequestId()), level, format(message, ...parameters)].join("\t");
}

function writeLog(level, message, ...parameters) {
  if (LEVELS.indexOf(level) < lowestLevel) return;
  const line = (isJsonLog ? jsonLine : textLine)(level, message, parameters);
  // A carriage return keeps the lines of one message one event of CloudWatch Logs.
  process.stdout.write(`${line.replace(/\n/g, "\r")}\n`);
}

function patchConsole() {
  for (const level of LEVELS) console[level.toLowerCase()] = writeLog.bind(null, level);
  console.log = console.info;
}

function logError(title, error) {
  const createError = (value) => new Error(TAKES_CALLBACKS ? value : String(value));
  const reason = error instanceof Error ? error : createError(error);
  if (isJsonLog) {
    console.error(reason);
    return;
  }
  let text;
  try {
    text = JSON.stringify(reason, (_key, value) => (value instanceof Error ? listMembers(value) : value));
  } catch {
    text = JSON.stringify(errorPayload(reason));
  }
  console.error(title, `\t${text}`);
}

function listMembers(error) {
  const { name: errorType, message: errorMessage, code, stack } = error;
  const members = { errorType, errorMessage, code, ...error };
  return typeof stack === "string" ? { ...members, stack: stack.split("\n") } : members;
}

// --- The response stream -----------------------------------------------------------------------

// What a handler sees of the request that carries its response.
const METHODS = [
  "cork", "destroy", "end", "uncork", "write", "addListener", "on", "once", "prependListener",
  "prependOnceListener", "off", "removeListener", "removeAllListeners", "setMaxListeners",
  "getMaxListeners", "listeners", "rawListeners", "listenerCount", "eventNames", "emit",
  "setContentType",
];
const MUTABLE = ["destroyed", "_onBeforeFirstWrite"];
const READ_ONLY = [
  ...(TAKES_CALLBACKS ? ["writableBuffer"] : []),
  "writableFinished", "writableObjectMode", "writableEnded", "writableNeedDrain",
  "writableHighWaterMark", "writableCorked", "writableLength", "writable",
];

/** Return the stream of a handler: a facade of `request`, not a `stream.Writable`. */
function facadeOf(request) {
  const stream = {};
  for (const name of METHODS) stream[name] = request[name].bind(request);
  for (const name of MUTABLE) {
    const set = (value) => {
      request[name] = value;
    };
    Object.defineProperty(stream, name, { get: () => request[name], set });
  }
  for (const name of READ_ONLY) Object.defineProperty(stream, name, { get: () => request[name] });
  return stream;
}

/** Open the response of an invocation. Its headers leave with the first write, or at the end. */
function openResponse(invocation, highWaterMark) {
  streamAgent.createConnection = (options, connected) =>
    net.createConnection({ ...options, highWaterMark }, connected);
  const request = openRequest(
    "POST",
    `invocation/${invocation.requestId}/response`,
    {
      ...invocation.echo,
      "Content-Type": "application/octet-stream",
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    },
    { agent: streamAgent },
  );
  request.setNoDelay(true);
  const accepted = readResponse(request);
  accepted.catch((error) => request.destroy(error));
  // AWS's client waits for no status line: its error there is a rejection that nothing handles.
  new Promise((resolve, reject) => request.on("response", resolve).on("error", reject));
  if (TAKES_CALLBACKS) {
    // Before nodejs24.x, `end` takes the last chunk alone: neither its encoding nor a callback.
    const end = request.end.bind(request);
    request.end = (chunk) => {
      end(chunk);
    };
  }
  let isWritten = false;
  request.setContentType = (type) => {
    if (isWritten) {
      throw createRuntimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    }
    request.setHeader("Content-Type", type);
  };
  const send = request.write.bind(request);
  request.write = (chunk, encoding, callback) => {
    if (chunk === undefined || chunk === null) {
      throw new TypeError(`Cannot read properties of ${chunk} (reading 'length')`);
    }
    const isBinary = typeof chunk === "string" || chunk instanceof Uint8Array;
    const data = isBinary ? chunk : JSON.stringify(chunk);
    if (!isWritten) request._onBeforeFirstWrite?.((part) => send(part));
    const hasRoom = send(data, encoding, callback);
    isWritten = true;
    return hasRoom;
  };
  return { request, accepted, stream: facadeOf(request) };
}

/** End a response by the trailers that name the error that truncated it. */
async function abortResponse(request, error) {
  const payload = errorPayload(error);
  request.addTrailers({
    "Lambda-Runtime-Function-Error-Type": payload.errorType,
    "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(payload)).toString("base64"),
  });
  await new Promise((resolve) => request.end(resolve));
}

class HttpResponseStream {
  /** Make a stream of the response's body from the response stream and the metadata before it. */
  static from(stream, metadata) {
    stream.setContentType(PRELUDE_TYPE);
    const prelude = JSON.stringify(metadata);
    // The metadata precedes the first write. `end(body)` without a write sends none.
    stream._onBeforeFirstWrite = (write) => {
      write(prelude);
      write(PRELUDE_DELIMITER);
    };
    return stream;
  }
}

function setGlobals() {
  if (["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      const mark = options?.highWaterMark;
      if (typeof mark === "number") handler[HIGH_WATER_MARK] = Math.trunc(mark);
      return handler;
    },
    HttpResponseStream,
    ...(!TAKES_CALLBACKS && { InvokeStore: invokeStore }),
  };
}

// --- The handler -------------------------------------------------------------------------------

const require = createRequire(import.meta.url);

/** Return whether `require` loads the file: so do the runtimes before nodejs24.x. */
function isCommonJs(base, ending) {
  return ending === ".js" ? !isInModulePackage(path.dirname(base)) : ending !== ".mjs";
}

function isInModulePackage(folder) {
  const file = path.join(folder, "package.json");
  if (folder.endsWith("/node_modules")) return false;
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file))?.type === "module";
    } catch {
      return false;
    }
  }
  return folder !== "/" && isInModulePackage(path.dirname(folder));
}

async function importModule(base, name, roots) {
  try {
    for (const ending of ["", ".js", ".mjs", ".cjs"]) {
      if (!existsSync(base + ending)) continue;
      if (TAKES_CALLBACKS && isCommonJs(base, ending)) return require(base + ending);
      return await import(pathToFileURL(base + ending));
    }
    // As CommonJS finds it: a folder with an index, a package in node_modules or in a layer.
    return require(require.resolve(name, { paths: roots }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      const members = TAKES_CALLBACKS ? {} : { stack: error.stack };
      throw createRuntimeError("UserCodeSyntaxError", String(error), members);
    }
    if (error?.code === "MODULE_NOT_FOUND") throw createRuntimeError("ImportModuleError", String(error));
    throw error;
  }
}

function findExport(module, exported) {
  const keys = exported.split(".");
  if (TAKES_CALLBACKS) return keys.reduce((value, key) => value && value[key], module);
  const find = (from) =>
    keys.reduce((value, key) => (value && typeof value === "object" ? value[key] : undefined), from);
  return find(module) || find(module?.default);
}

/** Load the handler named `folder/module.path.to.function`. */
async function loadHandler() {
  const given = process.env._HANDLER;
  if (given.includes("..")) {
    const problem = `'${given}' is not a valid handler name. Use absolute paths when specifying`;
    throw createRuntimeError("MalformedHandlerName", `${problem} root directories in handler names.`);
  }
  const name = path.basename(given);
  const [, file, exported] = /^([^.]*)\.(.*)$/.exec(name) ?? [];
  if (file === undefined) throw createRuntimeError("MalformedHandlerName", "Bad handler");
  const folder = path.resolve(process.env.LAMBDA_TASK_ROOT, given.slice(0, given.indexOf(name)));
  const roots = [process.env.LAMBDA_TASK_ROOT, folder];
  const module = await importModule(path.join(folder, file), file, roots);
  const handler = findExport(module, exported);
  if (!handler) throw createRuntimeError("HandlerNotFound", `${given} is undefined or not exported`);
  if (typeof handler !== "function") {
    throw createRuntimeError("HandlerNotFound", `${given} is not a function`);
  }
  if (handler[STREAMING] && handler[STREAMING] !== "response") {
    throw createRuntimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  }
  if (handler.length >= 3 && !handler[STREAMING] && !TAKES_CALLBACKS) {
    throw createRuntimeError(
      "CallbackHandlerDeprecated",
      "ERROR: AWS Lambda has removed support for callback-based function handlers starting with" +
        " Node.js 24. You need to modify this function to use a supported handler signature to use" +
        " Node.js 24 or later. For more information see" +
        " https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.",
    );
  }
  return handler;
}

function readContext(headers) {
  const deadline = Number.parseInt(headers["lambda-runtime-deadline-ms"], 10);
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  return {
    clientContext: parse(headers["lambda-runtime-client-context"]),
    identity: parse(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    // The context has had it since nodejs24.x.
    ...(!TAKES_CALLBACKS && { xRayTraceId: headers["lambda-runtime-trace-id"] ?? "" }),
    getRemainingTimeInMillis: () => deadline - Date.now(),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

// --- Invocations -------------------------------------------------------------------------------

const isPromise = (value) => typeof value?.then === "function";
// Since nodejs24.x the outcome leaves in the next turn of the loop: what is thrown before replaces it.
const beforeOutcome = async () => TAKES_CALLBACKS || new Promise((resolve) => setImmediate(resolve));
// What Node.js does when no timer, socket or other work is left: it responds for a callback.
let whenLoopIsEmpty = () => {};
let currentInvocation = null;
let isExiting = false;

/** Resolve once the event loop is empty. */
function emptyEventLoop() {
  return new Promise((resolve) => {
    whenLoopIsEmpty = () => {
      whenLoopIsEmpty = () => {};
      setImmediate(resolve);
    };
  });
}

async function streamResponse(handler, event, context, invocation) {
  const { request, accepted, stream } = openResponse(invocation, handler[HIGH_WATER_MARK]);
  try {
    const returned = handler(event, stream, context);
    if (!isPromise(returned)) throw createStreamError("Streaming does not support non-async handlers.");
    if ((await returned) !== undefined) console.warn("Streaming handlers ignore return values.");
    await accepted;
    if (!request.writableFinished) throw createStreamError("Response stream is not finished.");
  } catch (error) {
    await beforeOutcome();
    logError("Invoke Error", error);
    await abortResponse(request, error);
    await accepted.catch(() => {});
  }
}

/** Stream as the runtimes before nodejs24.x: until the event loop is empty, whatever the handler awaits. */
async function streamUntilLoopIsEmpty(handler, event, context, invocation) {
  context.callbackWaitsForEmptyEventLoop = true;
  const isEmpty = emptyEventLoop();
  const isDone = streamResponse(handler, event, context, invocation);
  await Promise.race([isEmpty, isDone.then(() => context.callbackWaitsForEmptyEventLoop && isEmpty)]);
}

// The runtimes before nodejs24.x throw a string.
function createStreamError(message) {
  return TAKES_CALLBACKS ? message : new Error(message);
}

/** Call a handler that returns its response by a promise, a callback or the context.
 *
 * Resolve with an object that has the response as `value`: a promise given to the callback is none.
 */
function callWithCallbacks(handler, event, context) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let waits = true;
  let isSettled = false;
  const once = (settle) => (...values) => {
    if (isSettled) return;
    isSettled = true;
    whenLoopIsEmpty = () => {};
    settle(...values);
  };
  const isGiven = (error) => error !== undefined && error !== null;
  const done = (error, value) => (isGiven(error) ? reject(error) : resolve({ value }));
  const callback = once((error, value) => {
    if (isGiven(error) || !waits) done(error, value);
    else emptyEventLoop().then(() => resolve({ value }));
  });
  Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
    enumerable: true,
    get: () => waits,
    set: (value) => {
      waits = value;
    },
  });
  context.succeed = once((value) => done(null, value));
  context.fail = once((error) => done(isGiven(error) ? error : "handled"));
  context.done = once(done);
  // A handler without a response and without further work has responded with null.
  emptyEventLoop().then(once(() => resolve({ value: null })));
  try {
    const returned = handler(event, context, callback);
    if (isPromise(returned)) returned.then(context.succeed, context.fail);
  } catch (error) {
    callback(error);
  }
  return promise;
}

async function callForPromise(handler, event, context) {
  return { value: await handler(event, context) };
}

async function bufferResponse(handler, event, context, { requestId, echo }) {
  const target = `invocation/${requestId}`;
  let body;
  try {
    const call = TAKES_CALLBACKS ? callWithCallbacks : callForPromise;
    const { value } = await call(handler, event, context);
    try {
      body = JSON.stringify(value === undefined ? null : value);
    } catch {
      const problem = "Unable to stringify response body";
      throw TAKES_CALLBACKS ? new Error(problem) : createRuntimeError("JSONStringifyError", problem);
    }
    // JSON has no text for a function or a symbol, which AWS's client does not accept.
    if (body === undefined) throw new TypeError("Wrong arguments");
  } catch (error) {
    await beforeOutcome();
    logError("Invoke Error", error);
    await postError(`${target}/error`, error, echo);
    return;
  }
  await beforeOutcome();
  await post(`${target}/response`, { "Content-Type": "application/json", ...echo }, body);
}

async function invoke(handler, { headers, body }) {
  const invocationId = headers["lambda-runtime-invocation-id"];
  const context = readContext(headers);
  // Sent back, so that Lambda does not take a late response for that of the next invocation.
  const echo = invocationId ? { "Lambda-Runtime-Invocation-Id": invocationId } : {};
  const invocation = { requestId: context.awsRequestId, echo };
  const trace = headers["lambda-runtime-trace-id"];
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  currentInvocation = invocation;
  const stream = TAKES_CALLBACKS ? streamUntilLoopIsEmpty : streamResponse;
  const respond = handler[STREAMING] ? stream : bufferResponse;
  const values = {
    [InvokeStore.PROTECTED_KEYS.REQUEST_ID]: context.awsRequestId,
    [InvokeStore.PROTECTED_KEYS.X_RAY_TRACE_ID]: context.xRayTraceId,
    // Since nodejs24.x the client does not put the tenant there.
    ...(TAKES_CALLBACKS && { [InvokeStore.PROTECTED_KEYS.TENANT_ID]: context.tenantId }),
  };
  await invokeStore.run(values, () => respond(handler, JSON.parse(body), context, invocation));
}

/** Report what no handler caught, and exit: so do the runtimes before nodejs24.x. */
function exitOnUncaughtErrors() {
  const exit = async (title, status, error) => {
    isExiting = true;
    logError(title, error);
    // An outcome that has left before stays the outcome.
    await lastPost.catch(() => {});
    await (currentInvocation
      ? postError(`invocation/${currentInvocation.requestId}/error`, error, currentInvocation.echo)
      : postInitError(error)
    ).catch(() => {});
    process.exit(status);
  };
  process.on("uncaughtException", (error) => exit("Uncaught Exception", 129, error));
  process.on("unhandledRejection", (reason, promise) => {
    const error = createRuntimeError("UnhandledPromiseRejection", reason, { reason, promise });
    return exit("Unhandled Promise Rejection", 128, error);
  });
}

async function main() {
  setGlobals();
  patchConsole();
  if (TAKES_CALLBACKS) {
    exitOnUncaughtErrors();
    process.on("beforeExit", () => whenLoopIsEmpty());
  }
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    logError(TAKES_CALLBACKS ? "Uncaught Exception" : "Init Error", error);
    await postInitError(error);
    process.exit(TAKES_CALLBACKS ? 129 : 1);
  }
  for (;;) {
    // The local gateway prints what freezes with the environment.
    const pending = [...new Set(process.getActiveResourcesInfo())].filter((kind) => WORK.has(kind));
    const headers = pending.length ? { "Streaming-Construct-Pending-Work": pending.join() } : {};
    const next = openRequest("GET", "invocation/next", headers);
    const response = readResponse(next);
    next.end();
    const event = await response.catch(() => process.exit(0)); // the environment is being closed
    await invoke(handler, event);
    if (isExiting) return;
  }
}

// Not awaited: a handler that waits for nothing ends the process with status 0, as on Lambda.
main();
