import { IcrlError } from '@icrl/core'
import type { LossSlopes, PassItem, TokenScores, TokenSlopes } from '@icrl/core'

/** A call of `accumulate`: its items, the slopes' source, and whether they may have `entropy`. */
export interface AccumulateCall {
  readonly items: readonly PassItem[]
  readonly slopes: LossSlopes
  readonly entropySlopes: boolean
}

/**
 * Asks for the slopes of a pass, and checks them.
 *
 * @param members places of the pass's items in the call: whole units
 * @param scores theirs, in the order of `members`
 * @returns one entry per member, in order
 * @throws IcrlError `non-finite` naming item and token if the model's log-probability or a slope is
 * not finite; `invalid-shape` for too few or too many slopes; `invalid-option` for entropy slopes
 * that were not announced
 */
export function askSlopes(
  call: AccumulateCall,
  members: readonly number[],
  scores: readonly TokenScores[],
): readonly TokenSlopes[] {
  members.forEach((index, m) =>
    checkFinite(scores[m].logprobs, "the model's log-probability", index),
  )
  const answers = call.slopes(members, scores)
  if (answers.length !== members.length)
    throw new IcrlError(
      `accumulate: the slopes of ${members.length} items have ${answers.length} entries.`,
      { code: 'invalid-shape', remedy: 'Return one entry per index, in their order.' },
    )
  answers.forEach((answer, m) => checkSlopes(call, members[m], answer))
  return answers
}

function checkSlopes(
  { items, entropySlopes }: AccumulateCall,
  index: number,
  { logprobs, entropy }: TokenSlopes,
): void {
  const { length } = items[index].response
  for (const [name, values] of Object.entries({ 'log-probability': logprobs, entropy })) {
    if (values === undefined) continue
    if (values.length !== length)
      throw new IcrlError(
        `accumulate: the slopes by ${name} of item ${index} have ${values.length} entries for ${length} tokens.`,
        { code: 'invalid-shape', remedy: 'Return one slope per token of the response.' },
      )
    checkFinite(values, `the slope by ${name}`, index)
  }
  if (entropy !== undefined && !entropySlopes)
    throw new IcrlError(
      `accumulate: item ${index} has slopes by entropy, which were not announced.`,
      {
        code: 'invalid-option',
        remedy: 'Call `accumulate` with `entropySlopes: true`, or leave them out.',
      },
    )
}

function checkFinite(values: ArrayLike<number>, what: string, index: number): void {
  for (let t = 0; t < values.length; t++) {
    if (Number.isFinite(values[t])) continue
    throw new IcrlError(`accumulate: ${what} of item ${index} at token ${t} is ${values[t]}.`, {
      code: 'non-finite',
      remedy:
        'No weight was changed and the accumulated gradient was dropped. Look at this sample, and at the learning rate.',
    })
  }
}
