import { IcrlError } from '@icrl/core'
import type { Generation, SampleRequest, ScoreItem, ScoreOptions, TokenScores } from '@icrl/core'
import { checkIds, checkPrompt } from './check-request.ts'
import type { Decoder } from './decoder.ts'
import type { ModelConfig } from './config.ts'
import { type Pack, type PackItem, packItems } from './pack.ts'
import { BatchSampler, type SamplerOptions } from './sampler.ts'
import { disposeScored, forwardPack, type PackScores, readScores } from './score-pack.ts'
import { splitIntoPacks } from './split-into-packs.ts'

/** Run-time settings of sampling, scoring and training. */
export interface InferenceOptions extends SamplerOptions {
  /**
   * Most rows computed at once in scoring and training, unless one unit alone has more. Training
   * keeps the activations of this many rows.
   *
   * @defaultValue 4,096
   */
  readonly packTokens?: number
}

/** Sampling and scoring with one set of weights. */
export class Inference {
  readonly decoder: Decoder
  readonly sampler: BatchSampler
  readonly packTokens: number

  constructor(
    decoder: Decoder,
    version: () => string,
    { packTokens = 4_096, ...sampler }: InferenceOptions = {},
  ) {
    this.decoder = decoder
    this.sampler = new BatchSampler(this.decoder, version, sampler)
    this.packTokens = packTokens
  }

  sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation> {
    return this.sampler.sample(request, signal)
  }

  async score(items: readonly ScoreItem[], want: ScoreOptions = {}): Promise<TokenScores[]> {
    checkItems('score', items, this.decoder.config)
    const scores = emptyScores(items, want)
    for (const members of splitIntoPacks(items, this.packTokens)) {
      const pack = packItems(members.map((i) => items[i]))
      if (pack.chosen.length === 0) continue
      const scored = await forwardPack(this.decoder, pack, {
        keep: 'nothing',
        entropy: want.entropy ?? false,
      })
      placeScores(scores, members, pack, await readScores(this.decoder, scored, want))
      disposeScored(scored)
    }
    return scores
  }
}

/** The wanted scores of every item, all zero. */
export function emptyScores(items: readonly PackItem[], want: ScoreOptions): TokenScores[] {
  return items.map(({ response }) => ({
    logprobs: new Float32Array(response.length),
    ...(want.entropy ? { entropy: new Float32Array(response.length) } : {}),
    ...(want.selfCertainty ? { selfCertainty: new Float32Array(response.length) } : {}),
  }))
}

/**
 * Copies a pack's scores to their items; `members` are the indices of the pack's items in `scores`.
 */
export function placeScores(
  scores: readonly TokenScores[],
  members: readonly number[],
  pack: Pack,
  found: PackScores,
): void {
  for (let m = 0; m < pack.items.length; m++) {
    const target = scores[members[pack.items[m]]]
    const token = pack.tokens[m]
    target.logprobs[token] = found.logprobs[m]
    if (found.entropy !== undefined && target.entropy !== undefined)
      target.entropy[token] = found.entropy[m]
    if (found.selfCertainty !== undefined && target.selfCertainty !== undefined)
      target.selfCertainty[token] = found.selfCertainty[m]
  }
}

/** Throws a typed error if an item cannot be scored: shapes, ids, context, temperature. */
export function checkItems(what: string, items: readonly PackItem[], config: ModelConfig): void {
  items.forEach((item, i) => checkItem(`${what}, item ${i}`, item, config))
}

function checkItem(
  what: string,
  { prompt, response, mask, temperature }: PackItem,
  config: ModelConfig,
): void {
  checkPrompt(what, prompt, config)
  checkIds(`${what}, response`, response, config)
  if (prompt.length + response.length > config.contextLength) {
    throw tooLong(what, prompt.length, response.length, config.contextLength)
  }
  if (mask !== undefined && mask.length !== response.length) {
    throw new IcrlError(
      `${what}: the mask has ${mask.length} entries, the response ${response.length} tokens.`,
      { code: 'invalid-shape', remedy: 'Give one entry per token.' },
    )
  }
  if (!Number.isFinite(temperature) || temperature <= 0) {
    throw new IcrlError(`${what}: temperature is ${temperature}.`, {
      code: 'invalid-option',
      remedy: 'Use the temperature the response was sampled at, above 0.',
    })
  }
}

function tooLong(what: string, prompt: number, response: number, context: number): IcrlError {
  return new IcrlError(
    `${what}: prompt and response have ${prompt} + ${response} tokens, the model's context ${context}.`,
    {
      code: 'context-exceeded',
      remedy: 'Shorten them, or use a model with a longer context.',
    },
  )
}
