// The Node.js runtime of the local Lambda service: it behaves as AWS's runtime interface client.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
// https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html

import { existsSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_DELIMITER = new Uint8Array(8);
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const MAJOR = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1] ?? 24);
// nodejs24.x and later take async handlers only; earlier runtimes take callbacks too.
const TAKES_CALLBACKS = MAJOR < 24;
const agent = new http.Agent({ keepAlive: true });
// Resources of Node.js that are work of the function's own, as far as their kind tells.
const WORK = new Set(["Timeout", "FSReqCallback", "ChildProcess", "ProcessWrap", "Worker"]);

class RuntimeError extends Error {
  constructor(type, message) {
    super(message);
    this.name = `Runtime.${type}`;
  }
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

async function post(target, headers, body) {
  const length = Buffer.byteLength(body);
  const request = openRequest("POST", target, { ...headers, "Content-Length": length });
  const response = readResponse(request);
  request.end(body);
  return response;
}

function errorPayload(error) {
  try {
    if (error instanceof Error) {
      const clean = (text) => text?.replaceAll("\x7F", "%7F");
      return {
        errorType: clean(error.name),
        errorMessage: clean(error.message),
        trace: clean(error.stack)?.split("\n") ?? [],
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more" +
      " of its message, name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

async function postError(target, error, headers = {}) {
  const payload = errorPayload(error);
  const type = { "Lambda-Runtime-Function-Error-Type": payload.errorType };
  const json = { "Content-Type": "application/json" };
  await post(target, { ...json, ...type, ...headers }, JSON.stringify(payload));
}

// --- Logs --------------------------------------------------------------------------------------

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const isJsonLog = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
const lowestLevel = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
const logContext = { requestId: undefined, tenantId: undefined };

function errorFields(error) {
  const { message, stack } = error;
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : [],
  };
}

function jsonLine(level, message, parameters) {
  const { requestId, tenantId } = logContext;
  const record = { timestamp: new Date().toISOString(), level, requestId: requestId ?? "-" };
  if (tenantId) record.tenantId = tenantId;
  if (!parameters.length) {
    record.message = message;
    const withErrors = (_key, value) =>
      value instanceof Error ? { ...errorFields(value), ...value } : value;
    try {
      return JSON.stringify(record, withErrors);
    } catch {
      return JSON.stringify({ ...record, message: format(message) });
    }
  }
  record.message = format(message, ...parameters);
  const error = parameters.find((parameter) => parameter instanceof Error);
  return JSON.stringify({ ...record, ...(error && errorFields(error)) });
}

function textLine(level, message, parameters) {
  const time = new Date().toISOString();
  return [time, logContext.requestId ?? "-", level, format(message, ...parameters)].join("\t");
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
  const reason = error instanceof Error ? error : new Error(String(error));
  if (isJsonLog) {
    console.error(reason);
    return;
  }
  const { name: errorType, message: errorMessage, code } = reason;
  const stack = typeof reason.stack === "string" ? reason.stack.split("\n") : reason.stack;
  let text;
  try {
    text = JSON.stringify({ errorType, errorMessage, code, ...reason, stack });
  } catch {
    text = JSON.stringify(errorPayload(reason));
  }
  console.error(title, `\t${text}`);
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
  const createConnection = (options, connected) =>
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
    // Options of the agent apply to the sockets that it opens for others, too.
    highWaterMark === undefined ? {} : { agent: Object.assign(new http.Agent(), { createConnection }) },
  );
  request.setNoDelay(true);
  const accepted = readResponse(request);
  accepted.catch((error) => request.destroy(error));
  let hasStatus = false;
  request.on("response", () => (hasStatus = true));
  // AWS's client waits for no status line: its error there is a rejection that nothing handles.
  request.on("error", (error) => hasStatus || Promise.reject(error));
  let isWritten = false;
  request.setContentType = (type) => {
    if (isWritten) {
      throw new RuntimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
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
    HttpResponseStream,
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      const mark = options?.highWaterMark;
      if (typeof mark === "number") handler[HIGH_WATER_MARK] = Math.trunc(mark);
      return handler;
    },
  };
}

// --- The handler -------------------------------------------------------------------------------

const require = createRequire(import.meta.url);

async function importModule(base, name, roots) {
  try {
    for (const ending of ["", ".js", ".mjs", ".cjs"]) {
      if (existsSync(base + ending)) return await import(pathToFileURL(base + ending));
    }
    // As CommonJS finds it: a folder with an index, a package in node_modules or in a layer.
    return require(require.resolve(name, { paths: roots }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      const stack = { stack: error.stack };
      throw Object.assign(new RuntimeError("UserCodeSyntaxError", String(error)), stack);
    }
    if (error?.code === "MODULE_NOT_FOUND") throw new RuntimeError("ImportModuleError", String(error));
    throw error;
  }
}

/** Load the handler named `folder/module.path.to.function`. */
async function loadHandler() {
  const given = process.env._HANDLER;
  if (given.includes("..")) {
    const problem = `'${given}' is not a valid handler name. Use absolute paths when specifying`;
    throw new RuntimeError("MalformedHandlerName", `${problem} root directories in handler names.`);
  }
  const name = path.basename(given);
  const [, file, exported] = /^([^.]*)\.(.*)$/.exec(name) ?? [];
  if (file === undefined) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const folder = path.resolve(process.env.LAMBDA_TASK_ROOT, given.slice(0, given.indexOf(name)));
  const roots = [process.env.LAMBDA_TASK_ROOT, folder];
  const module = await importModule(path.join(folder, file), file, roots);
  const find = (from) =>
    exported.split(".").reduce((value, key) => (value && typeof value === "object" ? value[key] : undefined), from);
  const handler = find(module) ?? find(module?.default);
  if (!handler) throw new RuntimeError("HandlerNotFound", `${given} is undefined or not exported`);
  if (typeof handler !== "function") {
    throw new RuntimeError("HandlerNotFound", `${given} is not a function`);
  }
  if (handler[STREAMING] && handler[STREAMING] !== "response") {
    throw new RuntimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  }
  if (handler.length >= 3 && !handler[STREAMING] && !TAKES_CALLBACKS) {
    throw new RuntimeError(
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
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
// What Node.js does when no timer, socket or other work is left: it responds for a callback.
let whenLoopIsEmpty = () => {};
let currentInvocation = null;

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
  if (TAKES_CALLBACKS) context.callbackWaitsForEmptyEventLoop = true;
  try {
    const returned = handler(event, stream, context);
    if (!isPromise(returned)) throw new Error("Streaming does not support non-async handlers.");
    if ((await returned) !== undefined) console.warn("Streaming handlers ignore return values.");
    await accepted;
    if (!request.writableFinished) throw new Error("Response stream is not finished.");
  } catch (error) {
    await nextTurn();
    logError("Invoke Error", error);
    await abortResponse(request, error);
    await accepted.catch(() => {});
  }
}

/** Call a handler that returns its response by a promise, a callback or the context. */
function callWithCallbacks(handler, event, context) {
  return new Promise((resolve, reject) => {
    let waits = true;
    let isSettled = false;
    const once = (settle) => (...values) => {
      if (isSettled) return;
      isSettled = true;
      whenLoopIsEmpty = () => {};
      settle(...values);
    };
    const isError = (error) => error !== undefined && error !== null;
    const done = (error, value) => (isError(error) ? reject(error) : resolve(value));
    const callback = once((error, value) => {
      if (isError(error) || !waits) done(error, value);
      else emptyEventLoop().then(() => resolve(value));
    });
    Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
      enumerable: true,
      get: () => waits,
      set: (value) => {
        waits = value;
      },
    });
    context.succeed = once((value) => done(null, value));
    context.fail = once((error) => done(isError(error) ? error : "handled"));
    context.done = once(done);
    // A handler without a response and without further work has responded with null.
    emptyEventLoop().then(once(() => resolve(null)));
    try {
      const returned = handler(event, context, callback);
      if (isPromise(returned)) returned.then(context.succeed, context.fail);
    } catch (error) {
      callback(error);
    }
  });
}

async function bufferResponse(handler, event, context, { requestId, echo }) {
  const target = `invocation/${requestId}`;
  let body;
  try {
    const call = TAKES_CALLBACKS ? callWithCallbacks : async () => handler(event, context);
    const result = await call(handler, event, context);
    try {
      body = JSON.stringify(result === undefined ? null : result);
    } catch {
      throw new RuntimeError("JSONStringifyError", "Unable to stringify response body");
    }
    // JSON has no text for a function or a symbol.
    if (body === undefined) body = "";
  } catch (error) {
    await nextTurn();
    logError("Invoke Error", error);
    await postError(`${target}/error`, error, echo);
    return;
  }
  await nextTurn();
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
  Object.assign(logContext, { requestId: context.awsRequestId, tenantId: context.tenantId });
  currentInvocation = invocation;
  const respond = handler[STREAMING] ? streamResponse : bufferResponse;
  await respond(handler, JSON.parse(body), context, invocation);
}

/** Report what no handler caught, and exit: so do the runtimes before nodejs24.x. */
function exitOnUncaughtErrors() {
  const exit = (title, status, wrap) => async (reason) => {
    const error = wrap(reason);
    logError(title, error);
    const target = currentInvocation ? `invocation/${currentInvocation.requestId}` : "init";
    await postError(`${target}/error`, error, currentInvocation?.echo).catch(() => {});
    process.exit(status);
  };
  const rejection = (reason) => {
    const error = new RuntimeError("UnhandledPromiseRejection", String(reason));
    return Object.assign(error, { reason });
  };
  process.on("uncaughtException", exit("Uncaught Exception", 129, (error) => error));
  process.on("unhandledRejection", exit("Unhandled Promise Rejection", 128, rejection));
}

async function main() {
  setGlobals();
  patchConsole();
  if (TAKES_CALLBACKS) exitOnUncaughtErrors();
  process.on("beforeExit", () => whenLoopIsEmpty());
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    logError("Init Error", error);
    await postError("init/error", error);
    process.exit(1);
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
  }
}

await main();
