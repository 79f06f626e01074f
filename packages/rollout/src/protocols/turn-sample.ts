import type { Attempt, Outcome, Role, Sample, SessionContext, Task, TurnReply } from '@icrl/core'
import { boundRole } from '../sessions/session-context.ts'

/** Options of {@link turnSample}. T is the length of `response`. */
export interface TurnSampleOptions {
  /** Who said it. */
  readonly role: Role
  /** The task that it is about. */
  readonly task: Task
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** 1-based. */
  readonly round: number
  /** 0-based number of this turn among several of its round. @defaultValue 0 */
  readonly branch?: number
  /** 0-based turn of a role that speaks several times in a round. @defaultValue it speaks once */
  readonly turn?: number
  /** Further keys, to group by. @defaultValue none */
  readonly keys?: Readonly<Record<string, string | number>>
  /** Ids of the samples it answers. @defaultValue none */
  readonly parents?: readonly string[]
  /** `[P]` ids that the sampler saw. */
  readonly prompt: Int32Array
  /** `[P]` ids that the loss will see. @defaultValue `prompt` */
  readonly learnUnder?: Int32Array
  /** What was sampled; `mask` is 1 throughout by default. */
  readonly response: Pick<
    Attempt,
    'response' | 'logprobs' | 'version' | 'versions' | 'finish' | 'tokenRewards' | 'dialogue'
  > & {
    readonly mask?: Uint8Array
  }
  /** Whether the answer could be read. @defaultValue true */
  readonly valid?: boolean
  /**
   * How the attempt it is part of ended.
   *
   * @defaultValue none, and its reward is 0 until a rule sets it
   */
  readonly outcome?: Outcome
  /** Named components of the reward. @defaultValue none */
  readonly components?: Readonly<Record<string, number>>
}

/**
 * What a role said as a trainable sample, or undefined if the role is not trained. Every sample of
 * this package is made here. Its id reads `…/<role>-<round>-<branch>`, with `-<turn>` behind it
 * where a turn is given, which then is a key as well.
 *
 * @example
 * import { turnSample, type TurnSampleOptions } from '@icrl/rollout'
 * declare const said: TurnSampleOptions
 * const judged = turnSample({ ...said, role: 'judge', keys: { criterion: 'style' } })
 */
export function turnSample({
  role,
  task,
  context,
  round,
  branch = 0,
  turn,
  keys,
  parents = [],
  prompt,
  learnUnder = prompt,
  response: { response, mask, logprobs, version, versions, finish, tokenRewards, dialogue },
  valid = true,
  outcome,
  components,
}: TurnSampleOptions): Sample | undefined {
  const { policy, sampling } = boundRole(context.roles, role)
  if (policy === undefined) return undefined
  const id = context.sampleId(role, round, branch)
  return {
    id: turn === undefined ? id : `${id}-${turn}`,
    parents,
    keys: {
      task: task.id,
      role,
      session: context.session,
      round,
      branch,
      ...(turn !== undefined && { turn }),
      ...keys,
    },
    sampledUnder: prompt,
    trainedUnder: isSame(prompt, learnUnder) ? prompt : learnUnder,
    response,
    mask: mask ?? new Uint8Array(response.length).fill(1),
    behaviorLogprobs: logprobs,
    rewards: { ...(outcome && { outcome: outcome.reward }), ...components },
    reward: outcome?.reward ?? 0,
    ...(outcome && { success: outcome.success }),
    ...(tokenRewards && { tokenRewards }),
    policy,
    version,
    ...(versions && { versions }),
    temperature: sampling.temperature,
    finish,
    valid,
    ...(dialogue && { dialogue }),
  }
}

/** A reply as the response of a sample. */
export function responseOf({
  tokens,
  logprobs,
  version,
  finish,
}: TurnReply): TurnSampleOptions['response'] {
  return { response: tokens, logprobs, version, finish }
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id === b[i]))
}
