// Streams its own event as JSON.
/* global awslambda */

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const response = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
  })
  response.write(JSON.stringify(event)) // `end(data)` alone sends no prelude
  response.end()
})
