// Streaming with Lambda's Node.js runtime, without an adapter or a dependency.
//
// `awslambda` is a global of the managed runtime. `streamifyResponse` passes a writable stream to the
// handler. `HttpResponseStream.from` writes status and headers before the body, in the format that
// API Gateway requires
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
/* global awslambda */
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * @typedef {{ time: string, event: string, [name: string]: unknown }} Chunk
 * @typedef {{ type: string, encode: (chunk: Chunk) => string, heartbeat?: string }} Format
 * @typedef {{ format: string, count: number, interval: number }} Query
 * @typedef {{ loc: [string, string], msg: string, input: string }} Problem
 * @typedef {Partial<Record<string, string>>} Strings
 */

// Below the idle timeouts of API Gateway: 5 minutes, and 30 seconds for an edge-optimized API.
const HEARTBEAT_MS = Number(process.env.HEARTBEAT_MS ?? 5000)

/** @type {Record<string, Format>} */
const FORMATS = {
  sse: {
    type: 'text/event-stream',
    encode: ({ event, time, ...data }) =>
      `event: ${event}\ndata: ${JSON.stringify({ time, ...data })}\n\n`,
    heartbeat: ': heartbeat\n', // a comment, which clients ignore
  },
  jsonl: {
    type: 'application/x-ndjson',
    encode: (chunk) => JSON.stringify(chunk) + '\n',
  },
  text: {
    type: 'text/plain; charset=utf-8',
    encode: ({ time, event, ...data }) =>
      `${time}  ${event}  ${Object.entries(data).map(([name, value]) => `${name}=${value}`).join(' ')}\n`,
  },
}

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const cors = corsHeaders(event.headers ?? {}, process.env)
  const { value, problems } = validate(event.queryStringParameters ?? {})
  if (problems.length > 0) {
    const response = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 422,
      headers: { 'Content-Type': 'application/json', ...cors },
    })
    response.write(JSON.stringify({ detail: problems })) // `end(data)` alone sends no status
    response.end()
    return
  }
  const format = FORMATS[value.format]
  const response = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: {
      'Content-Type': format.type,
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      ...cors,
    },
  })
  // `pipeline` requests the next chunk if the stream has capacity, and ends the stream. It aborts the
  // signal if the stream closes early.
  await pipeline(async function * ({ signal }) {
    const chunks = withEnding(progress(value.count, value.interval, signal), signal)
    for await (const chunk of withHeartbeat(chunks, HEARTBEAT_MS)) {
      if (chunk !== null) yield format.encode(chunk)
      else if (format.heartbeat) yield format.heartbeat
    }
  }, response)
})

/**
 * Report the progress of a job of `count` steps. Pauses of `interval` seconds simulate the work.
 *
 * @param {number} count
 * @param {number} interval
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Chunk>}
 */
async function * progress (count, interval, signal) {
  for (let done = 1; done <= count; done++) {
    if (done > 1) await pause(interval * 1000, undefined, { signal })
    yield {
      time: new Date().toISOString(),
      event: 'progress',
      done,
      of: count,
      percent: Math.round(100 * done / count),
    }
  }
}

/**
 * Forward chunks, then send an end marker for success or failure: the status is already sent.
 *
 * @param {AsyncIterable<Chunk>} chunks
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Chunk>}
 */
async function * withEnding (chunks, signal) {
  let sent = 0
  let ending = { event: 'end' }
  try {
    for await (const chunk of chunks) {
      yield chunk
      sent++
    }
  } catch (error) {
    if (signal.aborted) return // the client disconnected
    console.error(`the stream failed after ${sent} chunks`, error)
    ending = { event: 'failure', message: 'the stream failed' }
  }
  yield { time: new Date().toISOString(), ...ending, chunks: sent }
}

/**
 * Forward chunks, and null after each period without one. The pending chunk is not canceled.
 *
 * @template T
 * @param {AsyncGenerator<T>} chunks
 * @param {number} milliseconds
 * @returns {AsyncGenerator<T | null>}
 */
async function * withHeartbeat (chunks, milliseconds) {
  let next = chunks.next()
  try {
    while (true) {
      const timer = new AbortController()
      const silence = pause(milliseconds, null, { signal: timer.signal }).catch(() => null)
      const result = await Promise.race([next, silence]).finally(() => timer.abort())
      if (result === null) {
        yield null
      } else if (result.done) {
        return
      } else {
        yield result.value
        next = chunks.next()
      }
    }
  } finally {
    next.catch(() => {}) // the client disconnected, so a failure has no receiver
  }
}

/**
 * Read `format`, `count` and `interval` from the query string, or return all problems with them.
 *
 * @param {Strings} query
 * @returns {{ value: Query, problems: Problem[] }}
 */
function validate ({ format = 'sse', count = '10', interval = '0.5' }) {
  const problems = []
  const problem = (name, input, msg) => problems.push({ loc: ['query', name], msg, input })
  if (!Object.hasOwn(FORMATS, format)) {
    problem('format', format, `Input should be one of ${Object.keys(FORMATS).join(', ')}`)
  }
  if (!/^\d{1,4}$/.test(count) || Number(count) < 1 || Number(count) > 1000) {
    problem('count', count, 'Input should be a whole number from 1 to 1000')
  }
  if (!/^(\d+\.?\d*|\.\d+)$/.test(interval) || Number(interval) > 10) {
    problem('interval', interval, 'Input should be a number of seconds from 0 to 10')
  }
  return { value: { format, count: Number(count), interval: Number(interval) }, problems }
}

/**
 * Return the CORS headers of a response, from the environment variables that the construct sets.
 *
 * @param {Strings} headers
 * @param {Strings} environment
 * @returns {Record<string, string>}
 */
function corsHeaders (headers, environment) {
  const allowed = (environment.CORS_ALLOW_ORIGINS ?? '').split(',').map((o) => o.trim()).filter(Boolean)
  if (allowed.length === 0) return {}
  const response = allowed.includes('*') ? {} : { Vary: 'Origin' }
  const origin = Object.entries(headers).find(([name]) => name.toLowerCase() === 'origin')?.[1]
  if (origin === undefined || !(allowed.includes('*') || allowed.includes(origin))) return response
  response['Access-Control-Allow-Origin'] = allowed.includes('*') ? '*' : origin
  if (environment.CORS_ALLOW_CREDENTIALS === 'true') response['Access-Control-Allow-Credentials'] = 'true'
  if (environment.CORS_EXPOSE_HEADERS) response['Access-Control-Expose-Headers'] = environment.CORS_EXPOSE_HEADERS
  return response
}
