// The rules of `streaming-construct probe`, in the same order. A test compares both.

/** Within this time, a stream and a buffered response look the same. */
const INSTANT_SECONDS = 0.02
/** Nor when everything came within this share of the time that the request took. */
const INSTANT_SHARE = 0.05
/** Fewer chunks than this may be spread over so short a time by a reader that paused. */
const FEW_CHUNKS = 8
/** So many spans are looked at, or as many as the 20 ms that tell anything. */
const TELLABLE_CHUNKS = 50

/** @typedef {'streamed' | 'bursty' | 'buffered' | 'inconclusive' | 'empty'} Verdict */

/**
 * Return the verdict on a body from the times of its arrivals.
 *
 * Streamed: half as many bursts as chunks, or an arrival in half of as many equal intervals.
 * Buffered: all data at once. Bursty: all other bodies.
 *
 * @param {number[]} arrivals seconds after the request was sent
 * @param {number} total seconds until the end of the response
 * @param {number} chunks the number of chunks in the body
 * @returns {Verdict}
 */
export function judge (arrivals, total, chunks) {
  if (arrivals.length === 0) return 'empty'
  const span = arrivals[arrivals.length - 1] - arrivals[0]
  const brief = span < INSTANT_SHARE * total
  const instant = span < INSTANT_SECONDS
  const together = brief || instant
  if (chunks < 2 || total < INSTANT_SECONDS || (together && chunks === 2)) return 'inconclusive'
  if (!instant && isSpread(arrivals, span, chunks)) {
    return brief && chunks < FEW_CHUNKS ? 'inconclusive' : 'streamed'
  }
  return together ? 'buffered' : 'bursty'
}

/** Landings forgive a machine that is late at times, spans a flow without a pause. */
function isSpread (arrivals, span, chunks) {
  const pause = span / Math.max(chunks - 1, 1) / 4
  const landings = arrivals.filter((at, index) => index === 0 || at - arrivals[index - 1] >= pause)
  if (2 * landings.length >= chunks) return true
  const spans = Math.min(chunks, Math.max(TELLABLE_CHUNKS, Math.floor(span / INSTANT_SECONDS)))
  const width = span / spans
  // An arrival may lie on the border between two spans, give or take the last bit of a float.
  const hit = new Set(
    arrivals.map((at) => Math.min(Math.floor((at - arrivals[0]) / width + 1e-6), spans - 1))
  )
  return 2 * hit.size >= spans
}

/**
 * Return the shortest, the median and the longest pause between arrivals, in seconds.
 *
 * @param {number[]} arrivals
 * @returns {[number, number, number] | null}
 */
export function gaps (arrivals) {
  const between = arrivals.slice(1).map((at, index) => at - arrivals[index]).sort((a, b) => a - b)
  if (between.length === 0) return null
  return [between[0], between[between.length >> 1], between[between.length - 1]]
}
