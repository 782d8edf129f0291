import { ALIKE, SOURCES } from './sources.js'
import { Contrast } from './contrast.js'
import { Lane, LaneAxis } from './lane.js'
import { getJson, readWithEventSource, readWithFetch } from './readers.js'

const form = /** @type {HTMLFormElement} */ (document.getElementById('request'))
const lanes = document.getElementById('lanes')
const { source, format, reader } = form.elements
/** @type {Set<Lane>} */
const running = new Set()

for (const [id, { name }] of Object.entries(SOURCES)) source.append(new Option(name, id))
source.addEventListener('change', showWhatFits)
format.addEventListener('change', showWhatFits)
// A browser shows the error of a field only if the field is visible.
form.addEventListener('invalid', ({ target }) => {
  for (let part = target.closest('details'); part; part = part.parentElement.closest('details')) part.open = true
}, true)
form.addEventListener('submit', (event) => {
  event.preventDefault()
  start(source.value, values(), new LaneAxis())
})
document.getElementById('compare').addEventListener('click', () => {
  if (!ALIKE.includes(source.value)) {
    source.value = ALIKE[0]
    showWhatFits()
  }
  if (!form.reportValidity()) return
  const axis = new LaneAxis()
  for (const id of ALIKE.toReversed()) start(id, { ...values(), format: 'jsonl', reader: 'fetch' }, axis)
})
document.getElementById('clear').addEventListener('click', () => {
  for (const lane of running) lane.cancel()
  lanes.replaceChildren()
  document.getElementById('nothing').hidden = false
})
showWhatFits()
new Contrast(document.getElementById('contrast')).start()

/** Offer the formats and the fields of the source, and EventSource if it can read them. */
function showWhatFits () {
  const { method, formats, fields } = SOURCES[source.value]
  const chosen = format.value
  format.replaceChildren(...formats.map((name) => new Option(name)))
  if (formats.includes(chosen)) format.value = chosen
  for (const name of ['count', 'interval', 'question']) {
    const field = form.elements[name]
    field.disabled = field.closest('label').hidden = !fields.includes(name)
  }
  const eventSource = reader.querySelector('[value=eventsource]')
  eventSource.disabled = method !== undefined || format.value !== 'sse'
  if (eventSource.disabled) reader.value = 'fetch'
}

function values () {
  return Object.fromEntries(new FormData(form))
}

/**
 * Start a stream in a new lane.
 *
 * @param {string} id
 * @param {Record<string, string>} chosen
 * @param {LaneAxis} axis
 * @param {string} lastEventId the event after which the stream resumes
 */
async function start (id, chosen, axis, lastEventId = '') {
  const { name, method = 'GET' } = SOURCES[id]
  // An EventSource cannot start after a given event.
  const goesOn = () => ({ ...chosen, reader: lane.lastEventId ? 'fetch' : chosen.reader })
  const again = () => start(id, goesOn(), new LaneAxis(), lane.lastEventId)
  const lane = new Lane(`${name}, ${method} with ${chosen.reader}`, axis, again, SOURCES[id])
  document.getElementById('nothing').hidden = true
  lanes.prepend(lane.element)
  running.add(lane)
  try {
    await read(id, chosen, lane, lastEventId)
    lane.ended()
  } catch (problem) {
    lane.ended(problem)
  } finally {
    running.delete(lane)
  }
}

async function read (id, chosen, lane, lastEventId) {
  const { method, ask } = SOURCES[id]
  const { signal } = lane
  const url = (path) => new URL(path, chosen.api ? chosen.api.replace(/\/?$/, '/') : document.baseURI)
  const headers = new Headers()
  if (chosen.authorization) headers.set('Authorization', chosen.authorization)
  if (chosen.key) headers.set('X-Api-Key', chosen.key)
  const { path, body } = await ask(chosen, (path) => getJson(url(path), { headers, signal }))
  lane.asks(url(path))
  if (chosen.reader === 'eventsource') return readWithEventSource(url(path), signal, lane)
  if (body) headers.set('Content-Type', 'application/json')
  if (lastEventId) headers.set('Last-Event-ID', lastEventId)
  return readWithFetch(url(path), { method, body, headers, signal }, lane)
}
