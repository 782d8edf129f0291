import { recordReader } from './records.js'

/**
 * What a reader reports during a response; `at` is in seconds since the request was sent.
 *
 * @typedef {{ at: number, bytes: number }} Arrival
 * @typedef {{
 *   opened: (status: number, headers: Headers | null) => void,
 *   arrived: (arrival: Arrival, records: import('./records.js').Record[]) => void,
 *   note: (text: string) => void
 * }} Listener
 */

/** An error of a request. The page shows the message. */
export class RequestError extends Error {}

/**
 * Read a response with `fetch`, as it arrives.
 *
 * @param {URL} url
 * @param {RequestInit} request
 * @param {Listener} listener
 * @throws {RequestError} the API returned an error, or the response is unreadable or truncated
 */
export async function readWithFetch (url, request, listener) {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const response = await send(url, request)
  listener.opened(response.status, response.headers)
  if (!response.ok) throw new RequestError(await describeError(response))
  if (response.body === null) return
  const records = recordReader(response.headers.get('content-type') ?? '')
  const reader = response.body.getReader()
  let size = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length
      listener.arrived({ at: seconds(), bytes: part.value.length }, records.push(part.value))
    }
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new RequestError(`truncated after ${size} bytes: the connection closed before the end of the stream`)
  }
  const left = records.end()
  if (left.length > 0) listener.arrived({ at: seconds(), bytes: 0 }, left)
}

/**
 * Read a complete JSON response.
 *
 * @param {URL} url
 * @param {RequestInit} request
 * @throws {RequestError} the API returned an error, or the response is unreadable
 */
export async function getJson (url, request) {
  const response = await send(url, request)
  if (!response.ok) throw new RequestError(await describeError(response))
  return response.json()
}

async function send (url, request) {
  try {
    return await fetch(url, { cache: 'no-store', ...request })
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new RequestError(UNREADABLE)
  }
}

// Only the console of the browser shows which of these is the cause.
const UNREADABLE = 'no readable response: the API is unreachable, or its response lacks' +
  ' the CORS headers for this page'

/** @param {Response} response */
async function describeError (response) {
  const body = await response.text().catch(() => '')
  const kind = response.headers.get('x-amzn-errortype')?.split(':')[0]
  return [`${response.status}${kind ? ` ${kind}` : ''}`, findMessage(body)].filter(Boolean).join(': ')
}

/** Find the message of an error in the format of API Gateway, FastAPI or OpenAI. */
function findMessage (body) {
  try {
    const { message, detail, error } = JSON.parse(body)
    const problems = Array.isArray(detail) ? detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`) : []
    return message ?? error?.message ?? (problems.join('; ') || JSON.stringify(detail))
  } catch {
    return body.slice(0, 200)
  }
}

const MAX_BREAKS = 5

/**
 * Read events with an `EventSource`, which reconnects by itself after a disconnection.
 *
 * It ends with `[DONE]`, with an event named `end`, or with a 204. It stops after several connections
 * without an event of a new id, since a stream without ids starts again with each connection.
 *
 * @param {URL} url
 * @param {AbortSignal} signal
 * @param {Listener} listener
 * @throws {RequestError} the response has no events, or several connections had no new event
 */
export function readWithEventSource (url, signal, listener) {
  const began = performance.now()
  const source = new EventSource(url)
  let opened = 0
  let breaks = 0
  let lastEventId = ''
  return new Promise((resolve, reject) => {
    const finish = (settle, value) => {
      source.close()
      settle(value)
    }
    signal.addEventListener('abort', () => finish(reject, signal.reason))
    source.onopen = () => {
      if (opened++ === 0) listener.opened(200, null)
      else listener.note(`reconnected, time ${opened - 1}`)
    }
    const take = (event, end = false) => {
      const arrival = { at: (performance.now() - began) / 1000, bytes: event.data.length }
      const record = { text: event.data, id: event.lastEventId, event: event.type }
      listener.arrived(arrival, [record])
      if (event.lastEventId !== lastEventId) breaks = 0
      lastEventId = event.lastEventId
      if (end) finish(resolve)
    }
    source.onmessage = (event) => take(event, event.data === '[DONE]')
    for (const name of ['progress', 'token', 'result']) source.addEventListener(name, (event) => take(event))
    for (const name of ['end', 'failure']) source.addEventListener(name, (event) => take(event, true))
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) {
        if (++breaks < MAX_BREAKS) listener.note('disconnected: the EventSource reconnects')
        else finish(reject, new RequestError(`stopped after ${breaks} disconnections without a new event`))
      } else if (opened > 0) finish(resolve) // a 204: there are no more events
      else finish(reject, new RequestError('the API returned an error, or no events. Choose fetch to see the error.'))
    }
  })
}
