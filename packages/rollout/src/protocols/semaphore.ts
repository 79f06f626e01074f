import { reasonOf } from '../sessions/or-aborted.ts'

/** A room with so many places; who comes later waits, first come first served. */
export interface Semaphore {
  /**
   * Resolves with the way out once there is a place. An aborted signal leaves too, or stops
   * waiting.
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
        // A session given up while its environment hangs must not keep the place for ever.
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
