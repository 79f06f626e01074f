import type { TrainHooks } from '../train-options.ts'

/**
 * Combines several sets of hooks into one: each is called in turn.
 *
 * @example
 * import { combineHooks, train, type TrainOptions } from '@icrl/trainer'
 * import { csvSink, tensorBoardSink } from '@icrl/trainer/node'
 * declare const options: TrainOptions
 * const hooks = combineHooks(
 *   csvSink('runs/first/metrics.csv'),
 *   tensorBoardSink('runs/first/tensorboard'),
 *   {
 *     onStep: ({ step, metrics }) => console.log(step, metrics['accuracy/first']),
 *   },
 * )
 * await train({ ...options, ...hooks })
 */
export function combineHooks(...hooks: readonly TrainHooks[]): TrainHooks {
  return {
    onStart: (event) => hooks.forEach(({ onStart }) => onStart?.(event)),
    onSession: (event) => hooks.forEach(({ onSession }) => onSession?.(event)),
    onStep: (event) => hooks.forEach(({ onStep }) => onStep?.(event)),
    onEvaluation: (event) => hooks.forEach(({ onEvaluation }) => onEvaluation?.(event)),
  }
}
