import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeSample, type Sample } from '@icrl/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HOW_TO_LINK,
  linkedTensorflow,
} from '../../../packages/backbone/test/tensorflow/linked-binding.ts'
import { hasAddon } from '../../../packages/tfjs-native/test/native.ts'
import { TASKS } from './run-arm.ts'

// Both backends for a minute, so with ICRL_FULL alone.
const isMissing = linkedTensorflow() === undefined || !hasAddon
const isSkipped = isMissing || !process.env.ICRL_FULL
const BACKENDS = ['tensorflow', 'native-cpu'] as const
type Backend = (typeof BACKENDS)[number]

const SCRIPT = fileURLToPath(new URL('../../../scripts/quickstart.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'icrl-quickstart-tensorflow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const linesOf = (backend: Backend, ...path: string[]): string[] =>
  readFileSync(join(folder, backend, ...path), 'utf8')
    .trim()
    .split('\n')

/** All samples of a run, in order. */
const samplesOf = (backend: Backend, arm: string): Sample[] =>
  readdirSync(join(folder, backend, arm, 'samples'))
    .sort()
    .flatMap((file) => linesOf(backend, arm, 'samples', file).map((line) => decodeSample(line)))

const numbersOf = (samples: readonly Sample[], key: 'behaviorLogprobs' | 'trainLogprobs') =>
  samples.flatMap((sample) => [...(sample[key] ?? [])])

describe.skipIf(isSkipped)(
  `the quickstart on tensorflow, with ICRL_FULL ${HOW_TO_LINK} and native-cpu is`,
  () => {
    beforeAll(async () => {
      const size = ['--task', 'small', '--tokens', '2000', '--questions', '16']
      for (const backend of BACKENDS) {
        const place = ['--backend', backend, '--out', join(folder, backend)]
        await promisify(execFile)(process.execPath, [SCRIPT, ...size, ...place])
      }
    }, 600_000)

    it('runs all arms to their end', () => {
      const { methods } = JSON.parse(linesOf('tensorflow', 'summary.json').join('\n')) as {
        methods: Record<string, { tokens_sampled: number }>
      }
      expect(Object.keys(methods)).toEqual(TASKS.small)
      for (const { tokens_sampled } of Object.values(methods))
        expect(tokens_sampled).toBeGreaterThanOrEqual(2000)
    })

    it.each(TASKS.small)(
      '%s samples the tokens of native-cpu, within 1e-4 of its log-probabilities',
      (arm) => {
        const [found, expected] = BACKENDS.map((backend) => samplesOf(backend, arm))
        expect(found.map(({ response }) => [...response])).toEqual(
          expected.map(({ response }) => [...response]),
        )
        for (const key of ['behaviorLogprobs', 'trainLogprobs'] as const) {
          const wanted = numbersOf(expected, key)
          const errors = numbersOf(found, key).map((value, i) => Math.abs(value - wanted[i]))
          expect(errors.length).toBeGreaterThan(1000)
          expect(errors.length).toBe(wanted.length)
          expect(Math.max(...errors)).toBeLessThan(1e-4)
        }
      },
    )

    it.each(TASKS.small)('%s takes its steps: figures of learning within 1e-4', (arm) => {
      const [found, expected] = BACKENDS.map((backend) =>
        linesOf(backend, arm, 'metrics.jsonl').map(
          (line) => JSON.parse(line) as Record<string, number>,
        ),
      )
      expect(found.length).toBe(expected.length)
      expect(found.some((step) => step['policy/grad_norm'] > 0)).toBe(true)
      found.forEach((step, i) => {
        for (const key of ['policy/grad_norm', 'policy/loss', 'policy/entropy', 'policy/kl'])
          if (key in step) expect(Math.abs(step[key] - expected[i][key]), key).toBeLessThan(1e-4)
        expect(step['eval/critique_free']).toBe(expected[i]['eval/critique_free'])
        expect(step['policy/mismatch_max']).toBeLessThan(1e-4)
      })
    })
  },
)
