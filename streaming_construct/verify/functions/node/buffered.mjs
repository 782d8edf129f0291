// Returns what the request asks for: the response of a BUFFERED integration.
//
// The program is the JSON body, or the query parameter `program`. Its members:
//   response         the result of the handler
//   repeat           how often the body of the response is repeated
//   before_ms        the pause before the result
//   fail             whether to throw an error
// Without a program, the body of the response is the event.
import { setTimeout as pause } from 'node:timers/promises'

export const handler = async (event) => {
  const text = event.body || event.queryStringParameters?.program
  if (!text) {
    const headers = { 'Content-Type': 'application/json' }
    return { statusCode: 200, headers, body: JSON.stringify(event) }
  }
  const { response, repeat, before_ms: before, fail } = JSON.parse(text)
  await pause(before ?? 0)
  if (fail) throw new Error('the program fails')
  return repeat ? { ...response, body: response.body.repeat(repeat) } : response
}
