import type { Objective, ObjectiveInput, ObjectiveResult } from '../objective.ts'
import { randomStream } from '../random.ts'
import type { Check } from './check.ts'
import { expect, sameValues } from './expect.ts'

/** Options of {@link testObjective}. */
export interface TestObjectiveOptions {
  /** Samples in one unit: 2 for preference pairs. @defaultValue 1 */
  readonly unitSize?: number
  /** Keys of the samples of a unit, if the objective reads them. @defaultValue none */
  readonly keys?: readonly ObjectiveInput['keys'][]
}

const LENGTHS = [7, 1, 4]
const STEP = 1e-5

/**
 * A seeded unit with ratios on both sides of any usual clip range, mixed advantages and some masked
 * positions.
 */
function makeUnit(seed: number, options: TestObjectiveOptions): ObjectiveInput[] {
  const draws = randomStream(seed, 'test-objective')
  return Array.from({ length: options.unitSize ?? 1 }, (_, sample) => {
    const length = LENGTHS[(seed + sample) % LENGTHS.length]
    const values = (name: string, low: number, high: number): Float64Array => {
      const stream = draws.child(name, sample)
      return Float64Array.from({ length }, (_, t) => low + (high - low) * stream.uniform(t))
    }
    const old = values('old', -3, -0.5)
    const shift = values('shift', -0.6, 0.6)
    const mask = Uint8Array.from({ length }, (_, t) =>
      t > 0 && draws.child('mask', sample).uniform(t) < 0.25 ? 0 : 1,
    )
    return {
      logprobs: old.map((value, t) => value + shift[t]),
      entropy: values('entropy', 0.1, 2),
      mask,
      coefficients: values('coefficients', 0.05, 0.2).map((value, t) => value * mask[t]),
      advantages: values('advantages', -2, 2),
      weights: values('weights', 0.2, 2),
      oldLogprobs: old,
      behaviorLogprobs: values('behavior', -3, -0.5),
      referenceLogprobs: values('reference', -3, -0.5),
      keys: options.keys?.[sample] ?? {
        task: 'task',
        role: 'solver',
        session: sample,
        round: 1,
        branch: 0,
      },
    }
  })
}

function total(results: readonly ObjectiveResult[]): number {
  return results.reduce((sum, result) => sum + result.value, 0)
}

function replaceAt(values: ArrayLike<number>, index: number, value: number): Float64Array {
  const copy = Float64Array.from(values)
  copy[index] = value
  return copy
}

function gradientCheck(
  objective: Objective,
  unit: readonly ObjectiveInput[],
  variable: 'logprobs' | 'entropy',
): void {
  const results = objective.evaluate(unit)
  unit.forEach((input, sample) => {
    const gradient =
      variable === 'logprobs' ? results[sample].gradient : results[sample].entropyGradient
    if (!gradient) return
    const at = input[variable] as Float64Array
    for (let t = 0; t < at.length; t++) {
      const shifted = (by: number): number =>
        total(
          objective.evaluate(
            unit.map((other, i) =>
              i === sample ? { ...other, [variable]: replaceAt(at, t, at[t] + by) } : other,
            ),
          ),
        )
      const numeric = (shifted(STEP) - shifted(-STEP)) / (2 * STEP)
      const allowed = 1e-5 * Math.max(1, Math.abs(numeric))
      expect(
        Math.abs(numeric - gradient[t]) <= allowed,
        `sample ${sample}, token ${t}: ∂value/∂${variable} is ${gradient[t]}, central difference ${numeric}`,
      )
    }
  })
}

function maskCheck(objective: Objective, unit: readonly ObjectiveInput[]): void {
  const garbage = unit.map((input) => {
    const spoil = (values: ArrayLike<number>, by: number): Float64Array =>
      Float64Array.from(values, (value, t) => (input.mask[t] ? value : by))
    return {
      ...input,
      logprobs: spoil(input.logprobs, Number.NaN),
      advantages: spoil(input.advantages, 1e30),
      oldLogprobs: spoil(input.oldLogprobs!, -Infinity),
    }
  })
  const clean = objective.evaluate(unit)
  objective.evaluate(garbage).forEach((result, sample) => {
    expect(
      Object.is(result.value, clean[sample].value),
      `sample ${sample}: masked positions change the value from ${clean[sample].value} to ${result.value}`,
    )
    expect(
      sameValues(result.gradient, clean[sample].gradient),
      `sample ${sample}: masked positions change the gradient`,
    )
    unit[sample].mask.forEach((kept, t) =>
      expect(
        kept === 1 || result.gradient[t] === 0,
        `sample ${sample}, token ${t}: masked, but its gradient is ${result.gradient[t]}`,
      ),
    )
  })
}

