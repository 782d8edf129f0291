// Runs the program in the request: writes any bytes as a streamed response, at any time.
//
// The program is the JSON body, or the query parameter `program`. Its members:
//   before_ms        the pause before the first write
//   raw              whether to omit the prelude and its delimiter
//   prelude          the value of the prelude. Default: status 200, text/plain
//   prelude_text     the text of the prelude, instead of its value
//   delimiter        whether the delimiter follows the prelude. Default: true
//   split            whether to write the prelude and the delimiter byte by byte
//   writes           the writes of the body: { text or base64, repeat, after_ms }
//   fail             whether to throw an error after the writes
//   exit             whether to end the process after the writes
//   hang             whether to wait forever after the writes
/* global awslambda */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response'
const PRELUDE = { statusCode: 200, headers: { 'Content-Type': 'text/plain' } }

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const program = readProgram(event)
  await pause(program.before_ms ?? 0)
  responseStream.setContentType(CONTENT_TYPE)
  if (!program.raw) await writePrelude(responseStream, program)
  for (const write of program.writes ?? []) {
    if (write.after_ms) await pause(write.after_ms)
    const data = write.base64 ? Buffer.from(write.base64, 'base64') : Buffer.from(write.text ?? '')
    for (let count = write.repeat ?? 1; count > 0; count--) await send(responseStream, data)
  }
  if (program.fail) throw new Error('the program fails')
  if (program.exit) {
    await pause(200) // the written bytes leave the process first
    process.exit(1)
  }
  if (program.hang) await pause(2 ** 31 - 1)
  responseStream.end()
})

/** Read the program of a request. */
function readProgram (event) {
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body
  return JSON.parse(body || event.queryStringParameters?.program || '{}')
}

/** Write the prelude and its delimiter, at once or byte by byte. */
async function writePrelude (responseStream, program) {
  const text = program.prelude_text ?? JSON.stringify(program.prelude ?? PRELUDE)
  const delimiter = program.delimiter === false ? 0 : 8
  const data = Buffer.concat([Buffer.from(text), Buffer.alloc(delimiter)])
  for (const part of program.split ? Array.from(data, (byte) => Buffer.of(byte)) : [data]) {
    await send(responseStream, part)
    if (program.split) await pause(1)
  }
}

/** Write data, and wait while the stream has no capacity. */
async function send (responseStream, data) {
  if (!responseStream.write(data)) await once(responseStream, 'drain')
}
