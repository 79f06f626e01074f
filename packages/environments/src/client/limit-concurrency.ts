/** Runs calls, at most `limit` at a time; the others wait in order. */
export function limitConcurrency(limit: number): <T>(call: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (call) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await call()
    } finally {
      const next = waiting.shift()
      // The place passes on without being freed in between.
      if (next) next()
      else running--
    }
  }
}
