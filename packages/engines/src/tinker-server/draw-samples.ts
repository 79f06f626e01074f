import { randomStream, type Sampler, type Scorer } from '@icrl/core'
import type { SampleCall, SampledSequence, SampleResult } from '../tinker/protocol/sampling.ts'
import type { ModelLimits } from '../tinker/client/check-requests.ts'
import { checkIds } from './checked-data.ts'
import { unprocessable } from './request-error.ts'

/** Turns ids into text, for stops that are text. */
export interface TokenDecoder {
  /** Text of ids, special tokens left out. */
  decode(tokens: Int32Array): string
}

/** What samples are drawn with. */
export interface SamplingParts {
  readonly limits: ModelLimits
  readonly tokenizer: TokenDecoder
  /** A seed for a request that has none. */
  readonly anySeed: () => number
}

/** Weights that sample and score. */
export type SampledWeights = Sampler & Scorer

/** Seeds of draws are below this. */
const SEEDS = 2 ** 31

/** @throws RequestError 422 for a call that cannot be answered */
export function checkSampleCall(call: SampleCall, { limits }: Pick<SamplingParts, 'limits'>): void {
  const { prompt, stop = [], seed = 0, numSamples } = call
  if (prompt.length === 0) throw unprocessable('prompt: it has no token.')
  if (prompt.length >= limits.contextLength)
    throw unprocessable(
      `prompt: ${prompt.length} tokens; the context has ${limits.contextLength}, the answer's among them.`,
    )
  checkIds(prompt, 'prompt', limits)
  if (seed < 0 || seed + numSamples > SEEDS)
    throw unprocessable(`seed: from 0 to ${SEEDS - numSamples} for ${numSamples} samples.`)
  if (stop.includes('' as never)) throw unprocessable('stop: a text is empty.')
}

/**
 * Draws what a call asks for: sample k by the draws of `seed + k`, all in one batch. The
 * log-probabilities are of the model's distribution, whatever temperature, `top_k` and `top_p` drew.
 */
export async function drawSamples(
  weights: SampledWeights,
  call: SampleCall,
  parts: SamplingParts,
): Promise<SampleResult> {
  const first = call.seed ?? parts.anySeed()
  const draws = Array.from({ length: call.numSamples }, (_, k) =>
    drawOne(weights, call, first + k, parts),
  )
  const [promptLogprobs, ...sequences] = await Promise.all([
    call.promptLogprobs ? promptScores(weights, call.prompt) : undefined,
    ...draws,
  ])
  return { sequences, ...(promptLogprobs && { promptLogprobs }) }
}

async function drawOne(
  weights: SampledWeights,
  { prompt, maxTokens, temperature, topK, topP, stop = [] }: SampleCall,
  seed: number,
  { limits, tokenizer }: SamplingParts,
): Promise<SampledSequence> {
  const ids = stop.filter((one): one is number => typeof one === 'number')
  const texts = stop.filter((one): one is string => typeof one === 'string')
  const ended = new AbortController()
  const watch = texts.length > 0 ? textStop(texts, tokenizer, () => ended.abort()) : undefined
  const { tokens, logprobs, finish } = await weights.sample(
    {
      prompt,
      maxTokens: Math.min(maxTokens, limits.contextLength - prompt.length),
      temperature,
      ...(topK > 0 && { topK }),
      topP,
      stop: ids,
      draws: randomStream(seed, 'tinker', 'sample'),
      ...(watch && { onToken: watch.onToken }),
    },
    ended.signal,
  )
  const length = watch?.length() ?? tokens.length
  const kept = tokens.slice(0, length)
  // At temperature 0 and 1 these are the model's own already.
  const own =
    temperature === 0 || temperature === 1
      ? logprobs.slice(0, length)
      : (await weights.score([{ prompt, response: kept, temperature: 1 }]))[0].logprobs
  const stopped = watch?.length() !== undefined || finish === 'stop'
  return { stopReason: stopped ? 'stop' : 'length', tokens: kept, logprobs: own }
}

/** Watches tokens for a text; whole tokens are kept, so that the text may go on behind it. */
function textStop(
  texts: readonly string[],
  tokenizer: TokenDecoder,
  onFound: () => void,
): { onToken(token: number): void; length(): number | undefined } {
  const tokens: number[] = []
  let found: number | undefined
  // A token may be a part of a character of up to four bytes.
  const tail = 4 * Math.max(...texts.map((text) => text.length)) + 4
  return {
    onToken(token) {
      if (found !== undefined) return
      tokens.push(token)
      const text = tokenizer.decode(Int32Array.from(tokens.slice(-tail)))
      if (!texts.some((one) => text.includes(one))) return
      found = tokens.length
      onFound()
    },
    length: () => found,
  }
}

/** `[n]`: of each token of a prompt under those before it; the first has none (NaN). */
async function promptScores(weights: SampledWeights, prompt: Int32Array): Promise<Float32Array> {
  const all = new Float32Array(prompt.length).fill(Number.NaN)
  if (prompt.length === 1) return all
  const [{ logprobs }] = await weights.score([
    { prompt: prompt.subarray(0, 1), response: prompt.subarray(1), temperature: 1 },
  ])
  all.set(logprobs, 1)
  return all
}
