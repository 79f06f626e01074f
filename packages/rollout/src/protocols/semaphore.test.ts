import { describe, expect, it } from 'vitest'
import { semaphore } from './semaphore.ts'

const never = new AbortController().signal
/** A turn of the event loop: whatever can settle by itself has settled. */
const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('semaphore', () => {
  it('lets so many in, the others in turn, and nobody out twice', async () => {
    const room = semaphore(2)
    const inside: number[] = []
    const doors: (() => void)[] = []
    for (const i of [0, 1, 2, 3])
      void room.enter(never).then((leave) => (inside.push(i), (doors[i] = leave)))
    await soon()
    expect(inside).toEqual([0, 1])
    doors[0]()
    doors[0]()
    await soon()
    expect(inside).toEqual([0, 1, 2])
    doors[1]()
    await soon()
    expect(inside).toEqual([0, 1, 2, 3])
  })

  it('gives the place of an aborted session on, and forgets one that waited', async () => {
    const room = semaphore(1)
    const hangs = new AbortController()
    const impatient = new AbortController()
    const leaveLate = await room.enter(hangs.signal)
    const waits = room.enter(impatient.signal)
    const next = room.enter(never)
    impatient.abort(new Error('too long'))
    await expect(waits).rejects.toThrow('too long')
    hangs.abort()
    const leave = await next
    leaveLate()
    const last = room.enter(never)
    let entered = false
    void last.then(() => (entered = true))
    await soon()
    expect(entered).toBe(false)
    leave()
    await last
  })

  it('turns away who comes aborted, and has room for all without a limit', async () => {
    await expect(semaphore(1).enter(AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
    const room = semaphore(Infinity)
    await Promise.all(Array.from({ length: 50 }, () => room.enter(new AbortController().signal)))
  })
})
