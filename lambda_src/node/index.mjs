// A stream from Lambda's own Node.js runtime: no adapter, no dependency.
//
// `awslambda` is a global of the managed runtime. `streamifyResponse` gives the handler a writable
// stream, and `HttpResponseStream.from` writes status and headers ahead of the body in the form
// that API Gateway expects
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
/* global awslambda */
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'

const FORMATS = {
  sse: {
    type: 'text/event-stream',
    encode: ({ event, time, ...data }) =>
      `event: ${event}\ndata: ${JSON.stringify({ time, ...data })}\n\n`,
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
  const { value, problems } = validated(event.queryStringParameters ?? {})
  if (problems.length > 0) {
    const answer = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 422,
      headers: { 'Content-Type': 'application/json', ...cors },
    })
    answer.end(JSON.stringify({ detail: problems }))
    return
  }
  const format = FORMATS[value.format]
  const answer = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: {
      'Content-Type': format.type,
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      ...cors,
    },
  })
  // `pipeline` asks for the next chunk when the stream has room for it, ends the stream, and aborts
  // the signal when the stream closes before that.
  await pipeline(async function * ({ signal }) {
    for await (const chunk of withEnding(progress(value.count, value.interval, signal), signal)) {
      yield format.encode(chunk)
    }
  }, answer)
})

/** Tell how far a job of `count` steps is, `interval` seconds apart, which stand for the work. */
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

/** Pass chunks on, then say that this was the end, or that they broke off: the status is long gone. */
async function * withEnding (chunks, signal) {
  let sent = 0
  let ending = { event: 'end' }
  try {
    for await (const chunk of chunks) {
      yield chunk
      sent++
    }
  } catch (error) {
    if (signal.aborted) return // nobody is there to be told
    console.error(`the stream failed after ${sent} chunks`, error)
    ending = { event: 'failure', message: 'the stream failed' }
  }
  yield { time: new Date().toISOString(), ...ending, chunks: sent }
}

/** Read the query string: `format`, `count` and `interval`, or every problem there is with them. */
function validated ({ format = 'sse', count = '10', interval = '0.5' }) {
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

/** The cross-origin headers for a request, as the variables say that the construct sets. */
function corsHeaders (headers, environment) {
  const allowed = (environment.CORS_ALLOW_ORIGINS ?? '').split(',').map((o) => o.trim()).filter(Boolean)
  if (allowed.length === 0) return {}
  const answer = allowed.includes('*') ? {} : { Vary: 'Origin' }
  const origin = Object.entries(headers).find(([name]) => name.toLowerCase() === 'origin')?.[1]
  if (origin === undefined || !(allowed.includes('*') || allowed.includes(origin))) return answer
  answer['Access-Control-Allow-Origin'] = allowed.includes('*') ? '*' : origin
  if (environment.CORS_ALLOW_CREDENTIALS === 'true') answer['Access-Control-Allow-Credentials'] = 'true'
  if (environment.CORS_EXPOSE_HEADERS) answer['Access-Control-Expose-Headers'] = environment.CORS_EXPOSE_HEADERS
  return answer
}
