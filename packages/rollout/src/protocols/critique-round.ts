import type {
  Attempt,
  Coroutine,
  Message,
  Sample,
  SessionContext,
  Task,
  TurnReply,
} from '@icrl/core'
import { turnBudget } from '../prompt-grown.ts'
import { boundRole } from '../sessions/bound-role.ts'
import type { RoundPart } from './attempt-round.ts'

/** How a critic is asked and read. */
export interface CriticOptions<T extends Task = Task> {
  /** The critic's conversation: the task and what came of the attempt. */
  readonly criticPrompt: (task: T, attempt: Attempt) => readonly Message[]
  /** The advice in what the critic wrote, and whether it was in the form asked for. */
  readonly parseCritique: (text: string) => ParsedCritique
  /** Tokens of the critic's prompt and critique together; absent: whatever the sampler takes. */
  readonly criticContextTokens?: number
}

/** What was read out of a critic's answer. */
export interface ParsedCritique {
  /** Empty: nothing to show; the next attempt is then critique-free. */
  readonly critique: string
  readonly valid: boolean
}

export interface CritiqueRoundOptions<T extends Task = Task> extends CriticOptions<T> {
  readonly task: T
  readonly context: SessionContext
  /** Of the attempt it critiques, 1-based. */
  readonly round: number
  readonly attempt: Attempt
  /** Id of the attempt's sample, where it has one. */
  readonly parents?: readonly string[]
}

export interface CritiqueRound extends RoundPart, ParsedCritique {}

/**
 * One critique of one attempt, sampled and trained under the critic's own prompt. Its reward is 0
 * until a reward rule sets it. A prompt that has outgrown the context fails the session.
 *
 * @example
 * import { critiqueRound, type CritiqueRoundOptions } from '@icrl/rollout'
 * import type { Coroutine } from '@icrl/core'
 * async function* advise(options: CritiqueRoundOptions): Coroutine<string> {
 *   const { critique } = yield* critiqueRound(options)
 *   return critique
 * }
 */
export async function* critiqueRound<T extends Task>(
  options: CritiqueRoundOptions<T>,
): Coroutine<CritiqueRound> {
  const { task, context, round, attempt, criticPrompt, parseCritique, criticContextTokens } =
    options
  const { renderer, sampling } = boundRole(context.roles, 'critic')
  const messages = criticPrompt(task, attempt)
  const prompt = renderer.start(messages)
  const maxTokens = turnBudget({
    what: `task "${task.id}", critique of round ${round}`,
    promptLength: prompt.length,
    maxTokens: sampling.maxTokens,
    contextTokens: criticContextTokens,
    grown: true,
  })
  const reply = yield {
    role: 'critic',
    messages,
    prompt,
    sampling: { ...sampling, maxTokens },
    key: context.key('critic', round, 0),
  }
  const { critique, valid } = parseCritique(reply.text)
  const sample = criticSample(options, prompt, reply, valid)
  return {
    critique,
    valid,
    samples: sample ? [sample] : [],
    transcript: [{ role: 'critic', round, text: reply.text, sample: sample?.id }],
  }
}

function criticSample(
  {
    task,
    context,
    round,
    parents = [],
  }: Pick<CritiqueRoundOptions, 'task' | 'context' | 'round' | 'parents'>,
  prompt: Int32Array,
  reply: TurnReply,
  valid: boolean,
): Sample | undefined {
  const { policy, sampling } = boundRole(context.roles, 'critic')
  if (policy === undefined) return undefined
  return {
    id: context.sampleId('critic', round),
    parents,
    keys: { task: task.id, role: 'critic', session: context.session, round, branch: 0 },
    sampledUnder: prompt,
    trainedUnder: prompt,
    response: reply.tokens,
    mask: new Uint8Array(reply.tokens.length).fill(1),
    behaviorLogprobs: reply.logprobs,
    rewards: {},
    reward: 0,
    policy,
    version: reply.version,
    temperature: sampling.temperature,
    finish: reply.finish,
    valid,
  }
}