/**
 * What every `Objective` must satisfy: an exact gradient (central differences in float64), a value
 * that is the sum of its token losses, indifference to masked positions, untouched inputs, the
 * current log-probabilities in place of missing old ones, finite results at extreme ratios and for
 * an empty response.
 *
 * @example
 * import { clippedSurrogate } from '@icrl/objective'
 * import { it } from 'vitest'
 *
 * for (const { name, run } of testObjective(clippedSurrogate())) it(name, run)
 */
export function testObjective(objective: Objective, options: TestObjectiveOptions = {}): Check[] {
  const units = (): ObjectiveInput[][] => [0, 1, 2, 3, 4, 5].map((seed) => makeUnit(seed, options))
  const check = (name: string, body: (unit: ObjectiveInput[]) => void): Check => ({
    name: `${objective.name}: ${name}`,
    run: async () => units().forEach(body),
  })
  return [
    check('the gradient in every log-probability equals central differences', (unit) =>
      gradientCheck(objective, unit, 'logprobs'),
    ),
    check('the gradient in every entropy equals central differences', (unit) =>
      gradientCheck(objective, unit, 'entropy'),
    ),
    check('the value is the sum of the token losses', (unit) =>
      objective.evaluate(unit).forEach((result, sample) => {
        const sum = result.losses.reduce((all, loss) => all + loss, 0)
        expect(
          Math.abs(sum - result.value) <= 1e-5 * Math.max(1, Math.abs(result.value)),
          `sample ${sample}: value ${result.value}, losses sum to ${sum}`,
        )
      }),
    ),
    check('masked positions do not matter', (unit) => maskCheck(objective, unit)),
    check('inputs stay as they were', (unit) => {
      const before = JSON.stringify(
        unit.map((input) =>
          Object.values(input).map((value) =>
            ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
          ),
        ),
      )
      objective.evaluate(unit)
      const after = JSON.stringify(
        unit.map((input) =>
          Object.values(input).map((value) =>
            ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
          ),
        ),
      )
      expect(before === after, 'evaluate changed its input')
    }),
    check('without old log-probabilities the current ones stand in, detached', (unit) => {
      const given = objective.evaluate(
        unit.map((input) => ({ ...input, oldLogprobs: Float64Array.from(input.logprobs) })),
      )
      const absent = objective.evaluate(unit.map(({ oldLogprobs: _, ...input }) => input))
      absent.forEach((result, sample) =>
        expect(
          sameValues(result.gradient, given[sample].gradient),
          `sample ${sample}: the gradients differ`,
        ),
      )
    }),
    check('a proportional one has no gradient where there is no advantage', (unit) => {
      if (!objective.proportional) return
      const flat = unit.map((input) => ({
        ...input,
        advantages: new Float64Array(input.advantages.length),
      }))
      objective
        .evaluate(flat)
        .forEach((result, sample) =>
          expect(
            result.gradient.every((slope) => slope === 0) &&
              (result.entropyGradient?.every((slope) => slope === 0) ?? true),
            `sample ${sample}: its advantages are 0, its gradient is not`,
          ),
        )
    }),
    check('extreme ratios give finite numbers', (unit) => {
      const extreme = unit.map((input) => ({
        ...input,
        logprobs: Float64Array.from(input.logprobs, (_, t) => (t % 2 ? -1e-9 : -80)),
        oldLogprobs: Float64Array.from(input.logprobs, (_, t) => (t % 2 ? -80 : -1e-9)),
      }))
      objective
        .evaluate(extreme)
        .forEach((result) =>
          expect(
            Number.isFinite(result.value) && result.gradient.every(Number.isFinite),
            `value ${result.value}, gradient ${result.gradient}`,
          ),
        )
    }),
    check('an empty response contributes nothing', (unit) => {
      const none = new Float64Array(0)
      const empty = unit.map((input) => ({
        ...input,
        logprobs: none,
        entropy: none,
        mask: new Uint8Array(0),
        coefficients: none,
        advantages: none,
        weights: none,
        oldLogprobs: none,
        behaviorLogprobs: none,
        referenceLogprobs: none,
      }))
      objective
        .evaluate(empty)
        .forEach((result) =>
          expect(
            Number.isFinite(result.value) && result.gradient.length === 0,
            `value ${result.value}`,
          ),
        )
    }),
  ]
}
