import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { selectSessions } from './select-sessions.ts'
import type { SessionEntry } from './survey-run.ts'

const entry = (
  step: number,
  rewards: readonly number[],
  hasCritique = rewards.length > 1,
): SessionEntry => ({ step, task: `t${step}`, session: 0, rewards, hasCritique })
const chosen = (entries: readonly SessionEntry[], count: number, seed = 0): string[] =>
  selectSessions(entries, { count, seed }).map((one) => `${one.entry.step} ${one.chosen.join('+')}`)

describe('selectSessions', () => {
  it('takes the first, the last, the best and the worst before any drawn one, in order of the run', () => {
    const entries = [
      entry(0, [0]),
      entry(1, [1]),
      entry(2, [0, 1]),
      entry(3, [0, 0]),
      entry(4, [1]),
      entry(5, [0.5]),
    ]
    expect(chosen(entries, 4)).toEqual(['0 first', '2 best', '3 worst', '5 last'])
  })

  it('names every reason a session has', () => {
    expect(chosen([entry(0, [0, 1]), entry(1, [0])], 4)).toEqual(['0 first+best', '1 last+worst'])
    expect(chosen([entry(0, [1])], 9)).toEqual(['0 first+last+best+worst'])
  })

  it('of nothing, or room for nothing, takes nothing', () => {
    expect(chosen([], 4)).toEqual([])
    expect(chosen([entry(0, [1])], 0)).toEqual([])
  })

  it('passes over sessions without an attempt for best and worst', () => {
    expect(chosen([entry(0, []), entry(1, [0.5]), entry(2, [])], 3)).toEqual([
      '0 first',
      '1 best+worst',
      '2 last',
    ])
  })

  it('draws every second one from those with a critique', () => {
    const entries = Array.from({ length: 400 }, (_, step) =>
      entry(step, step % 40 === 7 ? [0, 0.2] : [0.5]),
    )
    const drawn = selectSessions(entries, { count: 20, seed: 1 }).filter((one) =>
      one.chosen.includes('drawn'),
    )
    expect(drawn.filter((one) => one.entry.hasCritique).length).toBeGreaterThanOrEqual(8)
    expect(drawn.filter((one) => !one.entry.hasCritique).length).toBeGreaterThan(4)
  })

  it('fills the room it has, never twice, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom(0, 0.5, 1), { maxLength: 2 }), { maxLength: 60 }),
        fc.nat(50),
        fc.nat(5),
        (rewards, count, seed) => {
          const entries = rewards.map((one, step) => entry(step, one))
          const found = chosen(entries, count, seed)
          expect(found).toHaveLength(Math.min(count, entries.length))
          expect(new Set(found.map((text) => text.split(' ')[0])).size).toBe(found.length)
          expect(chosen(entries, count, seed)).toEqual(found)
        },
      ),
    )
  })
})
