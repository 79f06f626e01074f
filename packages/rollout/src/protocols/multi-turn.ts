import {
  IcrlError,
  isIcrlError,
  outcomeOf,
  type Attempt,
  type AttemptOptions,
  type AttemptProtocol,
  type AttemptTurn,
  type Coroutine,
  type Environment,
  type EpisodeStart,
  type Finish,
  type Judgment,
  type Message,
  type Role,
  type Sampling,
  type Task,
  type TurnReply,
  type TurnRequest,
  type VersionSpan,
} from '@icrl/core'
import { turnBudget } from '../turn-budget.ts'
import { boundRole } from '../sessions/session-context.ts'
import { CALLBACK_MS, checkLimit } from '../sessions/within.ts'
import { guidanceIn, environmentPrompt, type EnvironmentPrompt } from './environment-prompt.ts'
import { boundText } from './bound-text.ts'
import { semaphore } from './semaphore.ts'
import { replayedEpisode, type ReplayedEpisode } from './replayed-episode.ts'
import { tokenLog, type TokenLog } from './token-log.ts'
import { versionSpans } from './version-spans.ts'

/** Options of {@link multiTurn}. */
export interface MultiTurnOptions<T extends Task = Task> {
  /** The game that an attempt plays. */
  readonly environment: Environment
  /** Who plays. @defaultValue the role that `attemptRound` asks for, else the solver */
  readonly role?: Role
  /** The opening messages. @defaultValue `environmentPrompt` */
  readonly prompt?: EnvironmentPrompt<T>
  /** Turns after which an attempt ends. @defaultValue the environment's own */
  readonly maxTurns?: number
  /** Identical actions in a row that end an attempt. @defaultValue 3 */
  readonly maxRepeatedActions?: number
  /**
   * Tokens of prompt, responses and observations together.
   *
   * @defaultValue the sampler's own limit
   */
  readonly contextTokens?: number
  /**
   * Tokens of responses and observations together. The role's `maxTokens` is per turn.
   *
   * @defaultValue no limit
   */
  readonly responseTokens?: number
  /** Errors of the environment that one attempt survives, by a fresh reset each. @defaultValue 2 */
  readonly environmentRetries?: number
  /**
   * Milliseconds that a call of the environment may take, after which its session fails. Infinity
   * switches it off.
   *
   * @defaultValue 600,000
   */
  readonly environmentTimeoutMs?: number
  /** Episodes open at once, over all sessions of this protocol. @defaultValue no limit */
  readonly maxEpisodes?: number
  /**
   * Longest observation, and longest task in words, in characters; the middle of a longer one is
   * left out.
   *
   * @defaultValue 65,536
   */
  readonly maxObservationCharacters?: number
  /** The role of observations in the conversation. @defaultValue `user` */
  readonly observationRole?: 'user' | 'tool'
  /** Called with every error of the environment, survived or not. @defaultValue nothing is */
  readonly onEnvironmentError?: (error: IcrlError, task: T) => void
}

const MAX_OBSERVATION = 65_536

/**
 * An attempt of many turns in an environment, from a fresh reset of the task: the solver writes,
 * the action in it is taken, the observation follows. The attempt ends when the environment is
 * done, turns run out, an action comes `maxRepeatedActions` times in a row, or a budget is used up
 * (`length`). The outcome is the last step's reward and success; without a step a failure of reward 0.
 *
 * Ids are only ever appended: what the solver wrote stays as sampled; observations, and what the
 * template writes between turns, follow with mask 0 and log-probability 0. An observation that ends
 * the attempt is not part of the response. Where steps before the last were rewarded, each step's
 * reward stays at the last token of its turn (`tokenRewards`).
 *
 * @throws `invalid-option` for a count below 1. An attempt throws `environment-failed` if the
 * environment's errors outlast the retries or it does not know the task (the session fails, the
 * step goes on), `context-exceeded` for a prompt without room to answer, and `non-finite` or
 * `invalid-shape` for an outcome that `outcomeOf` refuses.
 * @example
 * import { multiTurn, solveOnce } from '@icrl/rollout'
 * import type { Environment } from '@icrl/core'
 * declare const house: Environment
 * const protocol = solveOnce(multiTurn({ environment: house, contextTokens: 16384 }))
 */
export function multiTurn<T extends Task = Task>(options: MultiTurnOptions<T>): AttemptProtocol<T> {
  const {
    environment,
    prompt = environmentPrompt,
    environmentRetries = 2,
    environmentTimeoutMs = CALLBACK_MS,
    contextTokens,
    onEnvironmentError,
    maxEpisodes = Infinity,
    maxObservationCharacters = MAX_OBSERVATION,
  } = options
  checkCounts({
    maxEpisodes,
    maxTurns: options.maxTurns ?? environment.maxTurns,
    maxRepeatedActions: options.maxRepeatedActions ?? 3,
    contextTokens: contextTokens ?? Infinity,
    responseTokens: options.responseTokens ?? Infinity,
    maxObservationCharacters,
  })
  const limit = { milliseconds: environmentTimeoutMs, option: 'environmentTimeoutMs' }
  checkLimit('multiTurn', limit)
  const places = semaphore(maxEpisodes)
  return async function* (attemptOptions) {
    const { task, context, round, guidance } = attemptOptions
    const { role = attemptOptions.role ?? 'solver' } = options
    const { renderer, sampling } = boundRole(context.roles, role)
    const shown = guidanceIn(guidance)
    const leave = await places.enter(context.signal)
    const episode = replayedEpisode({
      environment,
      taskId: task.id,
      retries: environmentRetries,
      limit,
      signal: context.signal,
      onError: onEnvironmentError && ((error) => onEnvironmentError(error, task)),
    })
    try {
      const { task: words, observation } = await episode.start()
      const start = {
        task: boundText(words, maxObservationCharacters),
        observation: boundText(observation, maxObservationCharacters),
      }
      const messages = prompt({ task, environment, start, guidance: shown })
      const ids = renderer.start(messages)
      turnBudget({
        what: `task "${task.id}", round ${round}`,
        promptLength: ids.length,
        maxTokens: sampling.maxTokens,
        contextTokens,
      })
      const attempt = yield* play(
        options,
        { ...attemptOptions, role },
        episode,
        start,
        [...messages],
        ids,
      )
      return {
        attempt,
        unguidedPrompt:
          shown === undefined ? ids : renderer.start(prompt({ task, environment, start })),
        role,
      }
    } finally {
      await episode.close()
      leave()
    }
  }
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!(value >= 1))
      throw new IcrlError(`multiTurn: ${name} is ${value}.`, {
        code: 'invalid-option',
        remedy: 'Use 1 or more; Infinity switches a limit off.',
      })
  }
}

