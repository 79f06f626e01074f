import { IcrlError } from '@icrl/core'
import type { SampleRequest } from '@icrl/core'
import type { ModelConfig } from './config.ts'

/**
 * Throws a typed error naming what is wrong with a prompt: empty, ids outside the vocabulary, or no
 * room for a new token.
 */
export function checkPrompt(what: string, prompt: Int32Array, config: ModelConfig): void {
  if (prompt.length === 0)
    throw new IcrlError(`${what}: the prompt is empty.`, {
      code: 'invalid-shape',
      remedy: 'Give at least one token, e.g. the beginning-of-text id.',
    })
  checkIds(`${what}, prompt`, prompt, config)
  if (prompt.length >= config.contextLength) {
    throw new IcrlError(
      `${what}: the prompt has ${prompt.length} tokens, the model's context ${config.contextLength}.`,
      {
        code: 'context-exceeded',
        remedy: 'Shorten the prompt, or use a model with a longer context.',
      },
    )
  }
}

/** Throws `vocabulary-mismatch` for an id outside the model's vocabulary. */
export function checkIds(what: string, ids: Int32Array, { vocabularySize }: ModelConfig): void {
  const at = ids.findIndex((id) => !(id >= 0 && id < vocabularySize))
  if (at < 0) return
  throw new IcrlError(
    `${what}: token ${at} is id ${ids[at]}, the model's vocabulary has ${vocabularySize}.`,
    {
      code: 'vocabulary-mismatch',
      remedy: "Use the model's own tokenizer.",
    },
  )
}

/**
 * Throws a typed error if a request cannot be sampled. Top-p and top-k pass: what may not be
 * *trained* on is the session's to refuse, whatever the engine.
 */
export function checkRequest(request: SampleRequest, config: ModelConfig): void {
  const { prompt, maxTokens, temperature, topP = 1, topK = 0 } = request
  const invalid = (message: string, remedy: string): IcrlError =>
    new IcrlError(`sample: ${message}`, { code: 'invalid-option', remedy })
  checkPrompt('sample', prompt, config)
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw invalid(`maxTokens is ${maxTokens}.`, 'Ask for 1 token or more.')
  if (!Number.isFinite(temperature) || temperature < 0)
    throw invalid(`temperature is ${temperature}.`, 'Use a finite number, 0 (greedy) or above.')
  if (!(topP > 0 && topP <= 1))
    throw invalid(`topP is ${topP}.`, 'Use a number above 0, at most 1 (off).')
  if (!Number.isInteger(topK) || topK < 0)
    throw invalid(`topK is ${topK}.`, 'Use a whole number, 0 (off) or above.')
}
