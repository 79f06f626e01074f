import type { AttemptTurn } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summarizeTrajectory } from './summarize-trajectory.ts'

const walk = (count: number): AttemptTurn[] =>
  Array.from({ length: count }, (_, i) => ({
    text: `go ${i}`,
    action: `go ${i}`,
    observation: `room ${i}`,
  }))

describe('summarizeTrajectory', () => {
  it('a single answer: its text without the thinking', () => {
    expect(summarizeTrajectory({ turns: [{ text: '<think>hm</think>The answer is 7.' }] })).toBe(
      'The answer is 7.',
    )
  })

  it('turns: numbered actions and observations', () => {
    expect(summarizeTrajectory({ turns: walk(2) })).toBe(
      '1. go 0\n   → room 0\n2. go 1\n   → room 1',
    )
  })

  it('a turn without an action shows what was said', () => {
    expect(
      summarizeTrajectory({
        turns: [{ text: 'I think', observation: 'Say an action.' }, ...walk(1)],
      }),
    ).toContain('1. (no valid action) I think\n   → Say an action.')
  })

  it('cuts long observations in the middle', () => {
    const summary = summarizeTrajectory({
      turns: [
        { text: 'look', action: 'look', observation: `start ${'x'.repeat(5000)} end` },
        ...walk(1),
      ],
    })
    expect(summary.length).toBeLessThan(900)
    expect(summary).toContain('start ')
    expect(summary).toContain(' end')
    expect(summary).toContain('characters left out')
  })

  it('leaves out turns in the middle and says how many', () => {
    const summary = summarizeTrajectory({ turns: walk(100) }, { maxCharacters: 200 })
    expect(summary).toContain('1. go 0')
    expect(summary).toContain('100. go 99\n   → room 99')
    const kept = summary.match(/^\d+\./gm)?.length ?? 0
    expect(summary).toContain(`(${100 - kept} turns left out)`)
  })

  it.each([
    ['no turns', [], '(nothing was done)'],
    ['an answer of nothing', [{ text: '<think>never ended' }], '(no answer)'],
  ])('%s', (_, turns, summary) => expect(summarizeTrajectory({ turns })).toBe(summary))

  it('is bounded and well-formed whatever the attempt', () => {
    const turn = fc.record({
      text: fc.string({ unit: 'grapheme', maxLength: 300 }),
      action: fc.option(fc.string({ maxLength: 100 }), { nil: undefined }),
      observation: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 12 }),
        fc.integer({ min: 1, max: 600 }),
        (turns, maxCharacters) => {
          const summary = summarizeTrajectory(
            { turns },
            { maxCharacters, maxObservationCharacters: 50 },
          )
          expect(summary.length).toBeLessThanOrEqual(maxCharacters)
          expect(() => encodeURIComponent(summary)).not.toThrow()
        },
      ),
    )
  })
})
