/** Runs calls, at most `limit` at a time; the others wait in order. */
export function limitConcurrency(limit: number): <T>(call: () => Promise<T>) => Promise<T> {
  let running = 0
  let waiting: (() => void)[] = []
  let first = 0
  const pass = (): void => {
    const next = waiting[first]
    // The place passes to the next call without being freed in between.
    if (!next) return void running--
    first++
    if (first > 1000) {
      waiting = waiting.slice(first)
      first = 0
    }
    next()
  }
  return async (call) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await call()
    } finally {
      pass()
    }
  }
}
