import {
  IcrlError,
  type PassItem,
  type PassOptions,
  type SampleRequest,
  type ScoreItem,
} from '@icrl/core'

/** What the model can take: a server checks little of it, and a wrong id spoils it for everyone. */
export interface ModelLimits {
  /** Ids are below it. */
  readonly vocabularySize: number
  /** Most tokens of a prompt and its answer together. */
  readonly contextLength: number
}

/**
 * @throws IcrlError `invalid-shape` for what is empty or differs in length, `vocabulary-mismatch`,
 * `context-exceeded`, `unsupported` for temperatures other than 1
 */
export function checkItems(
  what: string,
  items: readonly (ScoreItem | PassItem)[],
  limits: ModelLimits,
): void {
  items.forEach(({ prompt, response, mask, temperature }, i) => {
    const where = `${what}, item ${i}`
    if (prompt.length === 0) throw invalid(`${where}: the prompt is empty.`)
    if (mask && mask.length !== response.length)
      throw invalid(`${where}: mask ${mask.length}, response ${response.length}.`)
    checkIds(`${where}, prompt`, prompt, limits)
    checkIds(`${where}, response`, response, limits)
    checkLength(where, prompt.length + response.length, limits)
    if (temperature !== 1) throw untempered(where, temperature)
  })
}

/** @throws IcrlError as {@link checkItems}, and `invalid-option` */
export function checkSampleRequest(
  { prompt, maxTokens, temperature, topP = 1, topK = 0, stop }: SampleRequest,
  limits: ModelLimits,
): void {
  if (prompt.length === 0) throw invalid('sample: the prompt is empty.')
  checkIds('sample, prompt', prompt, limits)
  checkIds('sample, stop', Int32Array.from(stop), limits)
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw option(`sample: maxTokens is ${maxTokens}.`, 'Ask for 1 token or more.')
  checkLength('sample', prompt.length + 1, limits)
  if (!Number.isFinite(temperature) || temperature < 0)
    throw option(`sample: temperature is ${temperature}.`, 'Use 0 or 1.')
  if (temperature !== 0 && temperature !== 1) throw untempered('sample', temperature)
  if (!(topP > 0 && topP <= 1))
    throw option(`sample: topP is ${topP}.`, 'Use a number above 0, at most 1 (off).')
  if (!Number.isInteger(topK) || topK < 0)
    throw option(`sample: topK is ${topK}.`, 'Use a whole number, 0 (off) or above.')
}

/** @throws IcrlError `unsupported` for figures beside log-probabilities */
export function refuseFigures({ entropy, selfCertainty, entropySlopes }: PassOptions): void {
  const wanted = Object.entries({ entropy, selfCertainty, entropySlopes })
    .filter(([, isWanted]) => isWanted)
    .map(([name]) => name)
  if (wanted.length === 0) return
  throw new IcrlError(`a Tinker server cannot give ${wanted.join(', ')}.`, {
    code: 'unsupported',
    remedy: 'Leave it out, or train on the local engine.',
  })
}

function checkIds(where: string, ids: Int32Array, { vocabularySize }: ModelLimits): void {
  const at = ids.findIndex((id) => !(id >= 0 && id < vocabularySize))
  if (at < 0) return
  throw new IcrlError(
    `${where}: token ${at} is id ${ids[at]}, the model's vocabulary has ${vocabularySize}.`,
    { code: 'vocabulary-mismatch', remedy: "Use the model's own tokenizer." },
  )
}

function checkLength(where: string, length: number, { contextLength }: ModelLimits): void {
  if (length <= contextLength) return
  throw new IcrlError(`${where}: ${length} tokens, the model's context is ${contextLength}.`, {
    code: 'context-exceeded',
    remedy: 'Shorten the prompt, or use a model with a longer context.',
  })
}

function invalid(message: string): IcrlError {
  return new IcrlError(message, {
    code: 'invalid-shape',
    remedy: 'Give prompts of at least one token, and one mask entry per response token.',
  })
}

const option = (message: string, remedy: string): IcrlError =>
  new IcrlError(message, { code: 'invalid-option', remedy })

function untempered(where: string, temperature: number): IcrlError {
  return new IcrlError(
    `${where}: temperature ${temperature}. Tinker servers give and train log-probabilities of temperature 1 alone.`,
    { code: 'unsupported', remedy: 'Use temperature 1, or 0 to sample the likeliest token.' },
  )
}
