import {
  drawStream,
  IcrlError,
  partsOf,
  type Generation,
  type RoleBinding,
  type Sampler,
  type TextGenerator,
  type TurnReply,
  type TurnRequest,
} from '@icrl/core'

/**
 * Answers a role's requests: a model that draws tokens, or an endpoint that answers in text.
 */
export type Responder = Sampler | TextGenerator

/** Version of a reply whose weights are unknown. */
const ENDPOINT = 'endpoint'

/** Answers one request. A sampler is given the prompt's ids, an endpoint the messages. */
export async function answerTurn(
  request: TurnRequest,
  responder: Responder,
  binding: RoleBinding,
  signal: AbortSignal,
): Promise<TurnReply> {
  checkRequest(request, responder, binding)
  return isSampler(responder)
    ? sampleReply(request, responder, binding, signal)
    : textReply(request, responder, signal)
}

/** True for a responder that draws token ids. */
export function isSampler(responder: Responder): responder is Sampler {
  return 'sample' in responder
}

async function sampleReply(
  request: TurnRequest,
  sampler: Sampler,
  binding: RoleBinding,
  signal: AbortSignal,
): Promise<TurnReply> {
  const { prompt, sampling, key, tools } = request
  const generation = await sampler.sample(
    { prompt, ...sampling, stop: binding.renderer.stop, draws: drawStream(key) },
    signal,
  )
  checkGeneration(generation, request)
  const { renderer } = binding
  const text = renderer.text(generation.tokens)
  const parts = renderer.parse?.(generation.tokens, { tools }) ?? partsOf({ content: text })
  return { ...generation, text, parts }
}

async function textReply(
  { messages, sampling, key, tools, about }: TurnRequest,
  generator: TextGenerator,
  signal: AbortSignal,
): Promise<TurnReply> {
  const { maxTokens, temperature, topP } = sampling
  const seed = drawStream(key).integer(0, 0x7fff_ffff)
  const { text, finish, parts } = await generator.complete(messages, {
    maxTokens,
    temperature,
    topP,
    seed,
    tools,
    about,
    signal,
  })
  return {
    text,
    parts: parts ?? partsOf({ content: text }),
    tokens: new Int32Array(0),
    logprobs: new Float32Array(0),
    finish,
    version: ENDPOINT,
  }
}

/**
 * Checks a request. Log-probabilities are of the full softmax, so tokens drawn from a filtered one
 * would be trained with wrong ratios.
 *
 * @throws `invalid-option` for a request that must not be trained on, `invalid-shape` for one that
 * cannot be answered.
 */
function checkRequest(
  { prompt, sampling, key }: TurnRequest,
  responder: Responder,
  binding: RoleBinding,
): void {
  checkSampling(key.role, key.domain === 'train', sampling, responder, binding)
  if (isSampler(responder) && prompt.length === 0) {
    throw new IcrlError(`role "${key.role}", task "${key.task}": the prompt is empty.`, {
      code: 'invalid-shape',
      remedy: 'Give the prompt at least one message.',
    })
  }
}

/**
 * Refuses limits that make no sense and, for a trained role in a training rollout, what would make
 * its ratios wrong.
 *
 * @throws `invalid-option` naming the role.
 */
export function checkSampling(
  role: string,
  training: boolean,
  sampling: RoleBinding['sampling'],
  responder: Responder,
  binding: RoleBinding,
): void {
  const { maxTokens, temperature, topP = 1, topK = 0 } = sampling
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    refuse(role, `sampling.maxTokens is ${maxTokens}.`, 'Allow 1 token or more.')
  if (!(temperature >= 0 && temperature < Infinity))
    refuse(role, `sampling.temperature is ${temperature}.`, 'Use 0 (greedy) or more.')
  if (!training || binding.policy === undefined) return
  const why =
    'Tokens drawn from another distribution than the full softmax would be trained with wrong ratios.'
  if (!isSampler(responder))
    refuse(
      role,
      'a text endpoint cannot be trained: it gives no token ids.',
      `Leave the role's policy out, or bind it to a sampler.`,
    )
  if (topP !== 1)
    refuse(role, `sampling.topP is ${topP} in a training rollout.`, `Use topP 1. ${why}`)
  if (topK !== 0)
    refuse(role, `sampling.topK is ${topK} in a training rollout.`, `Use topK 0. ${why}`)
  if (temperature === 0)
    refuse(
      role,
      'sampling.temperature is 0 in a training rollout.',
      `Use a temperature above 0. ${why}`,
    )
}

function refuse(role: string, what: string, remedy: string): never {
  throw new IcrlError(`role "${role}": ${what}`, { code: 'invalid-option', remedy })
}

function checkGeneration({ tokens, logprobs, finish }: Generation, { key }: TurnRequest): void {
  if (logprobs.length !== tokens.length) {
    throw new IcrlError(
      `${samplerOf(key)}: ${logprobs.length} log-probabilities for ${tokens.length} tokens.`,
      { code: 'invalid-shape', remedy: 'A generation has one log-probability per token.' },
    )
  }
  if (tokens.length === 0 && finish !== 'aborted') {
    throw new IcrlError(`${samplerOf(key)}: finished as "${finish}" without a token.`, {
      code: 'invalid-shape',
      remedy: 'A generation has at least one token; a stop id is kept in it.',
    })
  }
  const at = logprobs.findIndex((value) => !Number.isFinite(value))
  if (at >= 0) {
    throw new IcrlError(
      `${samplerOf(key)}: the log-probability of token ${at} is ${logprobs[at]}.`,
      {
        code: 'non-finite',
        remedy: 'The weights or logits are broken: look at the last step before this one.',
      },
    )
  }
}

function samplerOf({ role, task, session, round, turn }: TurnRequest['key']): string {
  return `sampler of role "${role}", task "${task}", session ${session}, round ${round}, turn ${turn}`
}
