import { drawTimeline, TimeAxis } from './timeline.js'
import { readWithFetch } from './readers.js'

/** The text has 29 words: as many chunks, and a last one that marks the end. */
const COUNT = 29
const INTERVAL_SECONDS = 0.2
/** Long enough for the complete response and the start of a function. */
const AXIS_SECONDS = 7
/** The pause between two updates of the running time. */
const CLOCK_MS = 100

/**
 * Sends the same request to a streamed and to a buffered route, and shows both on one time axis.
 */
export class Contrast {
  #root
  #run = null

  /** @param {HTMLElement} root has a panel for each route, the timeline, and the summary */
  constructor (root) {
    this.#root = root
    root.querySelector('.run').addEventListener('click', () => this.start())
    addEventListener('resize', () => this.#run?.draw())
  }

  /** Start both requests at the same time, after canceling those that still run. */
  async start () {
    this.#run?.cancel()
    const run = new Run(this.#root)
    this.#run = run
    const summary = this.#root.querySelector('.summary')
    summary.textContent = ''
    await run.finish()
    if (run === this.#run) summary.textContent = run.summary()
  }
}

/** One comparison: two requests that started at the same time. */
class Run {
  #abort = new AbortController()
  #axis = new TimeAxis(AXIS_SECONDS, () => this.draw())
  #began = performance.now()
  #chart
  #frame = 0
  #panels

  constructor (root) {
    this.#chart = root.querySelector('svg')
    this.#panels = [...root.querySelectorAll('article')].map((article) => new Panel(article))
    this.#tick()
  }

  cancel () {
    this.#abort.abort()
    cancelAnimationFrame(this.#frame)
  }

  async finish () {
    const { signal } = this.#abort
    await Promise.all(this.#panels.map((panel) => panel.read(signal)))
    if (signal.aborted) return
    cancelAnimationFrame(this.#frame)
    this.draw()
  }

  draw () {
    const now = (performance.now() - this.#began) / 1000
    const rows = this.#panels.map((panel) => panel.row(now))
    drawTimeline(this.#chart, rows, this.#axis.seconds)
  }

  summary () {
    const [streamed, buffered] = this.#panels
    const first = [streamed, buffered].map((panel) => panel.firstByteAt)
    if (first.includes(null)) return 'A request failed. The panel shows the reason.'
    return `The first word arrived after ${seconds(first[0])} in the streamed response, and after ` +
      `${seconds(first[1])} in the buffered response.`
  }

  #tick () {
    const now = (performance.now() - this.#began) / 1000
    this.#axis.reach(now)
    for (const panel of this.#panels) panel.showClock(now)
    this.draw()
    this.#frame = requestAnimationFrame(() => this.#tick())
  }
}

/** One response: its words, its time to first byte, and its arrival times. */
class Panel {
  /** @type {import('./readers.js').Arrival[]} */
  #arrivals = []
  #article
  #clockAt = -Infinity
  #figure
  /** @type {number | null} */
  #total = null
  #words

  constructor (article) {
    this.#article = article
    this.#figure = article.querySelector('.figure')
    this.#words = article.querySelector('.words')
    this.#figure.textContent = '…'
    this.#words.textContent = ''
    article.classList.remove('arrived', 'failed')
  }

  /** @returns {number | null} seconds after the request, null before the first byte */
  get firstByteAt () {
    return this.#arrivals.length > 0 ? this.#arrivals[0].at : null
  }

  /** Read the response of this panel's route. Its failure is shown in the panel. */
  async read (signal) {
    const query = new URLSearchParams({ count: String(COUNT), interval: String(INTERVAL_SECONDS) })
    const url = new URL(`${this.#article.dataset.path}?${query}`, document.baseURI)
    const began = performance.now()
    try {
      await readWithFetch(url, { signal }, {
        opened: () => {},
        note: () => {},
        arrived: (arrival, records) => signal.aborted || this.#show(arrival, records)
      })
    } catch (error) {
      if (signal.aborted) return
      this.#words.textContent = error.message
      this.#article.classList.add('failed')
      if (this.firstByteAt === null) this.#figure.textContent = '–'
    }
    this.#total = (performance.now() - began) / 1000
  }

  /** Show the running time until the first byte, unless the reader prefers less motion. */
  showClock (now) {
    if (this.firstByteAt !== null || this.#total !== null) return
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    if (1000 * (now - this.#clockAt) < CLOCK_MS) return
    this.#clockAt = now
    this.#figure.textContent = `${now.toFixed(1)} s`
  }

  row (now) {
    const name = this.#article.querySelector('h2').textContent
    return { name, kind: this.#article.className.split(' ')[0], arrivals: this.#arrivals, now: this.#total ?? now }
  }

  #show (arrival, records) {
    this.#arrivals.push(arrival)
    if (this.#arrivals.length === 1) {
      this.#figure.textContent = seconds(arrival.at)
      this.#article.classList.add('arrived')
    }
    const words = records.map(({ text }) => JSON.parse(text)).filter(({ event }) => event === 'token')
    // One text node for each arrival, so that a buffered text appears in one step.
    if (words.length > 0) this.#words.append(words.map(({ text }) => `${text} `).join(''))
  }
}

function seconds (value) {
  return `${value.toFixed(2)} s`
}
