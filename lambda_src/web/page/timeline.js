const SVG = 'http://www.w3.org/2000/svg'
const HEIGHT = 48
const TICK = 3

/**
 * Draw arrivals as ticks on an axis of seconds: the taller, the more bytes; the wait before the
 * first is a bar.
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
  const most = Math.max(1, ...arrivals.map(({ bytes }) => bytes))
  const first = arrivals.length > 0 ? arrivals[0].at : now
  svg.replaceChildren(
    rect(0, HEIGHT - TICK, x(first), TICK, 'wait'),
    ...arrivals.map(({ at, bytes }) => {
      const height = HEIGHT * (0.25 + 0.75 * Math.sqrt(bytes / most))
      return rect(Math.min(x(at), width - TICK), HEIGHT - height, TICK, height)
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
