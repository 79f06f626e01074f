import { exactMatch, extractShortAnswer, f1, subSpanMatch } from '@icrl/verify'
import { IcrlError, nearestMatch, type QuestionTask, type Recipe, type Verifier } from '@icrl/core'
import {
  dapo,
  drGrpo,
  grpo,
  gspo,
  icrl,
  reinforcePlusPlus,
  rloo,
  type RolloutOptions,
} from '@icrl/recipes'

/**
 * Methods a JSON configuration can name; their options are those of the function in
 * `@icrl/recipes`.
 */
export const namedMethods: Readonly<
  Record<string, (options: RolloutOptions<QuestionTask>) => Recipe<QuestionTask>>
> = {
  icrl,
  grpo,
  'dr-grpo': drGrpo,
  dapo,
  gspo,
  rloo,
  'reinforce-plus-plus': reinforcePlusPlus,
}

type Reward = (text: string, answer: string) => number

const rewards = {
  'exact-match': (text, answer) => Number(exactMatch(text, answer)),
  contains: (text, answer) => Number(subSpanMatch(text, answer)),
  f1: (text, answer) => f1(text, answer),
} satisfies Record<string, Reward>

/** Verifiers a JSON configuration can name: a response against the task's `answer`. */
export const namedVerifiers: Readonly<Record<string, Verifier<QuestionTask>>> = Object.fromEntries(
  Object.entries<Reward>(rewards).map(([name, reward]) => [
    name,
    ({ text, task }) => ({
      reward: reward(text, task.answer),
      valid: extractShortAnswer(text) !== undefined,
    }),
  ]),
)

/**
 * The part a configuration names.
 *
 * @throws `invalid-option` with the nearest name, or all there are
 */
export function partCalled<Part>(
  option: string,
  parts: Readonly<Record<string, Part>>,
  name: string,
): Part {
  if (Object.hasOwn(parts, name)) return parts[name]
  const meant = nearestMatch(name, Object.keys(parts))
  throw new IcrlError(`${option}: there is no "${name}".`, {
    code: 'invalid-option',
    remedy: meant ? `Did you mean "${meant}"?` : `There are ${Object.keys(parts).join(', ')}.`,
  })
}
