import type { StepEvent } from '@icrl/trainer'
import { expect, it } from 'vitest'
import { warnOfNoSpread } from './no-spread.ts'

function notesOf(shares: readonly number[], firstStep = 0, gradient = 0): string[] {
  const notes: string[] = []
  const hook = warnOfNoSpread((line) => notes.push(line))
  shares.forEach((share, i) =>
    hook({
      step: firstStep + i,
      metrics: {
        'groups/zero_variance_solver': share,
        'accuracy/first': 0,
        'policy/grad_norm': gradient,
      },
    } as unknown as StepEvent),
  )
  return notes
}

it('speaks once, after the second step without any spread', () => {
  expect(notesOf([1])).toEqual([])
  expect(notesOf([1, 1, 1, 1])).toEqual([
    expect.stringMatching(/^In the first 2 steps .*\(success 0%\)\. icrl probe CONFIG/),
  ])
})

it('is silent where some group had a spread, and in a run that is resumed', () => {
  expect(notesOf([1, 0.9, 1])).toEqual([])
  expect(notesOf([1, 1], 40)).toEqual([])
})

it('is silent where something is learned all the same, as of a pseudo-sample', () => {
  expect(notesOf([1, 1], 0, 0.5)).toEqual([])
})
