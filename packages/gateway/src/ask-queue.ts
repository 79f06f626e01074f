import type { Generation } from '@icrl/core'
import type { Ask, AskedTurn } from './answer-call.ts'

/** A generation that an agent waits for. */
export interface PendingAsk {
  readonly turn: AskedTurn
  answer(generation: Generation): void
  refuse(error: unknown): void
}

/** Hands what a session asks for to whoever answers one after the other: a training run. */
export interface AskQueue {
  readonly ask: Ask
  /** The next one, in the order in which they were asked; undefined once it is closed. */
  next(): Promise<PendingAsk | undefined>
  /** Refuses those that wait, and all that come. */
  close(error: unknown): void
}

/** An empty queue. */
export function askQueue(): AskQueue {
  const waiting: PendingAsk[] = []
  let wake: () => void = () => undefined
  let closed: { readonly error: unknown } | undefined
  return {
    ask: (turn) =>
      new Promise((answer, refuse) => {
        if (closed) return refuse(closed.error)
        waiting.push({ turn, answer, refuse })
        wake()
      }),
    async next() {
      for (;;) {
        if (waiting.length > 0 || closed) return waiting.shift()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close(error) {
      closed ??= { error }
      for (const { refuse } of waiting.splice(0)) refuse(error)
      wake()
    },
  }
}
