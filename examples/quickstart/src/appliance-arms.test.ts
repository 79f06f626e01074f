import { fileURLToPath } from 'node:url'
import { isRebound, type Sample, type SessionResult } from '@icrl/core'
import { train } from '@icrl/trainer'
import { buildRun, loadRunConfig } from 'icrl'
import { beforeAll, describe, expect, it } from 'vitest'
import { APPLIANCE_VOCABULARY, PLACES } from './appliance-vocabulary.ts'
import { firstAttemptsOnly } from '@icrl/example-experiments'
import { TASKS } from './run-arm.ts'

/** One step of an arm from its committed model; a few games are evaluated. */
async function oneStep(
  task: string,
  arm: string,
): Promise<{
  samples: readonly Sample[]
  sessions: readonly SessionResult[]
  mismatch: number | undefined
}> {
  const loaded = await loadRunConfig(
    fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)),
  )
  await using run = await buildRun(loaded, '.', { steps: 1, seed: 5 })
  const seen: { samples: readonly Sample[]; sessions: readonly SessionResult[] } = {
    samples: [],
    sessions: [],
  }
  const { metrics } = await train({
    ...run.options,
    recipe: firstAttemptsOnly(run.options.recipe),
    evaluation: undefined,
    onStep: ({ samples, sessions }) => Object.assign(seen, { samples, sessions }),
  })
  return { ...seen, mismatch: metrics[0]['policy/mismatch_max'] }
}

const words = (ids: Iterable<number>): string[] => Array.from(ids, (id) => APPLIANCE_VOCABULARY[id])

describe.each(['triple', 'leak'])('%s: one step of ICRL', (task) => {
  let step: Awaited<ReturnType<typeof oneStep>>
  beforeAll(async () => {
    step = await oneStep(task, 'icrl')
  }, 60_000)

  it('masks what was observed and nothing else, under 40 tokens', () => {
    for (const { keys, response, mask, behaviorLogprobs, sampledUnder } of step.samples) {
      expect(sampledUnder.length + response.length).toBeLessThan(keys.role === 'solver' ? 40 : 30)
      response.forEach((_, t) => mask[t] === 0 && expect(behaviorLogprobs[t]).toBe(0))
      if (keys.role === 'critic') expect(mask.every((one) => one === 1)).toBe(true)
      else
        expect(
          words(response.filter((_, t) => mask[t] === 1)).some((word) => PLACES.includes(word)),
        ).toBe(false)
    }
    const solvers = step.samples.filter(({ keys }) => keys.role === 'solver')
    const seen = solvers.flatMap(({ response, mask }) =>
      words(response.filter((_, t) => mask[t] === 0)),
    )
    expect(seen.some((word) => PLACES.includes(word))).toBe(true)
  })

  it('trains revisions without their tips, a leaked place at a small weight', () => {
    const revisions = step.samples.filter(isRebound)
    expect(revisions.length).toBeGreaterThan(30)
    const takings: number[] = []
    for (const { sampledUnder, trainedUnder, response, mask, weights } of revisions) {
      expect(words(sampledUnder)).toContain('tips')
      expect(words(trainedUnder)).not.toContain('tips')
      const first = mask.indexOf(1)
      if (words(response)[first].startsWith('take-')) takings.push(weights![first])
    }
    expect(takings.length).toBeGreaterThan(revisions.length / 2)
    expect(takings.reduce((sum, weight) => sum + weight, 0) / takings.length).toBeLessThan(0.1)
  })

  it('samples and trains with the same log-probabilities', () => expect(step.mismatch).toBe(0))
})

it.each(Object.entries(TASKS).flatMap(([task, arms]) => arms.map((arm) => [task, arm])))(
  '%s/%s is a configuration that steps',
  async (task, arm) => {
    const { samples, sessions } = await oneStep(task, arm)
    expect(samples.length).toBeGreaterThan(0)
    expect(sessions.every(({ failure }) => failure === undefined)).toBe(true)
  },
  60_000,
)
