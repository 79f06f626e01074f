import { appendFileSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { writingNow } from '../run/durable-files.ts'
import type { Metrics, TrainHooks } from '../train-options.ts'
import { encodeEvent, type BoardEvent } from './encode-event.ts'

/** Options of {@link tensorBoardSink}. */
export interface TensorBoardSinkOptions {
  /** Milliseconds since 1970. @defaultValue `Date.now` */
  readonly now?: () => number
}

/**
 * Hooks that write a run's figures for TensorBoard (`tensorboard --logdir runs`): every key of
 * `metrics.jsonl` and `timing.jsonl` is a scalar of that name. Each process writes a file of its
 * own; one that resumes a run first voids what an earlier one wrote of the steps that it repeats.
 *
 * @param directory folder of this run's event files; every run needs its own
 * @throws `write-failed`
 * @example
 * import { train, type TrainOptions } from '@icrl/trainer'
 * import { tensorBoardSink } from '@icrl/trainer/node'
 * declare const options: TrainOptions
 * await train({ ...options, ...tensorBoardSink('runs/first/tensorboard') })
 */
export function tensorBoardSink(
  directory: string,
  { now = Date.now }: TensorBoardSinkOptions = {},
): TrainHooks {
  let file = ''
  let evaluated: readonly string[] = []
  const write = (...events: readonly Omit<BoardEvent, 'wallTime'>[]): void => {
    const wallTime = now() / 1000
    writingNow(file, () =>
      appendFileSync(
        file,
        Buffer.concat(events.map((event) => encodeEvent({ wallTime, ...event }))),
      ),
    )
  }
  return {
    onStart({ step, resumed }) {
      writingNow(directory, () => mkdirSync(directory, { recursive: true }))
      file = join(
        directory,
        `events.out.tfevents.${Math.floor(now() / 1000)}.${hostname()}.${process.pid}`,
      )
      write({ fileVersion: 'brain.Event:2' }, ...(resumed ? [{ step, isStart: true }] : []))
    },
    onEvaluation({ step, metrics }) {
      evaluated = Object.keys(metrics)
      write({ step, scalars: scalarsOf(metrics, []) })
    },
    onStep({ step, metrics, timing }) {
      write({ step, scalars: scalarsOf({ ...metrics, ...timing }, evaluated) })
      evaluated = []
    },
  }
}

function scalarsOf(metrics: Metrics, without: readonly string[]): [string, number][] {
  return Object.entries(metrics).filter(([key]) => key !== 'step' && !without.includes(key))
}
