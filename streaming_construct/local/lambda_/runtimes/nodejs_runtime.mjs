// A runtime for Node.js handlers: polls the Runtime API, streams or buffers the response.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html

import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { pathToFileURL } from "node:url";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });

class HttpResponseStream {
  /** Make a stream of the response's body from the response stream and the metadata before it. */
  static from(stream, metadata) {
    stream.setContentType(PRELUDE_TYPE);
    stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]);
    return stream;
  }
}

globalThis.awslambda = {
  HttpResponseStream,
  streamifyResponse(handler, options) {
    handler[STREAMING] = "response";
    handler.highWaterMark = options?.highWaterMark;
    return handler;
  },
};

function call(method, target, headers = {}) {
  return http.request({
    agent, host: HOST, port: PORT, method, path: `/2018-06-01/runtime/${target}`, headers,
  });
}

/** Resolve with the response and its body; reject when the Runtime API is gone. */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", async (response) => {
      try {
        const pieces = [];
        for await (const piece of response) pieces.push(piece);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) });
      } catch (error) {
        reject(error);
      }
    });
  });
}

async function post(target, headers, body) {
  const request = call("POST", target, { ...headers, "Content-Length": Buffer.byteLength(body) });
  const answered = answer(request);
  request.end(body);
  return answered;
}

/** The response of a streaming handler: a POST that opens with the first write, or the end. */
class ResponseStream extends Writable {
  constructor(invocation, highWaterMark) {
    super({ highWaterMark });
    this.invocation = invocation;
    this.contentType = "application/octet-stream";
    this.prelude = null;
    this.request = null;
  }

  setContentType(type) {
    this.contentType = type;
  }

  begin() {
    if (this.request) return;
    this.request = call("POST", `invocation/${this.invocation.requestId}/response`, {
      ...this.invocation.echo,
      "Content-Type": this.contentType,
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
    this.answered = answer(this.request);
    this.answered.catch((error) => this.destroy(error));
    this.request.setNoDelay(true);
  }

  /** The metadata goes out with the first write, as AWS's client has it: never without one. */
  beginToWrite() {
    this.begin();
    if (this.prelude) this.request.write(this.prelude);
    this.prelude = null;
  }

  _write(data, _encoding, done) {
    this.beginToWrite();
    this.request.write(data, done);
  }

  _writev(entries, done) {
    this.beginToWrite();
    this.request.cork();
    for (const { chunk } of entries.slice(0, -1)) this.request.write(chunk);
    this.request.write(entries.at(-1).chunk, done);
    process.nextTick(() => this.request.uncork());
  }

  _final(done) {
    this.begin();
    this.request.end();
    this.answered.then(() => done(), done);
  }

  /** End a response that has begun by the error trailers. */
  async fail(error) {
    this.request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": error.errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(error)).toString("base64"),
    });
    this.request.end();
    await this.answered;
  }
}

function described(error, errorType) {
  const isError = error instanceof Error;
  return {
    errorType: errorType ?? (isError ? error.name : typeof error),
    errorMessage: isError ? error.message : String(error),
    trace: isError ? (error.stack ?? "").split("\n") : [],
  };
}

async function report(target, error, echo = {}) {
  const type = { "Lambda-Runtime-Function-Error-Type": error.errorType };
  await post(target, { "Content-Type": "application/json", ...type, ...echo }, JSON.stringify(error));
}

/** The handler named `folder/file.name`, from an ES module or a CommonJS one. */
async function loadHandler() {
  const given = process.env._HANDLER;
  const [, folder, file, name] = /^(.*\/)?([^/.]+)\.(.+)$/.exec(given) ?? [];
  if (!file) throw Object.assign(new Error(`Bad handler ${given}`), { name: "Runtime.MalformedHandlerName" });
  const base = path.resolve(process.env.LAMBDA_TASK_ROOT, folder ?? "", file);
  const found = [".js", ".mjs", ".cjs"].map((ending) => base + ending).find(existsSync);
  if (!found) throw Object.assign(new Error(`Cannot find module '${base}'`), { name: "Runtime.ImportModuleError" });
  const module = await import(pathToFileURL(found));
  const pick = (from) => name.split(".").reduce((value, key) => value?.[key], from);
  const handler = pick(module) ?? pick(module.default);
  if (typeof handler !== "function") {
    const message = `${given} is undefined or not exported`;
    throw Object.assign(new Error(message), { name: "Runtime.HandlerNotFound" });
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  };
}

async function stream(handler, event, context, response) {
  await handler(event, response, context);
  // A handler may return while something it piped still writes.
  if (!response.writableFinished) await finished(response);
}

async function buffer(handler, event, context, { requestId, echo }) {
  const result = await new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(event, context, callback);
    if (handler.length < 3 || typeof returned?.then === "function") resolve(returned);
  });
  const body = JSON.stringify(result === undefined ? null : result);
  await post(`invocation/${requestId}/response`, { "Content-Type": "application/json", ...echo }, body);
}

let current = null; // what an uncaught exception belongs to

async function failCurrent(error, errorType) {
  const failure = described(error, errorType);
  console.error(error);
  if (!current) await report("init/error", failure);
  else if (current.response?.request) await current.response.fail(failure);
  else await report(`invocation/${current.requestId}/error`, failure, current.echo);
}

function dieOf(errorType, status) {
  return async (error) => {
    try {
      await failCurrent(error, errorType);
    } finally {
      process.exit(status);
    }
  };
}

async function invoke(handler, { headers, body }) {
  const invocationId = headers["lambda-runtime-invocation-id"];
  // Sent back, so that an answer that comes too late is not taken for the next invocation's.
  const echo = invocationId ? { "Lambda-Runtime-Invocation-Id": invocationId } : {};
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  current = { requestId: headers["lambda-runtime-aws-request-id"], echo };
  const context = contextOf(headers);
  try {
    const event = JSON.parse(body);
    if (handler[STREAMING]) {
      current.response = new ResponseStream(current, handler.highWaterMark);
      await stream(handler, event, context, current.response);
    } else {
      await buffer(handler, event, context, current);
    }
  } catch (error) {
    await failCurrent(error);
  }
}

process.on("uncaughtException", dieOf(undefined, 129));
process.on("unhandledRejection", dieOf("Runtime.UnhandledPromiseRejection", 128));

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  await failCurrent(error);
  process.exit(1);
}
for (;;) {
  const next = call("GET", "invocation/next");
  const answered = answer(next);
  next.end();
  const event = await answered.catch(() => process.exit(0)); // the environment is being closed
  await invoke(handler, event);
}
