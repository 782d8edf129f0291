// Follow Server-Sent Events with the `fetch` of Node.js, and resume after each disconnection.
//
//   node clients/events_fetch.mjs URL [COUNT] [INTERVAL] [PER_CONNECTION] [SILENCE]
//
// URL is that of the API, with its stage. The exit status is 1 if the events are incomplete.
import { setTimeout as pause } from 'node:timers/promises'

const SILENCE_SECONDS = 30 // twice the server's heartbeat
const MAX_FAILURES = 5

/** The stream reported a failure, or could not be resumed. */
class BrokenStream extends Error {}

/**
 * Yield each event once, over as many connections as necessary.
 *
 * @param {URL} url
 * @param {number} silence seconds without a byte after which the client closes a connection
 * @returns {AsyncGenerator<{ id: string, event: string, data: string }>}
 * @throws {BrokenStream} the API returned a permanent error, or the stream failed
 */
async function * events (url, silence = SILENCE_SECONDS) {
  let lastId = ''
  let retry = 1000
  let failures = 0
  while (failures < MAX_FAILURES) {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new Error('silent for too long')), silence * 1000)
    try {
      const headers = { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) }
      const response = await fetch(url, { headers, signal: abort.signal })
      if (response.status === 204) return // there are no more events
      if (!response.ok) {
        const message = `${response.status}: ${await response.text()}`
        if (response.status < 500 && response.status !== 429) throw new BrokenStream(message)
        throw new Error(message)
      }
      // Every byte restarts the timer: that of a comment, too, and of a part of an event.
      for await (const block of blocks(response.body, () => timer.refresh())) {
        const { data, ...fields } = parse(block)
        lastId = fields.id ?? lastId
        if (/^\d+$/.test(fields.retry)) retry = Number(fields.retry)
        if (data.length === 0) continue // a heartbeat
        failures = 0
        const event = { id: lastId, event: fields.event ?? 'message', data: data.join('\n') }
        if (event.data === '[DONE]') return
        if (event.event === 'failure') throw new BrokenStream(event.data)
        yield event
      }
    } catch (error) {
      if (error instanceof BrokenStream) throw error
      console.error(`disconnected: ${error.cause?.message ?? error.message}`)
    } finally {
      clearTimeout(timer)
      abort.abort() // a caller that stops early leaves no open connection
    }
    failures += 1
    await pause(retry * failures)
  }
  throw new BrokenStream(`no event in ${MAX_FAILURES} connections`)
}

/** Split a body at its empty lines, whatever its chunks are. */
async function * blocks (body, onData) {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    onData()
    const parts = (rest + text).replaceAll('\r\n', '\n').split('\n\n')
    rest = parts.pop()
    yield * parts
  }
}

function parse (block) {
  const fields = { data: [] }
  for (const line of block.split('\n')) {
    const [name] = line.split(':', 1)
    const value = line.slice(name.length + 1).replace(/^ /, '')
    if (name === 'data') fields.data.push(value)
    else if (name) fields[name] = value
  }
  return fields
}

const [base, count = '10', interval = '1', perConnection = '1000', silence] = process.argv.slice(2)
if (base === undefined) {
  console.error('usage: node clients/events_fetch.mjs URL [COUNT] [INTERVAL] [PER_CONNECTION] [SILENCE]')
  process.exit(2)
}
const url = new URL('events', base.replace(/\/?$/, '/'))
url.search = new URLSearchParams({ count, interval, per_connection: perConnection })
try {
  for await (const { id, data } of events(url, silence)) console.log(id, data.replace(/\s+/g, ' '))
} catch (error) {
  console.error(`incomplete: ${error.message}`)
  process.exitCode = 1
}
