/** Without a terminal, a line for each of so many parts of the whole. */
const LINES = 6

/**
 * Shows how much of a work is done, `(done, total)`: on a terminal in one line that is written over
 * and cleared at the end, otherwise in a line now and then.
 */
export function progressTo(stream, title) {
  let shown = 0
  return (done, total) => {
    const text = `${title}: ${done} of ${total}`
    if (stream.isTTY) {
      stream.write(done === total ? '\r\x1b[K' : `\r${text}\x1b[K`)
    } else if (done === 0 || Math.floor((done * LINES) / total) > shown) {
      shown = Math.floor((done * LINES) / total)
      stream.write(`${text}\n`)
    }
  }
}
