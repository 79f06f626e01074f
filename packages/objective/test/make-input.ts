import type { ObjectiveInput } from '@icrl/core'

/**
 * An input of float64 arrays: coefficients 1, advantages 1, mask 1, apart from what the test says.
 */
export function makeInput(
  logprobs: readonly number[],
  fields: {
    readonly [Field in keyof ObjectiveInput]?: ObjectiveInput[Field] | readonly number[]
  } = {},
): ObjectiveInput {
  const ones = new Float64Array(logprobs.length).fill(1)
  const arrays = Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      Array.isArray(value)
        ? field === 'mask'
          ? Uint8Array.from(value)
          : Float64Array.from(value)
        : value,
    ]),
  )
  return {
    logprobs: Float64Array.from(logprobs),
    mask: Uint8Array.from(ones),
    coefficients: ones,
    advantages: ones,
    ...arrays,
  }
}
