import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SessionResult } from '@icrl/core'
import { program, type Lab, type Metrics } from '@icrl/trainer'
import type { MethodExperiment } from './method-experiment.ts'
import { startingPolicy } from './world-model.ts'

/** One run of one arm, as it is stored. */
export interface ArmResult {
  readonly arm: string
  readonly seed: number
  readonly learningRate: number
  /** What every role said while data were gathered and while it learned, in tokens; no evaluation. */
  readonly tokens: number
  readonly figures: Metrics
  readonly seconds: number
  readonly commit?: string
}

export interface RunArmOptions {
  readonly arm: string
  readonly seed: number
  readonly learningRate: number
  /** Tokens of the first arm; Infinity for the first. */
  readonly tokens: number
}

/** Runs an arm from the experiment's starting model; the program's folder is not kept. */
export async function runArm(
  { model, roles, arms }: MethodExperiment,
  { arm, seed, learningRate, tokens }: RunArmOptions,
): Promise<ArmResult> {
  await using policy = await startingPolicy(model)
  const directory = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'method-'))
  const began = performance.now()
  let said = 0
  const count = ({ transcript }: SessionResult): void => {
    for (const { text } of transcript) said += text.split(' ').filter(Boolean).length + 1
  }
  let figures: Metrics = {}
  try {
    await program(
      {
        directory,
        policies: { shared: policy },
        roles,
        seed,
        concurrency: 256,
        trainHooks: () => ({
          onSession: ({ phase, result }) => phase === 'train' && count(result),
        }),
      },
      async (lab) => {
        const counting: Lab = {
          ...lab,
          train: (name, given) => lab.train(name, { checkpoints: { keep: 0 }, ...given }),
          gather: async (name, given) => {
            const sessions = await lab.gather(name, given)
            sessions.forEach(count)
            return sessions
          },
        }
        figures = await arms[arm]({ lab: counting, learningRate, tokens })
      },
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return {
    arm,
    seed,
    learningRate,
    tokens: said,
    figures,
    seconds: (performance.now() - began) / 1000,
  }
}
