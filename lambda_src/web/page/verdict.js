/** Faster than this, no network can be told from a server that sends all at once. */
const INSTANT_SECONDS = 0.02
/** Nor when everything came within this share of the time that the request took. */
const INSTANT_SHARE = 0.05

/**
 * Say from the moments of arrival whether a body streamed.
 *
 * Streamed: an arrival in half or more of as many even spans as there are chunks. In one piece: all
 * of it at once, at the end. In bursts: anything between.
 *
 * @param {number[]} arrivals seconds after the request was sent
 * @param {number} total seconds until the answer ended
 * @param {number} chunks how many the body says it has
 * @returns {{ word: string, good: boolean | null }}
 */
export function judge (arrivals, total, chunks) {
  if (arrivals.length === 0) return { word: 'nothing came', good: null }
  const span = arrivals[arrivals.length - 1] - arrivals[0]
  const together = span < Math.max(INSTANT_SECONDS, INSTANT_SHARE * total)
  if (chunks < 3 || total < INSTANT_SECONDS) return { word: 'too little to tell', good: null }
  if (together) return { word: 'in one piece', good: false }
  const spans = Math.min(chunks, 50)
  const hit = new Set(
    arrivals.map((at) => Math.min(Math.floor((at - arrivals[0]) / span * spans), spans - 1))
  )
  return 2 * hit.size >= spans ? { word: 'streamed', good: true } : { word: 'in bursts', good: false }
}

/**
 * Give the shortest, the median and the longest pause between arrivals, in seconds.
 *
 * @param {number[]} arrivals
 * @returns {[number, number, number] | null}
 */
export function gaps (arrivals) {
  const between = arrivals.slice(1).map((at, index) => at - arrivals[index]).sort((a, b) => a - b)
  if (between.length === 0) return null
  return [between[0], between[between.length >> 1], between[between.length - 1]]
}
