import { expect, it } from 'vitest'
import { train, type StepEvent } from '../src/index.ts'
import { dialRun } from './dial-run.ts'

it('counts a shared prompt once among the tokens of a training pass', async () => {
  const events: StepEvent[] = []
  await train(
    dialRun({ stop: { steps: 1 }, evaluation: undefined, onStep: (event) => events.push(event) }),
  )
  const [{ timing, samples }] = events
  const passed = samples.filter(({ trainLogprobs }) => trainLogprobs)
  const prompts = new Map(passed.map(({ trainedUnder }) => [trainedUnder.join(), trainedUnder]))
  expect(prompts.size).toBeLessThan(passed.length)
  const tokens = [...prompts.values(), ...passed.map(({ response }) => response)].reduce(
    (sum, { length }) => sum + length,
    0,
  )
  const rate = timing['perf/train_tokens_per_second'] * timing['perf/phase/train']
  expect(rate).toBeCloseTo(tokens, 6)
})
