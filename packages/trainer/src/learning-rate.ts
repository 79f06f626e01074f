import type { Policy, StepOptions } from '@icrl/core'
import { positive, refuse } from './option-checks.ts'
import type { OptimizerOptions } from './train-options.ts'

/**
 * A learning rate that changes as a run goes on: a warm-up, then a constant rate or a fall. It is
 * counted in training steps, so all optimizer steps of one training step have the same rate.
 */
export interface Schedule {
  /** The highest rate. */
  readonly peak: number
  /** Steps of the warm-up, in which the rate rises linearly to `peak`. @defaultValue 0 */
  readonly warmup?: number
  /** What follows the warm-up. @defaultValue `constant` */
  readonly decay?: 'constant' | 'linear' | 'cosine'
  /**
   * Steps until a `linear` or `cosine` decay ends, warm-up included. A length of its own: a run
   * that stops earlier or is extended has the same rates at the same steps.
   *
   * @defaultValue `Infinity`: the rate never falls
   */
  readonly steps?: number
  /** The rate at which a decay ends, and that stays from there on. @defaultValue 0 */
  readonly floor?: number
}

/**
 * The learning rate of a training step:
 *
 *     t < warmup:          peak · (t + 1) / warmup
 *     linear, t < steps:   floor + (peak − floor) · (1 − p)
 *     cosine, t < steps:   floor + (peak − floor) · (1 + cos πp) / 2,   p = (t − warmup) / (steps − warmup)
 *     from `steps` on:     floor
 *
 * Cosine: Loshchilov & Hutter 2017 (arXiv 1608.03983) eq. 5, one period.
 *
 * @param step t, 0-based
 * @example
 * import { learningRateAt } from '@icrl/trainer'
 * const schedule = { peak: 1e-6, warmup: 10, decay: 'linear', steps: 110 } as const
 * learningRateAt(schedule, 0) // 1e-7
 * learningRateAt(schedule, 60) // 5e-7
 */
export function learningRateAt(schedule: number | Schedule, step: number): number {
  if (typeof schedule === 'number') return schedule
  const { peak, warmup = 0, decay = 'constant', steps = Infinity, floor = 0 } = schedule
  if (step < warmup) return (peak * (step + 1)) / warmup
  if (decay === 'constant') return peak
  if (step >= steps) return floor
  const passed = (step - warmup) / (steps - warmup)
  const left = decay === 'linear' ? 1 - passed : (1 + Math.cos(Math.PI * passed)) / 2
  return floor + (peak - floor) * left
}

/** A run's optimizer settings: the same for all policies, or by policy. */
export type RunOptimizer = OptimizerOptions | Readonly<Record<string, OptimizerOptions>>

/** The settings of one policy. */
export function optimizerOf(optimizer: RunOptimizer, policy: string): OptimizerOptions {
  return isShared(optimizer) ? optimizer : optimizer[policy]
}

/** True if all policies have the same settings. */
export function isShared(optimizer: RunOptimizer): optimizer is OptimizerOptions {
  return 'learningRate' in optimizer
}

/** How a policy's optimizer steps of a training step are made. */
export function stepOptionsAt(optimizer: RunOptimizer, policy: string, step: number): StepOptions {
  const { learningRate, clipNorm } = optimizerOf(optimizer, policy)
  return { learningRate: learningRateAt(learningRate, step), clipNorm }
}

/**
 * The rates of a step that a schedule sets, as metrics: `policy/learning_rate`, or
 * `policy/learning_rate/<name>` where policies have settings of their own.
 */
export function scheduledRates(
  optimizer: RunOptimizer,
  policies: Readonly<Record<string, Policy>>,
  step: number,
): (readonly [string, number])[] {
  const entry = (key: string, { learningRate }: OptimizerOptions): (readonly [string, number])[] =>
    typeof learningRate === 'number' ? [] : [[key, learningRateAt(learningRate, step)]]
  return isShared(optimizer)
    ? entry('policy/learning_rate', optimizer)
    : Object.keys(policies)
        .sort()
        .flatMap((name) => entry(`policy/learning_rate/${name}`, optimizer[name]))
}

/**
 * Refuses settings that make no step, or none that was meant.
 *
 * @throws `invalid-option` naming the option
 */
export function checkOptimizer(optimizer: RunOptimizer, policies: readonly string[]): void {
  if (isShared(optimizer)) return checkSettings('optimizer', optimizer)
  for (const name of Object.keys(optimizer))
    if (!policies.includes(name))
      refuse(
        `optimizer.${name}: the run has no policy "${name}".`,
        `Policies are: ${policies.join(', ')}. For all of them: optimizer: { learningRate }.`,
      )
  for (const name of policies) {
    if (!Object.hasOwn(optimizer, name))
      refuse(
        `the policy "${name}" has no optimizer settings.`,
        `Give optimizer.${name}, or settings for all policies: optimizer: { learningRate }.`,
      )
    checkSettings(`optimizer.${name}`, optimizer[name])
  }
}

function checkSettings(name: string, { learningRate, clipNorm }: OptimizerOptions): void {
  if (typeof learningRate === 'object' && learningRate !== null)
    checkSchedule(`${name}.learningRate`, learningRate)
  else positive(`${name}.learningRate`, learningRate)
  if (clipNorm !== undefined) positive(`${name}.clipNorm`, clipNorm)
}

const DECAYS = ['constant', 'linear', 'cosine']

function checkSchedule(
  name: string,
  { peak, warmup = 0, decay = 'constant', steps, floor = 0 }: Schedule,
): void {
  positive(`${name}.peak`, peak)
  if (!DECAYS.includes(decay))
    refuse(`${name}.decay is "${String(decay)}".`, `Use one of ${DECAYS.join(', ')}.`)
  if (!(Number.isSafeInteger(warmup) && warmup >= 0))
    refuse(`${name}.warmup is ${warmup}.`, 'Use an integer of 0 or more.')
  if (steps !== undefined && !(Number.isSafeInteger(steps) && steps >= 1))
    refuse(`${name}.steps is ${steps}.`, 'A schedule has a length of 1 step or more.')
  if (decay !== 'constant' && steps === undefined)
    refuse(
      `${name} decays, but has no steps.`,
      `Give ${name}.steps: the length is the schedule's own, not \`stop\`.`,
    )
  if (decay === 'constant' && (steps !== undefined || floor !== 0))
    refuse(
      `${name} is constant after its warm-up, so it has no steps and no floor.`,
      `Give ${name}.decay, 'linear' or 'cosine', or leave them out.`,
    )
  if (steps !== undefined && warmup > steps)
    refuse(
      `${name}.warmup is ${warmup} steps, and the schedule has ${steps}.`,
      'Use a warm-up within the length of the schedule.',
    )
  if (!(floor >= 0 && floor <= peak))
    refuse(`${name}.floor is ${floor}.`, 'Use a rate from 0 to peak.')
}
