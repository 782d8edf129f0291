const SVG = 'http://www.w3.org/2000/svg'
const HEIGHT = 48
const TICK = 3

/**
 * Draw arrivals as ticks on an axis of seconds: the taller, the more bytes; the wait before the
 * first is a bar. What would cover another tick is added to it, so that there are never more of
 * them than there is room for.
 *
 * @param {SVGSVGElement} svg
 * @param {{ at: number, bytes: number }[]} arrivals
 * @param {number} now seconds so far, or in all
 * @param {number} seconds the length of the axis
 */
export function drawTimeline (svg, arrivals, now, seconds) {
  const width = svg.clientWidth
  const x = (at) => at / seconds * width
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`)
  const first = arrivals.length > 0 ? arrivals[0].at : now
  const ticks = []
  let most = 1
  for (const { at, bytes } of arrivals) {
    const left = Math.min(x(at), width - TICK)
    if (ticks.length === 0 || left - ticks.at(-1).left >= TICK) ticks.push({ left, bytes: 0 })
    const tick = ticks.at(-1)
    tick.bytes += bytes
    most = Math.max(most, tick.bytes)
  }
  svg.replaceChildren(
    rect(0, HEIGHT - TICK, x(first), TICK, 'wait'),
    ...ticks.map(({ left, bytes }) => {
      const height = HEIGHT * (0.25 + 0.75 * Math.sqrt(bytes / most))
      return rect(left, HEIGHT - height, TICK, height)
    })
  )
}

function rect (x, y, width, height, name = '') {
  const element = document.createElementNS(SVG, 'rect')
  for (const [key, value] of Object.entries({ x, y, width, height })) {
    element.setAttribute(key, value.toFixed(2))
  }
  if (name) element.setAttribute('class', name)
  return element
}
