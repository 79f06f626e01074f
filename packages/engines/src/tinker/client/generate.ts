import { type Generation, IcrlError, type SampleRequest } from '@icrl/core'
import type { ModelLimits } from './check-requests.ts'
import { checkLogprobs, type TinkerModel } from './tinker-model.ts'

/**
 * Samples, and holds what came back against what was asked for.
 *
 * @throws IcrlError `invalid-shape` for more tokens than asked for, tokens behind a stop id or other
 * lengths, `vocabulary-mismatch`, `non-finite`
 */
export async function generate(
  model: TinkerModel,
  request: SampleRequest,
  version: string,
  { vocabularySize }: ModelLimits,
): Promise<Generation> {
  const { maxTokens, stop, onToken } = request
  const { tokens, logprobs: given, stopReason } = await model.sample(request)
  const wrong = (what: string): IcrlError =>
    new IcrlError(`sample: the server answered ${what}.`, {
      code: 'invalid-shape',
      remedy: 'Nothing was learned from it. Look at the server’s version.',
      triedEnough: true,
    })
  const stopped = tokens.findIndex((id) => stop.includes(id))
  const isStopped = stopped >= 0
  if (tokens.length === 0 || tokens.length > maxTokens)
    throw wrong(`${tokens.length} tokens, of at most ${maxTokens}`)
  if (isStopped && stopped < tokens.length - 1)
    throw wrong(`tokens behind the stop id ${tokens[stopped]}`)
  if (!isStopped && stopReason === 'stop')
    throw wrong(`that it stopped, at id ${tokens.at(-1)}, which is none of ${stop.join(', ')}`)
  if (given?.length !== tokens.length)
    throw wrong(`${given?.length ?? 'no'} log-probabilities for ${tokens.length} tokens`)
  const unknown = tokens.findIndex((id) => !(id >= 0 && id < vocabularySize))
  if (unknown >= 0)
    throw new IcrlError(
      `sample: the server answered id ${tokens[unknown]}, the vocabulary has ${vocabularySize}.`,
      { code: 'vocabulary-mismatch', remedy: 'Give the vocabulary of the model that it serves.' },
    )
  const logprobs = checkLogprobs(given, 'sample')
  tokens.forEach((token, t) => onToken?.(token, logprobs[t]))
  return { tokens, logprobs, finish: isStopped ? 'stop' : 'length', version }
}

/**
 * What a caller gets who stops waiting. The server finishes the generation all the same, and the
 * weights stay until it has.
 */
export async function unlessAborted(
  generation: Promise<Generation>,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Generation> {
  if (!signal) return generation
  const aborted = new Promise<Generation>((resolve) =>
    signal.addEventListener('abort', () => resolve(nothing(version)), { once: true }),
  )
  generation.catch(() => undefined)
  return Promise.race([aborted, generation])
}

/** The generation of a caller who has stopped waiting. */
export function nothing(version: string): Generation {
  const [tokens, logprobs] = [new Int32Array(), new Float32Array()]
  return { tokens, logprobs, finish: 'aborted', version }
}
