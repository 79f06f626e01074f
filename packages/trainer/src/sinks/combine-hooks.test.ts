import { expect, it } from 'vitest'
import { dialRun } from '../../test/dial-run.ts'
import { train } from '../train.ts'
import { combineHooks } from './combine-hooks.ts'

it('calls every hook in turn, and lets their errors end the run', async () => {
  const calls: string[] = []
  const hooks = combineHooks(
    { onStart: () => calls.push('start 1') },
    {},
    {
      onStart: () => calls.push('start 2'),
      onStep: ({ step }) => calls.push(`step ${step}`),
      onEvaluation: ({ step }) => calls.push(`evaluation ${step}`),
    },
  )
  await train(dialRun({ stop: { steps: 2 }, ...hooks }))
  expect(calls).toEqual(['start 1', 'start 2', 'evaluation 0', 'step 0', 'step 1', 'evaluation 2'])
  const failing = combineHooks({
    onStep: () => {
      throw new Error('mine')
    },
  })
  await expect(train(dialRun({ stop: { steps: 2 }, ...failing }))).rejects.toThrow('mine')
})
