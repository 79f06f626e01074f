import { type Generation, IcrlError } from '@icrl/core'
import type { Drawn, WireDraw } from './sampler-wire.ts'

/** What answers are compared with. */
export interface Expected {
  /** `vLLM at http://gpu:8000`, for errors. */
  readonly who: string
  readonly asked: WireDraw
  /** Ids are below it. @defaultValue not checked */
  readonly vocabularySize?: number
  /** What the server said of its base weights at the start. */
  readonly weightVersion?: string
}

/**
 * What a server drew as a generation, ended by the first stop id that was asked for: what a server
 * drew past it does not change what is before.
 *
 * @throws `invalid-shape` for another prompt than was sent, ids that do not exist, other lengths, or
 * an end that nobody asked for; `non-finite` naming the token; `run-conflict` for other weights than
 * were asked for
 */
export function checkDrawn(drawn: Drawn, expected: Expected): Omit<Generation, 'version'> {
  const { who, asked } = expected
  checkSource(drawn, expected)
  const { tokens, logprobs, prompt } = drawn
  const wrong = (what: string): IcrlError =>
    new IcrlError(`${who} ${what}.`, {
      code: 'invalid-shape',
      remedy: 'Check that it is the server it should be, and its version; nothing was learned.',
    })
  if (prompt && !(prompt.length === asked.prompt.length && prompt.every(isSame(asked.prompt))))
    throw wrong(`answered another prompt, of ${prompt.length} ids for ${asked.prompt.length}`)
  if (tokens.length === 0 || tokens.length > asked.maxTokens)
    throw wrong(`drew ${tokens.length} tokens, and was asked for 1 to ${asked.maxTokens}`)
  if (logprobs.length !== tokens.length)
    throw wrong(`sent ${logprobs.length} log-probabilities for ${tokens.length} tokens`)
  const unknown = tokens.find((token) => !isToken(token, expected.vocabularySize))
  if (unknown !== undefined) throw wrong(`drew token ${unknown}, which is not in the vocabulary`)
  const at = tokens.findIndex((token) => asked.stop.includes(token))
  const length = at < 0 ? tokens.length : at + 1
  if (at < 0 && length < asked.maxTokens)
    throw wrong(
      `ended after ${length} of ${asked.maxTokens} tokens, at id ${tokens[length - 1]}, which is no stop that was asked for`,
    )
  const broken = logprobs.findIndex((value, t) => t < length && !isLogprob(value))
  if (broken >= 0)
    throw new IcrlError(`${who}: the log-probability of token ${broken} is ${logprobs[broken]}.`, {
      code: 'non-finite',
      remedy: 'Its weights may be broken, or its settings change log-probabilities; look there.',
    })
  return {
    tokens: Int32Array.from(tokens.slice(0, length)),
    logprobs: Float32Array.from(logprobs.slice(0, length) as number[]),
    finish: at < 0 ? 'length' : 'stop',
  }
}

function checkSource(drawn: Drawn, { who, asked, weightVersion }: Expected): void {
  const conflict = (what: string): IcrlError =>
    new IcrlError(`${who} ${what}.`, {
      code: 'run-conflict',
      remedy: 'Use a server that nobody else gives weights to, and resume the run.',
    })
  if (drawn.model !== undefined && drawn.model !== asked.model)
    throw conflict(`drew from "${drawn.model}", and was asked for "${asked.model}"`)
  if (drawn.weightVersion !== weightVersion)
    throw conflict(
      `has base weights of version ${drawn.weightVersion}, and had ${weightVersion} at the start`,
    )
}

const isSame =
  (asked: readonly number[]) =>
  (token: number, t: number): boolean =>
    token === asked[t]

function isToken(token: number, size = Infinity): boolean {
  return Number.isInteger(token) && token >= 0 && token < size
}

/** Rounding may bring that of a certain token a little above 0. */
function isLogprob(value: number | null): boolean {
  return value !== null && Number.isFinite(value) && value < 1e-3
}
