import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { writingNow } from '../run/durable-files.ts'
import type { TrainHooks } from '../train-options.ts'

/**
 * Hooks that write a run's log: what ran where, how long steps took and how much memory they held,
 * what evaluations found, and why sessions failed; a line each, with the time in front. A resumed
 * run appends to its file.
 *
 * @param platform what else the first line is to say about the machine
 * @throws `write-failed`
 * @example
 * import { train, type TrainOptions } from '@icrl/trainer'
 * import { logSink } from '@icrl/trainer/node'
 * declare const options: TrainOptions
 * await train({ ...options, ...logSink('runs/first/run.log', { backend: 'native-cpu' }) })
 */
export function logSink(file: string, platform: Readonly<Record<string, string>> = {}): TrainHooks {
  let unwritten = ''
  const say = (text: string): void => {
    unwritten += `${new Date().toISOString()} ${text}\n`
  }
  // Nothing is written before the first result, so that a run that is refused leaves no file.
  const write = (): void => {
    writingNow(file, () => {
      mkdirSync(dirname(file), { recursive: true })
      appendFileSync(file, unwritten)
    })
    unwritten = ''
  }
  return {
    onStart({ step, resumed }) {
      const machine = {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        pid: `${process.pid}`,
        ...platform,
      }
      say(`${resumed ? 'resumed' : 'started'} at step ${step}; ${pairs(machine)}`)
    },
    onSession({ step, phase, result: { task, session, failure } }) {
      if (failure !== undefined)
        say(
          `step ${step}, ${phase}: session ${session} of task "${task}" failed: ${failure.reason.split('\n')[0]}`,
        )
    },
    onStep({ step, timing }) {
      say(`step ${step} done; ${pairs(timing)}`)
      write()
    },
    onEvaluation({ step, metrics }) {
      say(`evaluated after ${step} steps; ${pairs(metrics)}`)
      write()
    },
  }
}

function pairs(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .filter(([name]) => name !== 'step')
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'number' ? Number(value.toPrecision(6)) : value}`,
    )
    .join(' ')
}
