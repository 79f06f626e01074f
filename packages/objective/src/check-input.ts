import { IcrlError, type ObjectiveInput } from '@icrl/core'

const PER_TOKEN = [
  'entropy',
  'coefficients',
  'advantages',
  'weights',
  'oldLogprobs',
  'behaviorLogprobs',
  'referenceLogprobs',
  'mask',
] as const

/** Names a sample in messages. */
export function describeInput({ keys }: ObjectiveInput): string {
  return keys
    ? `task "${keys.task}", ${keys.role}, session ${keys.session}, round ${keys.round}`
    : 'a sample without keys'
}

/**
 * Refuses arrays that are not as long as the log-probabilities.
 *
 * @throws `invalid-shape` naming objective, sample and array
 */
export function checkInput(name: string, input: ObjectiveInput): void {
  const { length } = input.logprobs
  for (const field of PER_TOKEN) {
    const values = input[field]
    if (values && values.length !== length) {
      throw new IcrlError(
        `${name}: ${describeInput(input)}: ${field} has ${values.length} values for ${length} tokens.`,
        { code: 'invalid-shape', remedy: 'Give one value for each response token.' },
      )
    }
  }
}

/**
 * Returns an array that an objective cannot do without.
 *
 * @throws `invalid-shape` if it is missing
 */
export function requireArray<Field extends 'referenceLogprobs' | 'entropy'>(
  name: string,
  input: ObjectiveInput,
  field: Field,
): NonNullable<ObjectiveInput[Field]> {
  const values = input[field]
  if (!values) {
    const wanted =
      field === 'entropy'
        ? 'Use a policy with the capability "entropy".'
        : 'Score the batch with the reference policy first.'
    throw new IcrlError(`${name}: ${describeInput(input)}: ${field} is missing.`, {
      code: 'invalid-shape',
      remedy: wanted,
    })
  }
  return values
}

/**
 * Returns a number that float32 can hold.
 *
 * @throws `non-finite` naming objective, sample and token
 */
export function finite(value: number, name: string, input: ObjectiveInput, token: number): number {
  if (!Number.isFinite(Math.fround(value))) {
    const old = input.oldLogprobs ? `, old ${input.oldLogprobs[token]}` : ''
    throw new IcrlError(
      `${name}: ${describeInput(input)}, token ${token}: the ratio, the loss or its gradient is ${value} (log-probability ${input.logprobs[token]}${old}, advantage ${input.advantages[token]}, weight ${input.weights?.[token] ?? 1}).`,
      {
        code: 'non-finite',
        remedy: 'Lower the learning rate, cap the weights, or look for what made these numbers.',
      },
    )
  }
  return value
}

/**
 * Refuses clip distances that are below 0 or NaN. Infinity means no clip.
 *
 * @throws `invalid-option` naming the option
 */
export function checkClip(name: string, distances: Readonly<Record<string, number>>): void {
  for (const [option, distance] of Object.entries(distances)) {
    if (!(distance >= 0))
      throw new IcrlError(`${name}: ${option} is ${distance}.`, {
        code: 'invalid-option',
        remedy: 'Use 0 or more; Infinity for no clip.',
      })
  }
}

const LARGEST_FLOAT32 = 3.4028234663852886e38

/**
 * One token's part in the diagnostic `kl`: `exp(Δ) − 1 − Δ`, Δ = logπ_θ − logπ_old. It saturates at
 * the largest float32: what is only measured must not end a run whose loss and gradient are finite.
 */
export function klOf(difference: number): number {
  return Math.min(Math.expm1(difference) - difference, LARGEST_FLOAT32)
}
