import { recordReader } from './records.js'

/**
 * What a reader tells while an answer comes in; `at` is in seconds since the request was sent.
 *
 * @typedef {{ at: number, bytes: number }} Arrival
 * @typedef {{
 *   opened: (status: number, headers: Headers | null) => void,
 *   arrived: (arrival: Arrival, records: import('./records.js').Record[]) => void,
 *   note: (text: string) => void
 * }} Listener
 */

/** An answer that is not what was asked for; the message is for whoever looks at the page. */
export class Trouble extends Error {}

/**
 * Read an answer with `fetch`, as it arrives.
 *
 * @param {URL} url
 * @param {RequestInit} request
 * @param {Listener} listener
 * @throws {Trouble} the API refused, nothing could be read, or the answer broke off
 */
export async function readWithFetch (url, request, listener) {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const response = await answer(url, request)
  listener.opened(response.status, response.headers)
  if (!response.ok) throw new Trouble(await refusal(response))
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
    throw new Trouble(`cut after ${size} bytes: the connection closed before the stream had ended`)
  }
  const left = records.end()
  if (left.length > 0) listener.arrived({ at: seconds(), bytes: 0 }, left)
}

/**
 * Read a JSON answer whole.
 *
 * @param {URL} url
 * @param {RequestInit} request
 * @throws {Trouble} the API refused, or nothing could be read
 */
export async function getJson (url, request) {
  const response = await answer(url, request)
  if (!response.ok) throw new Trouble(await refusal(response))
  return response.json()
}

async function answer (url, request) {
  try {
    return await fetch(url, { cache: 'no-store', ...request })
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new Trouble(UNREADABLE)
  }
}

// A script is not told which of these it was; the browser's console is.
const UNREADABLE = 'no answer that this page may read: the API cannot be reached, or it answered' +
  ' without CORS headers for this page'

/** @param {Response} response */
async function refusal (response) {
  const body = await response.text().catch(() => '')
  const kind = response.headers.get('x-amzn-errortype')?.split(':')[0]
  return [`${response.status}${kind ? ` ${kind}` : ''}`, told(body)].filter(Boolean).join(': ')
}

/** Find the sentence in an error: API Gateway's, FastAPI's, or OpenAI's shape. */
function told (body) {
  try {
    const { message, detail, error } = JSON.parse(body)
    const problems = Array.isArray(detail) ? detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`) : []
    return message ?? error?.message ?? (problems.join('; ') || JSON.stringify(detail))
  } catch {
    return body.slice(0, 200)
  }
}

const MOST_BREAKS = 5

/**
 * Read events with the browser's own `EventSource`, which comes back by itself where it was cut.
 *
 * It ends with `[DONE]`, with an event called `end`, or when the API will have it no more; and when
 * it broke off again and again without an event of a new id, as a stream without ids begins anew.
 *
 * @param {URL} url
 * @param {AbortSignal} signal
 * @param {Listener} listener
 * @throws {Trouble} the API did not answer with events, or the stream did not get on
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
      else listener.note(`came back for the rest, time ${opened - 1}`)
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
        if (++breaks < MOST_BREAKS) listener.note('the connection broke: it comes back by itself')
        else finish(reject, new Trouble(`broke off ${breaks} times with nothing new: given up`))
      } else if (opened > 0) finish(resolve) // a 204 says that nothing is left
      else finish(reject, new Trouble('refused, or no events: an EventSource is not told more, fetch is'))
    }
  })
}
