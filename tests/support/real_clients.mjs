// What a page or a Node.js program does with a stream, and a report of what it saw, and when.
// The same code runs in Node.js and in a browser; only `EventSource` is handed in.

/** Read an answer with `fetch`, chunk by chunk. */
export async function fetched(url, { method = "GET", body } = {}) {
  const seen = { status: null, arrivals: [], errors: [] };
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    const response = await fetch(url, { method, body, headers });
    seen.status = response.status;
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      seen.arrivals.push([performance.now() / 1000, text]);
    }
  } catch (error) {
    seen.errors.push(`${error.name}: ${error.message}`);
  }
  return seen;
}

/** Follow events, across reconnections, up to the one called `end` or to an error for good. */
export function followed(EventSource, url) {
  return new Promise((resolve) => {
    const seen = { status: null, arrivals: [], errors: [] };
    const source = new EventSource(url);
    source.onopen = () => (seen.status = 200);
    source.onmessage = ({ lastEventId, data }) =>
      seen.arrivals.push([performance.now() / 1000, `${lastEventId} ${data}`]);
    source.onerror = ({ code }) => {
      const closed = source.readyState === source.CLOSED;
      seen.status ??= code ?? null; // npm's tells the status, a browser's never does
      seen.errors.push(closed ? "closed" : "reconnecting");
      if (closed) resolve(seen);
    };
    source.addEventListener("end", () => {
      source.close();
      resolve(seen);
    });
  });
}
