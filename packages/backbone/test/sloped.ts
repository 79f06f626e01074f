import type { LossSlopes, PassItem, Policy, TokenScores } from '@icrl/core'

/** A response to learn from, with one slope a token. */
export interface SlopedItem extends PassItem {
  readonly slopes: Float32Array
}

export function slopedItem(
  prompt: Int32Array,
  response: Int32Array,
  slopes: Float32Array,
  more: Partial<SlopedItem> = {},
): SlopedItem {
  return {
    prompt,
    response,
    temperature: 1,
    mask: new Uint8Array(response.length).fill(1),
    slopes,
    ...more,
  }
}

/** Of the loss Σ_t slope_t · logprob_t + entropyWeight · Σ_t entropy_t over scored tokens. */
export function slopesOf(items: readonly SlopedItem[], entropyWeight = 0): LossSlopes {
  return (indices) =>
    indices.map((index) => {
      const { slopes } = items[index]
      return {
        logprobs: slopes,
        ...(entropyWeight !== 0 && { entropy: slopes.map(() => entropyWeight) }),
      }
    })
}

/** Adds that loss's gradient to a policy's. */
export function accumulate(
  policy: Policy,
  items: readonly SlopedItem[],
  entropyWeight = 0,
): Promise<TokenScores[]> {
  return policy.accumulate(items, slopesOf(items, entropyWeight), {
    entropySlopes: entropyWeight !== 0,
  })
}
