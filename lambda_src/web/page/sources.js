/**
 * The streams of the page: the request of each, and the formats of its response.
 *
 * @typedef {{ count: string, interval: string, format: string, question: string }} Values
 * @typedef {{ path: string, body?: string }} Ask
 * @typedef {(path: string) => Promise<any>} Get reads JSON from the same API
 * @typedef {{
 *   name: string,
 *   method?: string,
 *   formats: string[],
 *   fields: string[],
 *   ask: (values: Values, get: Get) => Ask | Promise<Ask>,
 *   words?: (text: string) => string,
 *   isBuffered?: boolean
 * }} Source `words` finds the text in a chunk. `isBuffered` is true if
 *   API Gateway buffers the response
 */

const query = (path, values) => `${path}?${new URLSearchParams(values)}`

/** @type {Record<string, Source>} */
export const SOURCES = {
  stream: {
    name: 'Python, Web Adapter',
    formats: ['sse', 'jsonl', 'text'],
    fields: ['count', 'interval'],
    ask: ({ format, count, interval }) =>
      ({ path: query('stream', { format, pattern: 'tokens', count, interval }) })
  },
  words: {
    name: 'Python, no adapter',
    formats: ['jsonl'],
    fields: ['count', 'interval'],
    ask: ({ count, interval }) => ({ path: query('words', { count, interval }) })
  },
  node: {
    name: 'Node.js',
    formats: ['sse', 'jsonl', 'text'],
    fields: ['count', 'interval'],
    ask: ({ format, count, interval }) => ({ path: query('node', { format, count, interval }) })
  },
  buffered: {
    name: 'Python, buffered',
    formats: ['jsonl'],
    fields: ['count', 'interval'],
    ask: ({ count, interval }) => ({ path: query('buffered', { count, interval }) }),
    isBuffered: true
  },
  events: {
    name: 'Events that can be resumed',
    formats: ['sse'],
    fields: ['count', 'interval'],
    ask: ({ count, interval }) => ({ path: query('events', { count, interval }) })
  },
  chat: {
    name: 'Chat',
    method: 'POST',
    formats: ['sse'],
    fields: ['question'],
    ask: async ({ question }, get) => {
      const { data: [{ id: model }] } = await get('v1/models')
      const messages = [{ role: 'user', content: question }]
      return { path: 'v1/chat/completions', body: JSON.stringify({ model, messages, stream: true }) }
    },
    words: (text) => text === '[DONE]' ? '' : JSON.parse(text).choices?.[0]?.delta.content ?? ''
  },
  job: {
    name: 'Job that takes a while',
    method: 'POST',
    formats: ['sse', 'jsonl', 'text'],
    fields: [],
    ask: ({ format }) => ({ path: query('jobs', { format }) })
  },
  export: {
    name: 'Export of 100,000 rows',
    formats: ['jsonl'],
    fields: [],
    ask: () => ({ path: query('export', { rows: '100000' }) })
  },
  health: {
    name: 'Health, buffered',
    formats: ['json'],
    fields: [],
    ask: () => ({ path: 'health' })
  }
}

/** The handlers that do the same work, to compare on one axis. */
export const ALIKE = ['stream', 'words', 'node', 'buffered']
