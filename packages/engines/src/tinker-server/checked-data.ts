import type { ModelLimits } from '../tinker/client/check-requests.ts'
import type { Datum } from '../tinker/protocol/pass.ts'
import { unprocessable } from './request-error.ts'
import type { LossInputs } from './token-losses.ts'

/** A datum whose every array is as long as its tokens, in the vocabulary and finite. */
export interface CheckedDatum {
  /** `[T]` */
  readonly tokens: Int32Array
  /** `[T]` */
  readonly targets: Int32Array
  readonly inputs: LossInputs
}

const KNOWN = ['target_tokens', 'weights', 'logprobs', 'advantages']

/**
 * The data of a pass, checked: what would poison a server later is refused before anything is
 * computed.
 *
 * @param needs inputs that the loss reads
 * @throws RequestError 422 naming the datum and what is wrong with it
 */
export function checkedData(
  data: readonly Datum[],
  needs: readonly (keyof LossInputs)[],
  limits: ModelLimits,
): CheckedDatum[] {
  if (data.length === 0) throw unprocessable('data is empty.')
  return data.map((datum, i) => checkedDatum(datum, `data[${i}]`, needs, limits))
}

function checkedDatum(
  { tokens, inputs }: Datum,
  where: string,
  needs: readonly (keyof LossInputs)[],
  limits: ModelLimits,
): CheckedDatum {
  const size = tokens.length
  if (size === 0) throw unprocessable(`${where}: model_input has no token.`)
  if (size > limits.contextLength)
    throw unprocessable(`${where}: ${size} tokens; the context has ${limits.contextLength}.`)
  const strange = Object.keys(inputs).find((name) => !KNOWN.includes(name))
  if (strange !== undefined)
    throw unprocessable(`${where}: loss_fn_inputs has "${strange}"; known are ${KNOWN.join(', ')}.`)
  for (const [name, { data, shape }] of Object.entries(inputs))
    if (data.length !== size || shape.length > 1)
      throw unprocessable(
        `${where}: ${name} has shape [${shape.join(', ')}]; model_input has ${size} tokens.`,
      )
  const targets = inputs.target_tokens?.data
  if (!(targets instanceof Int32Array))
    throw unprocessable(`${where}: target_tokens (int64) are missing.`)
  checkIds(tokens, `${where}: model_input`, limits)
  checkIds(targets, `${where}: target_tokens`, limits)
  const missing = needs.find((name) => inputs[name] === undefined)
  if (missing !== undefined) throw unprocessable(`${where}: the loss needs ${missing}.`)
  const floats = (name: keyof LossInputs, otherwise: number): Float32Array => {
    const values = Float32Array.from(inputs[name]?.data ?? new Float32Array(size).fill(otherwise))
    if (values.every(Number.isFinite)) return values
    throw unprocessable(`${where}: ${name} has a value that is not finite.`)
  }
  return {
    tokens,
    targets,
    inputs: {
      weights: floats('weights', 1),
      logprobs: floats('logprobs', 0),
      advantages: floats('advantages', 0),
    },
  }
}

/** @throws RequestError 422 for an id outside the vocabulary */
export function checkIds(
  ids: Int32Array,
  where: string,
  { vocabularySize }: Pick<ModelLimits, 'vocabularySize'>,
): void {
  const at = ids.findIndex((id) => id < 0 || id >= vocabularySize)
  if (at >= 0)
    throw unprocessable(
      `${where}, token ${at}: id ${ids[at]} is none of the model's ${vocabularySize}.`,
    )
}
