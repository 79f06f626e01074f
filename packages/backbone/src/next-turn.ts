/** Resolves after the event loop has run once: timers, sockets and signals get their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}

const HELD_MS = 15

/**
 * Yields to the event loop whenever long work has blocked it for 15 ms. Never call it inside
 * `tidy`.
 */
export class Pace {
  #since: number = performance.now()

  async breathe(): Promise<void> {
    if (performance.now() - this.#since < HELD_MS) return
    await nextTurn()
    this.#since = performance.now()
  }
}
