/** The tokens of one attempt, in order; ids are only ever appended. */
export interface TokenLog {
  readonly length: number
  /** Tokens the policy chose, `[n]` ids and their log-probabilities. */
  sampled(tokens: Int32Array, logprobs: Float32Array): void
  /** Tokens the policy was shown: mask 0, log-probability 0. */
  observed(tokens: Int32Array): void
  /** `prompt` followed by everything so far. */
  after(prompt: Int32Array): Int32Array
  arrays(): {
    readonly response: Int32Array
    readonly mask: Uint8Array
    readonly logprobs: Float32Array
  }
}

/** An empty log. */
export function tokenLog(): TokenLog {
  const ids: number[] = []
  const mask: number[] = []
  const logprobs: number[] = []
  return {
    get length() {
      return ids.length
    },
    sampled(tokens, values) {
      for (let t = 0; t < tokens.length; t++) {
        ids.push(tokens[t])
        mask.push(1)
        logprobs.push(values[t])
      }
    },
    observed(tokens) {
      for (const token of tokens) {
        ids.push(token)
        mask.push(0)
        logprobs.push(0)
      }
    },
    after(prompt) {
      const all = new Int32Array(prompt.length + ids.length)
      all.set(prompt)
      all.set(ids, prompt.length)
      return all
    },
    arrays: () => ({
      response: Int32Array.from(ids),
      mask: Uint8Array.from(mask),
      logprobs: Float32Array.from(logprobs),
    }),
  }
}
