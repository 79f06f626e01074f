import { IcrlError, isMarkedError, markError, type IcrlErrorOptions } from '@icrl/core'

const PROMPT_GROWN = 'icrl.rollout.prompt-grown'

/**
 * A prompt outgrew the context because of what was sampled before it (a critique, or a trajectory
 * to critique). That fails the session alone. A first prompt that does not fit is a mistake of the
 * caller: a plain `context-exceeded`, which stops the run.
 */
export class PromptGrown extends IcrlError {
  constructor(message: string, options: IcrlErrorOptions) {
    super(message, options)
    markError(this, PROMPT_GROWN)
  }
}

/** True for a {@link PromptGrown}, even of another copy of this package. */
export function isPromptGrown(error: unknown): error is PromptGrown {
  return isMarkedError(error, PROMPT_GROWN)
}

/**
 * Tokens that may be sampled after `promptLength` ids: `maxTokens`, or less if the context leaves
 * less.
 *
 * @throws `context-exceeded` if it leaves none.
 */
export function turnBudget(options: {
  readonly what: string
  readonly promptLength: number
  readonly maxTokens: number
  readonly contextTokens?: number
  readonly grown: boolean
}): number {
  const { what, promptLength, maxTokens, contextTokens = Infinity, grown } = options
  const left = Math.min(maxTokens, contextTokens - promptLength)
  if (left >= 1) return left
  const message = `${what}: the prompt has ${promptLength} tokens, the context ${contextTokens}.`
  throw new (grown ? PromptGrown : IcrlError)(message, {
    code: 'context-exceeded',
    remedy: 'Shorten the prompt, or raise contextTokens if the model allows.',
  })
}
