import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { writingNow } from '../run/durable-files.ts'
import type { TrainHooks } from '../train-options.ts'

/**
 * Hooks that keep a run's log: what ran where, how long steps took, how much memory they held, and
 * why sessions failed; a line each, with the time in front. Appends, so that a resumed run goes on
 * in its file.
 *
 * @param platform what else is worth knowing about the machine at the start
 * @throws `write-failed`
 * @example
 * import { logSink, train, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * await train({ ...options, ...logSink('runs/first/run.log', { backend: 'native-cpu' }) })
 */
export function logSink(file: string, platform: Readonly<Record<string, string>> = {}): TrainHooks {
  let unwritten = ''
  const say = (text: string): void => {
    unwritten += `${new Date().toISOString()} ${text}\n`
  }
  // Nothing before the first result: a run that is refused leaves no file.
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
    onSession({ step, phase, result: { failure } }) {
      if (failure !== undefined)
        say(`step ${step}, ${phase}: a session failed: ${failure.reason.split('\n')[0]}`)
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
