import { IcrlError } from '@icrl/core'
import type { Objective, ObjectiveResult, TokenScores, TrainItem } from '@icrl/core'

/**
 * Evaluates an objective unit by unit on current log-probabilities.
 *
 * @returns one result per item, in order
 * @throws IcrlError `non-finite` naming item and token if the model's log-probability, the loss or
 * its gradient is not finite; `invalid-shape` if the objective returns too few or too many results
 * or derivatives.
 */
export function evaluateUnits(
  objective: Objective,
  items: readonly TrainItem[],
  scores: readonly TokenScores[],
): ObjectiveResult[] {
  const results = new Array<ObjectiveResult>(items.length)
  for (const members of unitsOf(items)) {
    const unit = members.map((i) => ({
      ...items[i].input,
      logprobs: scores[i].logprobs,
      ...(scores[i].entropy ? { entropy: scores[i].entropy } : {}),
    }))
    members.forEach((i) =>
      checkFinite(scores[i].logprobs, () => `the model's log-probability of ${nameOf(items[i])}`),
    )
    const found = objective.evaluate(unit)
    if (found.length !== unit.length) {
      throw new IcrlError(
        `accumulate: objective ${objective.name} answered ${found.length} results for a unit of ${unit.length}.`,
        {
          code: 'invalid-shape',
          remedy: 'An objective answers one result per sample.',
        },
      )
    }
    members.forEach((i, m) => {
      checkResult(objective, items[i], found[m])
      results[i] = found[m]
    })
  }
  return results
}

function unitsOf(items: readonly TrainItem[]): Iterable<number[]> {
  const units = new Map<string, number[]>()
  items.forEach(({ unit }, i) => {
    const members = units.get(unit)
    if (members === undefined) units.set(unit, [i])
    else members.push(i)
  })
  return units.values()
}

function checkResult(
  objective: Objective,
  item: TrainItem,
  { value, gradient, entropyGradient }: ObjectiveResult,
): void {
  const what = (part: string) => (): string =>
    `objective ${objective.name}'s ${part} of ${nameOf(item)}`
  checkFinite([value], what('loss'))
  checkFinite(gradient, what('gradient'))
  if (entropyGradient !== undefined) checkFinite(entropyGradient, what('entropy gradient'))
  if (gradient.length !== item.response.length) {
    throw new IcrlError(
      `accumulate: ${what('gradient')()} has ${gradient.length} entries for ${item.response.length} tokens.`,
      {
        code: 'invalid-shape',
        remedy: 'An objective answers one derivative per token.',
      },
    )
  }
}

function checkFinite(values: ArrayLike<number>, what: () => string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue
    throw new IcrlError(
      `accumulate: ${what()}${values.length > 1 ? ` at token ${i}` : ''} is ${values[i]}.`,
      {
        code: 'non-finite',
        remedy:
          'No weight was changed and the accumulated gradient was dropped. Look at this sample, and at the learning rate.',
      },
    )
  }
}

function nameOf({ unit, input }: TrainItem): string {
  const { keys } = input
  return keys === undefined
    ? `unit ${unit}`
    : `task ${keys.task}, session ${keys.session}, ${keys.role}, round ${keys.round}`
}
