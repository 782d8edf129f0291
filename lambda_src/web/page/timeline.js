const SVG = 'http://www.w3.org/2000/svg'
const ROW = 40
const NAME = 20
const AXIS = 24
const TICK = 3
/** The smallest distance between two numbers on the axis, in pixels and as a share of its width. */
const LABEL_DISTANCE = 36
const LABEL_SHARE = 0.1

/** A length in seconds that several timelines share, so that equal times are at equal places. */
export class TimeAxis {
  /**
   * @param {number} seconds
   * @param {() => void} changed is called if the axis grows
   */
  constructor (seconds, changed) {
    this.seconds = seconds
    this.changed = changed
  }

  /** Make the axis at least this long. */
  reach (seconds) {
    if (seconds <= this.seconds) return
    this.seconds = Math.max(seconds, this.seconds * 1.25)
    this.changed()
  }
}

/**
 * Draw arrivals as ticks above one axis of seconds. A tick is taller the more bytes arrived. A line
 * is the wait for the first byte. Arrivals that would cover another tick are added to it, so that
 * the number of ticks is limited by the width.
 *
 * @typedef {{ at: number, bytes: number }} Arrival in seconds after the request
 * @typedef {{ name?: string, kind?: string, arrivals: Arrival[], now: number }} Row
 * @param {SVGSVGElement} svg
 * @param {Row[]} rows `now` is the time so far, or the total time
 * @param {number} seconds the length of the axis
 */
export function drawTimeline (svg, rows, seconds) {
  const width = svg.clientWidth
  if (width === 0) return
  const rowHeight = ROW + (rows.some(({ name }) => name) ? NAME : 0)
  const height = rows.length * rowHeight + AXIS
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.style.height = `${height}px`
  svg.replaceChildren(
    ...axis(width, rows.length * rowHeight, seconds),
    ...rows.flatMap((row, index) => drawRow(row, (index + 1) * rowHeight, width, seconds))
  )
}

function drawRow ({ name, kind = '', arrivals, now }, bottom, width, seconds) {
  const x = (at) => at / seconds * width
  const ticks = []
  for (const { at, bytes } of arrivals) {
    const left = Math.min(x(at), width - TICK)
    if (ticks.length === 0 || left - ticks.at(-1).left >= TICK) ticks.push({ left, bytes: 0 })
    ticks.at(-1).bytes += bytes
  }
  const most = Math.max(1, ...ticks.map(({ bytes }) => bytes))
  return [
    ...(name ? [text(0, bottom - ROW - 6, name, 'name')] : []),
    rect(0, bottom - TICK, x(arrivals.length > 0 ? arrivals[0].at : now), TICK, 'wait'),
    ...ticks.map(({ left, bytes }) => {
      const height = (ROW - 6) * (0.3 + 0.7 * Math.sqrt(bytes / most))
      return rect(left, bottom - height, TICK, height, `tick ${kind}`)
    })
  ]
}

function axis (width, top, seconds) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600]
  const step = steps.find((size) => size / seconds * width >= Math.max(LABEL_DISTANCE, LABEL_SHARE * width)) ?? 900
  const marks = []
  for (let number = 0; number * step <= seconds; number++) {
    const at = number * step
    const x = at / seconds * width
    const label = `${Number(at.toFixed(1))} s`
    marks.push(rect(Math.min(x, width - 1), 0, 1, top, 'grid'))
    if (x < width - 28) marks.push(text(x, top + 18, label, 'label'))
  }
  return [...marks, rect(0, top, width, 1, 'base')]
}

function rect (x, y, width, height, name) {
  return element('rect', { x, y, width, height }, name)
}

function text (x, y, content, name) {
  const made = element('text', { x, y }, name)
  made.textContent = content
  return made
}

function element (tag, numbers, name) {
  const made = document.createElementNS(SVG, tag)
  for (const [key, value] of Object.entries(numbers)) made.setAttribute(key, value.toFixed(2))
  made.setAttribute('class', name)
  return made
}
