// Runs the Node.js handler as Lambda does, with a stand-in for the runtime's `awslambda`, and prints
// one JSON object a line: the metadata, each write with the milliseconds since the start, the end.
import { Writable } from 'node:stream'

const [handlerFile, options] = process.argv.slice(2)
const { event, writeMs = 0, closeAfter = Infinity } = JSON.parse(options)
const start = performance.now()
const tell = (what) => console.log(JSON.stringify({ at: performance.now() - start, ...what }))

let writes = 0
const body = new Writable({
  highWaterMark: 1,
  write (data, _, done) {
    tell({ data: data.toString() })
    if (++writes >= closeAfter) this.destroy()
    else if (writeMs > 0) setTimeout(done, writeMs)
    else done()
  },
})

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from (stream, metadata) {
      tell({ metadata })
      return stream
    },
  },
}

const { handler } = await import(handlerFile)
try {
  await handler(event, body, {})
  tell({ ended: body.writableEnded })
} catch (error) {
  tell({ error: error.code ?? error.message })
}
