/**
 * Generations go on side by side; whatever changes the weights waits until none runs, and none
 * begins while it does.
 */
export class WeightsGate {
  #running = 0
  #closed: Promise<void> | undefined
  #whenIdle: (() => void) | undefined

  /** Runs while the weights stay. */
  async shared<T>(action: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#closed
    this.#running++
    try {
      return await action()
    } finally {
      this.#running--
      if (this.#running === 0) this.#whenIdle?.()
    }
  }

  /** Runs alone. Calls must follow each other. */
  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    let open = (): void => undefined
    this.#closed = new Promise((resolve) => (open = resolve))
    try {
      if (this.#running > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
      return await action()
    } finally {
      this.#whenIdle = undefined
      this.#closed = undefined
      open()
    }
  }
}