async function* play<T extends Task>(
  options: MultiTurnOptions<T>,
  { context, round, branch = 0, task, role }: AttemptOptions<T> & { readonly role: Role },
  episode: ReplayedEpisode,
  start: EpisodeStart,
  messages: Message[],
  prompt: Int32Array,
): Coroutine<Attempt> {
  const {
    environment,
    maxTurns = environment.maxTurns,
    observationRole = 'user',
    maxObservationCharacters = MAX_OBSERVATION,
  } = options
  const { renderer, sampling } = boundRole(context.roles, role)
  const log = tokenLog()
  const turns: AttemptTurn[] = []
  const drawn: VersionSpan[] = []
  const earned = stepRewards(environment.rewardIsTotal)
  let judged: Judgment = { reward: 0 }
  let finish: Finish | undefined
  while (finish === undefined) {
    const reply = yield* answerTo({
      role,
      messages: [...messages],
      prompt: log.after(prompt),
      sampling: within(options, sampling, prompt, log),
      key: context.key(role, round, turns.length, branch),
    })
    if (reply === undefined) {
      finish = 'length'
      break
    }
    drawn.push({ from: log.length, version: reply.version })
    log.sampled(reply.tokens, reply.logprobs)
    const action = environment.parseAction(reply.text)
    const step = action === undefined ? undefined : await episode.step(action)
    const observation = boundText(
      step?.observation ?? environment.invalidAction,
      maxObservationCharacters,
    )
    judged = step ?? judged
    const reward = step && earned.add(step.reward, log.length)
    turns.push({ text: reply.text, action, observation, ...(step && { reward }) })
    if (step?.done || turns.length >= maxTurns || isStuck(turns, options.maxRepeatedActions))
      finish = 'environment'
    else {
      const message: Message = { role: observationRole, content: observation }
      messages.push({ role: 'assistant', content: reply.text }, message)
      const glue = renderer.continue([message], reply.finish === 'length' ? 'length' : 'stop')
      if (room(options, prompt, log) - glue.length < 1) finish = 'length'
      else log.observed(glue)
    }
  }
  const valid = turns.some(({ action }) => action !== undefined)
  return {
    prompt,
    ...log.arrays(),
    ...earned.perToken(log.length),
    ...versionSpans(drawn),
    finish,
    valid,
    ...outcomeOf(judged, `environment "${environment.name}", task "${task.id}"`),
    turns,
    start,
  }
}

/**
 * The reply; undefined if a later turn no longer fits into the context. Only the sampler or
 * endpoint can tell, as it counts its own tokens.
 */
async function* answerTo(request: TurnRequest): Coroutine<TurnReply | undefined> {
  try {
    return yield request
  } catch (error) {
    if (request.key.turn > 0 && isIcrlError(error, 'context-exceeded')) return undefined
    throw error
  }
}

type Budgets = Pick<MultiTurnOptions, 'contextTokens' | 'responseTokens'>

/** Tokens that the whole attempt has left. */
function room(
  { contextTokens = Infinity, responseTokens = Infinity }: Budgets,
  prompt: Int32Array,
  log: TokenLog,
): number {
  return Math.min(contextTokens - prompt.length, responseTokens) - log.length
}

function within(options: Budgets, sampling: Sampling, prompt: Int32Array, log: TokenLog): Sampling {
  return { ...sampling, maxTokens: Math.min(sampling.maxTokens, room(options, prompt, log)) }
}

/**
 * True if the last actions are all the same. Responses without an action are skipped: they neither
 * count nor interrupt.
 */
function isStuck(turns: readonly AttemptTurn[], maxRepeatedActions = 3): boolean {
  const actions = turns
    .flatMap(({ action }) => (action === undefined ? [] : [action]))
    .slice(-maxRepeatedActions)
  return actions.length === maxRepeatedActions && new Set(actions).size === 1
}

interface StepRewards {
  /** Notes a step's reward after `length` tokens of the attempt; returns what it earned itself. */
  add(reward: number, length: number): number
  /** `[length]` rewards at the last tokens of their turns; none if only the last step had one. */
  perToken(length: number): { readonly tokenRewards?: Float32Array }
}

function stepRewards(isTotal = false): StepRewards {
  const steps: { readonly reward: number; readonly at: number }[] = []
  let total = 0
  return {
    add(reward, length) {
      const own = isTotal ? reward - total : reward
      total = reward
      steps.push({ reward: own, at: length - 1 })
      return own
    },
    perToken(length) {
      if (!steps.slice(0, -1).some(({ reward }) => reward !== 0)) return {}
      const tokenRewards = new Float32Array(length)
      for (const { reward, at } of steps) if (at >= 0) tokenRewards[at] += reward
      return { tokenRewards }
    },
  }
}
