import { describe, expect, it } from 'vitest'
import type { Objective, ObjectiveInput, ObjectiveResult } from '../objective.ts'
import { testObjective } from './test-objective.ts'

/** −Σ c·A·ρ: right by construction. */
const ratio: Objective = {
  name: 'ratio',
  evaluate: (unit) => unit.map(one),
}

function one({
  logprobs,
  oldLogprobs = logprobs,
  coefficients,
  advantages,
  mask,
}: ObjectiveInput): ObjectiveResult {
  const losses = Float32Array.from(logprobs, (logprob, t) =>
    mask[t]
      ? -coefficients[t] * advantages[t] * Math.exp(Math.min(logprob - oldLogprobs[t], 60))
      : 0,
  )
  let value = 0
  logprobs.forEach((logprob, t) => {
    if (mask[t])
      value -= coefficients[t] * advantages[t] * Math.exp(Math.min(logprob - oldLogprobs[t], 60))
  })
  return { value, losses, gradient: Float32Array.from(losses) }
}

const failures = async (objective: Objective): Promise<string[]> => {
  const failed: string[] = []
  for (const { name, run } of testObjective(objective))
    await run().catch(() => failed.push(name.replace(`${objective.name}: `, '')))
  return failed
}

const broken = (
  name: string,
  change: (result: ObjectiveResult, input: ObjectiveInput) => ObjectiveResult,
): Objective => ({
  name,
  evaluate: (unit) => unit.map((input) => change(one(input), input)),
})

describe('testObjective', () => {
  it('passes a right objective', async () => {
    expect(await failures(ratio)).toEqual([])
  })

  it.each([
    [
      'a gradient of the other sign',
      broken('sign', (result) => ({ ...result, gradient: result.gradient.map((g) => -g) })),
      'the gradient in every log-probability equals central differences',
    ],
    [
      'a gradient off by a ten-thousandth',
      broken('off', (result) => ({ ...result, gradient: result.gradient.map((g) => g + 1e-4) })),
      'the gradient in every log-probability equals central differences',
    ],
    [
      'a value that is not the sum',
      broken('value', (result) => ({
        ...result,
        value: result.value * 2,
        gradient: result.gradient.map((g) => g * 2),
      })),
      'the value is the sum of the token losses',
    ],
    [
      'masked positions that leak',
      broken('leak', (result, { logprobs, mask }) => ({
        ...result,
        value: result.value + (mask.includes(0) ? logprobs[mask.indexOf(0)] : 0),
      })),
      'masked positions do not matter',
    ],
    [
      'an input it writes to',
      broken('write', (result, { logprobs }) => ((logprobs[0] += 1), result)),
      'inputs stay as they were',
    ],
    [
      'an entropy gradient it has not',
      broken('entropy', (result) => ({ ...result, entropyGradient: result.gradient })),
      'the gradient in every entropy equals central differences',
    ],
    [
      'NaN at extreme ratios',
      broken('nan', (result) => ({
        ...result,
        value: Math.abs(result.value) > 1e10 ? Number.NaN : result.value,
      })),
      'extreme ratios give finite numbers',
    ],
  ])('catches %s', async (_, objective, check) => {
    expect(await failures(objective)).toContain(check)
  })
})
