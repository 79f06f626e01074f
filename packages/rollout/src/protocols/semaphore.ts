import { reasonOf } from '../sessions/or-aborted.ts'

/** A limited number of places. Who finds none free waits, first come, first served. */
export interface Semaphore {
  /**
   * Takes a place once one is free, and resolves with the function that gives it back. An aborted
   * signal gives the place back, too, or ends the wait with a rejection.
   */
  enter(signal: AbortSignal): Promise<() => void>
}

export function semaphore(places: number): Semaphore {
  const waiting: (() => void)[] = []
  let free = places
  const release = (): void => {
    free++
    waiting.shift()?.()
  }
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(reasonOf(signal))
        let inside = false
        // A session that was aborted while its environment hangs must not keep its place for ever.
        const leave = (): void => {
          signal.removeEventListener('abort', leave)
          if (inside) release()
          else {
            waiting.splice(waiting.indexOf(sit), 1)
            reject(reasonOf(signal))
          }
          inside = false
        }
        const sit = (): void => {
          free--
          inside = true
          resolve(() => inside && leave())
        }
        signal.addEventListener('abort', leave)
        if (free > 0) sit()
        else waiting.push(sit)
      }),
  }
}
