/**
 * A chunk of a body: an event, or a line.
 *
 * @typedef {{ text: string, id?: string, event?: string }} Record
 */

/**
 * Splits a body into its records while it arrives. An event, a line or a character may be split
 * between two arrivals. For another content type, each arrival is a record.
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
    /** Return the last line if it has no line feed. An incomplete event does not count. @returns {Record[]} */
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
 * Find the message of a failure in mid-stream: an event named `failure`, or an `error`.
 *
 * @param {Record} record
 * @returns {string | null}
 */
export function failureIn ({ event, text }) {
  if (event !== 'failure' && !/"(failure|error)"/.test(text)) return null
  try {
    const data = JSON.parse(text)
    const failed = event === 'failure' || data.event === 'failure' || data.error
    return failed ? data.error?.message ?? data.message ?? text : null
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
  // A CR at the end may be half of a CRLF, so it waits for the next bytes.
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
