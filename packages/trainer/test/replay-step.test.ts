import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, type Sample } from '@icrl/core'
import { clippedSurrogate } from '@icrl/objective'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { train } from '../src/index.ts'
import { replayStep } from '../src/node.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { scratchFolder } from './scratch-folder.ts'

let directory: string
const recipe = dialIcrl({ minibatches: 2 })
beforeAll(async () => {
  directory = await scratchFolder('replay')
  await train(dialRun({ directory, recipe }))
})
afterAll(() => rm(directory, { recursive: true }))

async function storedSamples(step: number): Promise<Sample[]> {
  const lines = (await readFile(join(directory, 'samples', `step-0000${step}.jsonl`), 'utf8'))
    .trimEnd()
    .split('\n')
  return lines.map(decodeSample)
}

describe('replayStep', () => {
  it.each([
    { step: 0, from: 0 },
    { step: 1, from: 0 },
    { step: 4, from: 4 },
    { step: 5, from: 4 },
  ])(
    'computes step $step again, bit for bit, from the checkpoint of step $from',
    async ({ step, from }) => {
      const replayed = await replayStep({ options: dialRun({ recipe }), directory, step })
      expect(replayed.from).toBe(from)
      expect(replayed.metrics).toEqual(replayed.stored)
      expect(replayed.samples).toEqual(await storedSamples(step))
      expect(replayed.metrics['policy/grad_norm']).toBeGreaterThan(0)
    },
  )

  it('says what another clip or none of the weights would have done', async () => {
    const clipped = await replayStep({
      options: dialRun({ recipe }),
      directory,
      step: 5,
      change: (original) => ({
        ...original,
        objective: clippedSurrogate({ clipLow: 0.001, clipHigh: 0.001 }),
      }),
    })
    expect(clipped.metrics['policy/clip_fraction']).toBeGreaterThan(
      clipped.stored['policy/clip_fraction'],
    )
    const unweighted = await replayStep({
      options: dialRun({ recipe }),
      directory,
      step: 5,
      change: (original) => ({ ...original, weights: undefined }),
    })
    expect(unweighted.metrics).not.toHaveProperty('calibration/weight_mean')
    expect(unweighted.stored).toHaveProperty('calibration/weight_mean')
    expect(unweighted.metrics['policy/grad_norm']).not.toBe(unweighted.stored['policy/grad_norm'])
  })

  it('refuses options that train would refuse, and a changed recipe that it would', async () => {
    await expect(
      replayStep({ options: dialRun({ recipe, stop: { steps: 0 } }), directory, step: 0 }),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('stop.steps is 0.'),
    })
    const change = (original: typeof recipe): typeof recipe => ({ ...original, minibatches: 1.5 })
    await expect(
      replayStep({ options: dialRun({ recipe }), directory, step: 0, change }),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('recipe.minibatches is 1.5.'),
    })
  })

  it('names the steps there are, and the samples it lacks', async () => {
    await expect(replayStep({ options: dialRun({ recipe }), directory, step: 9 })).rejects.toThrow(
      'It has steps 0 to 5.',
    )
    await expect(
      replayStep({ options: dialRun({ recipe }), directory: join(directory, 'nowhere'), step: 0 }),
    ).rejects.toMatchObject({ code: 'missing-file' })
    const third = join(directory, 'samples', 'step-00003.jsonl')
    const whole = await readFile(third, 'utf8')
    await writeFile(third, whole.slice(0, whole.length >> 1))
    await expect(
      replayStep({ options: dialRun({ recipe }), directory, step: 3 }),
    ).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringMatching(/step-00003\.jsonl, line \d+: encoded sample is not JSON/),
    })
    await rm(third)
    await expect(replayStep({ options: dialRun({ recipe }), directory, step: 3 })).rejects.toThrow(
      /step-00003\.jsonl.*Steps that can be computed again: 0 to 2, 4 to 5\./s,
    )
    const metrics = join(directory, 'metrics.jsonl')
    const lines = await readFile(metrics, 'utf8')
    await writeFile(metrics, lines.replace('{"step":2', '{"step:2'))
    await expect(
      replayStep({ options: dialRun({ recipe }), directory, step: 5 }),
    ).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringContaining('metrics.jsonl, line 3'),
    })
    await writeFile(metrics, lines)
    await appendFile(join(directory, 'checkpoints', 'step-00004', 'state.json'), ' ')
    await expect(
      replayStep({ options: dialRun({ recipe }), directory, step: 4 }),
    ).rejects.toMatchObject({ code: 'corrupt-file' })
  })
})
