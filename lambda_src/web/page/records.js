/**
 * A chunk as the body itself marks it: an event, or a line.
 *
 * @typedef {{ text: string, id?: string, event?: string }} Record
 */

/**
 * Splits a body into its records while it arrives, wherever the network cut it: in the middle of an
 * event, of a line, of a character. A type without such marks makes a record of each arrival.
 *
 * @param {string} contentType
 */
export function recordReader (contentType) {
  const type = contentType.split(';')[0].trim().toLowerCase()
  const decoder = new TextDecoder()
  const cut = type === 'text/event-stream' ? cutEvents : LINES.has(type) ? cutLines : cutNothing
  let rest = ''
  return {
    /** @param {Uint8Array} bytes @returns {Record[]} */
    push (bytes) {
      const { records, left } = cut(rest + decoder.decode(bytes, { stream: true }))
      rest = left
      return records
    },
    /** Give what was left without its end: of an event, nothing counts. @returns {Record[]} */
    end () {
      const left = rest + decoder.decode()
      return cut === cutLines && left.trim() ? [{ text: left }] : []
    }
  }
}

const LINES = new Set([
  'application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines',
  'text/plain', 'text/markdown', 'text/csv'
])

/**
 * Find what a chunk says of a failure in mid-stream: an event called `failure`, or an `error`.
 *
 * @param {Record} record
 * @returns {string | null}
 */
export function failureIn ({ event, text }) {
  if (event !== 'failure' && !/"(failure|error)"/.test(text)) return null
  try {
    const told = JSON.parse(text)
    const failed = event === 'failure' || told.event === 'failure' || told.error
    return failed ? told.error?.message ?? told.message ?? text : null
  } catch {
    return event === 'failure' ? text : null
  }
}

/** @param {string} text */
function cutNothing (text) {
  return { records: text ? [{ text }] : [], left: '' }
}

/** @param {string} text */
function cutLines (text) {
  const lines = text.split('\n')
  const left = lines.pop() ?? ''
  return { records: lines.filter((line) => line.trim()).map((text) => ({ text })), left }
}

/**
 * Events end with an empty line; line ends are LF, CRLF or CR
 * (https://html.spec.whatwg.org/#parsing-an-event-stream).
 *
 * @param {string} text
 */
function cutEvents (text) {
  // A CR at the end may be half of a CRLF: it is looked at when the next bytes are here.
  const held = text.endsWith('\r') ? '\r' : ''
  const blocks = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n').split('\n\n')
  const left = (blocks.pop() ?? '') + held
  return { records: blocks.map(parseEvent).filter((record) => record !== null), left }
}

/** @param {string} block @returns {Record | null} */
function parseEvent (block) {
  const data = []
  const record = { text: '' }
  for (const line of block.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    if (name === 'data') data.push(value)
    if (name === 'id' || name === 'event') record[name] = value
  }
  record.text = data.join('\n')
  return data.length > 0 ? record : null // a comment, or a `retry` alone
}
