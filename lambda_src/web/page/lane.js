import { gaps, judge } from './verdict.js'
import { drawTimeline, TimeAxis } from './timeline.js'
import { RequestError } from './readers.js'
import { failureIn } from './records.js'

/** The list shows this number of chunks, the newest ones. */
const SHOWN = 200
const SHOWN_CHARACTERS = 500
/** The milliseconds that a frame may wait for each arrival that it draws. */
const DRAWING_MS = 0.01

/** @type {Map<import('./verdict.js').Verdict, boolean>} */
const GOOD = new Map([['streamed', true], ['bursty', false], ['buffered', false]])

/** The axis of lanes that started together. */
export class LaneAxis extends TimeAxis {
  /** @type {Set<Lane>} */
  lanes = new Set()

  constructor () {
    super(1, () => this.lanes.forEach((lane) => lane.draw()))
  }
}

/** One stream on the page: its request, the arrival time of each chunk, and the verdict. */
export class Lane {
  /** @type {import('./readers.js').Arrival[]} */
  #arrivals = []
  #chunks = 0
  #bytes = 0
  /** @type {number | null} */
  #total = null
  #began = performance.now()
  #facts = new Map()
  #frame = 0
  #drawn = 0
  /** @type {string | null} */
  #failure = null
  #abort = new AbortController()
  #axis
  #source
  #parts

  /**
   * @param {string} title
   * @param {LaneAxis} axis
   * @param {() => void} again starts the same stream again
   * @param {import('./sources.js').Source} source
   */
  constructor (title, axis, again, source) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById('lane'))
    const article = template.content.cloneNode(true).firstElementChild
    const part = (selector) => article.querySelector(selector)
    this.element = article
    this.#parts = {
      verdict: part('.verdict'),
      timeline: part('svg'),
      facts: part('dl'),
      list: part('ol'),
      url: part('code'),
      words: part('.words'),
      cancel: part('.cancel'),
      again: part('.again')
    }
    part('h2').textContent = title
    this.#parts.cancel.addEventListener('click', () => this.cancel())
    this.#parts.again.addEventListener('click', again)
    this.#axis = axis
    this.#source = source
    axis.lanes.add(this)
    this.#say('waiting for the first byte')
    this.#tick()
  }

  /** Ends the request when the user cancels its lane. */
  get signal () {
    return this.#abort.signal
  }

  /** The id of the last event, with which a stream can be resumed. */
  lastEventId = ''

  /** Cancel the request. On AWS, the function continues. */
  cancel () {
    this.#abort.abort()
  }

  asks (url) {
    this.#parts.url.textContent = url
  }

  opened (status, headers) {
    this.#fact('Status', String(status))
    const type = headers?.get('content-type')
    if (type) this.#fact('Content type', type.split(';')[0])
  }

  arrived (arrival, records) {
    if (this.#arrivals.length === 0) {
      this.#fact('First byte', written(arrival.at))
      this.#say('streaming')
    }
    this.#arrivals.push(arrival)
    this.#bytes += arrival.bytes
    this.#chunks += records.length
    for (const record of records) {
      if (record.id) this.lastEventId = record.id
      if (this.#source.words) this.#parts.words.append(this.#source.words(record.text))
      this.#failure ??= failureIn(record)
    }
    for (const { text } of records.slice(-SHOWN)) this.#list(`${arrival.at.toFixed(3)} s  ${text}`)
    this.#axis.reach(arrival.at)
  }

  note (text) {
    this.#list(text)
  }

  /** Show the verdict, or the error. */
  ended (problem = null) {
    cancelAnimationFrame(this.#frame)
    this.#total = (performance.now() - this.#began) / 1000
    this.#axis.reach(this.#total)
    const moments = this.#arrivals.map(({ at }) => at)
    const verdict = judge(moments, this.#total, this.#chunks)
    const between = gaps(moments)
    if (between) this.#fact('Gaps: shortest, median, longest', between.map(written).join(', '))
    this.#fact('Chunks', `${this.#chunks} in ${plural(moments.length, 'arrival')}`)
    this.#fact('Bytes', this.#bytes.toLocaleString('en'))
    this.#fact('Total', written(this.#total))
    if (problem === null && this.#failure) this.#say(`${verdict}, with a failure: ${this.#failure}`, false)
    else if (problem === null && verdict === 'buffered' && this.#source.isBuffered) this.#say('buffered, as configured')
    else if (problem === null) this.#say(verdict, GOOD.get(verdict))
    else if (this.signal.aborted) this.#say('canceled', null)
    else if (problem instanceof RequestError) this.#say(problem.message, false)
    else this.#say(`this page failed: ${problem}`, false)
    const focused = document.activeElement === this.#parts.cancel
    this.#parts.cancel.hidden = true
    this.#parts.again.hidden = false
    if (focused) this.#parts.again.focus() // a hidden button would move the focus to the top of the page
    if (this.lastEventId) this.#parts.again.textContent = `Resume after event ${this.lastEventId}`
    this.draw()
  }

  draw () {
    const now = this.#total ?? (performance.now() - this.#began) / 1000
    drawTimeline(this.#parts.timeline, [{ arrivals: this.#arrivals, now }], this.#axis.seconds)
  }

  #tick () {
    const now = performance.now()
    this.#axis.reach((now - this.#began) / 1000)
    if (now - this.#drawn >= DRAWING_MS * this.#arrivals.length) {
      this.#drawn = now
      this.draw()
    }
    this.#frame = requestAnimationFrame(() => this.#tick())
  }

  #say (text, good = null) {
    this.#parts.verdict.textContent = text
    this.element.classList.toggle('good', good === true)
    this.element.classList.toggle('bad', good === false)
    const label = `${plural(this.#arrivals.length, 'arrival')}: ${text}`
    this.#parts.timeline.setAttribute('aria-label', label)
  }

  #fact (name, value) {
    if (!this.#facts.has(name)) {
      const term = document.createElement('dt')
      const definition = document.createElement('dd')
      const pair = document.createElement('div')
      term.textContent = name
      pair.append(term, definition)
      this.#parts.facts.append(pair)
      this.#facts.set(name, definition)
    }
    this.#facts.get(name).textContent = value
  }

  #list (text) {
    const item = document.createElement('li')
    item.textContent = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
    this.#parts.list.append(item)
    if (this.#parts.list.children.length > SHOWN) this.#parts.list.firstElementChild.remove()
  }
}

function written (seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`
}

function plural (count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
