import type { Objective, TrainItem } from '@icrl/core'

/** Loss Σ_t advantage_t · logprob_t + entropyWeight · Σ_t entropy_t over scored tokens. */
export function slopedObjective(entropyWeight = 0): Objective {
  return {
    name: 'sloped',
    wantsEntropy: entropyWeight !== 0,
    evaluate: (unit) =>
      unit.map(({ logprobs, entropy, advantages, mask }) => {
        const gradient = Float32Array.from(advantages, (slope, t) => (mask[t] ? slope : 0))
        const entropyGradient = gradient.map((_, t) => (mask[t] ? entropyWeight : 0))
        const losses = gradient.map(
          (slope, t) => slope * logprobs[t] + entropyGradient[t] * (entropy?.[t] ?? 0),
        )
        return {
          value: losses.reduce((total, loss) => total + loss, 0),
          losses,
          gradient,
          entropyGradient,
        }
      }),
  }
}

/** A response to train on, with one slope a token. */
export function trainItem(
  prompt: Int32Array,
  response: Int32Array,
  slopes: Float32Array,
  more: Partial<TrainItem> = {},
): TrainItem {
  const mask = new Uint8Array(response.length).fill(1)
  return {
    prompt,
    response,
    temperature: 1,
    unit: `${prompt.join()}|${response.join()}`,
    input: { mask, coefficients: slopes, advantages: slopes },
    ...more,
  }
}
