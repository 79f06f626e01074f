import type { PartDelta } from '@icrl/core'
import type { CallReply } from './dialects/dialect.ts'

/**
 * An answer under way. Any number of readers follow it, each at its own pace, from the beginning: a
 * retry joins it, and a slow reader holds up nobody.
 */
export interface LiveCall {
  /** What was said so far and what comes, until the answer ends; throws what it failed with. */
  deltas(): AsyncGenerator<PartDelta>
  /** The whole answer. */
  readonly reply: Promise<CallReply>
}

/** Starts an answer: `work` tells what is said as it comes. */
export function liveCall(work: (say: (delta: PartDelta) => void) => Promise<CallReply>): LiveCall {
  const said: PartDelta[] = []
  let isOver = false
  let wake: (() => void)[] = []
  const notify = (): void => {
    const waiting = wake
    wake = []
    for (const resume of waiting) resume()
  }
  const reply = work((delta) => {
    said.push(delta)
    notify()
  }).finally(() => {
    isOver = true
    notify()
  })
  // Whoever reads the answer gets its error; without readers nobody waits for it.
  reply.catch(() => undefined)
  return {
    reply,
    async *deltas() {
      for (let i = 0; ;) {
        while (i < said.length) yield said[i++]
        if (isOver) break
        await new Promise<void>((resolve) => wake.push(resolve))
      }
      await reply
    },
  }
}
