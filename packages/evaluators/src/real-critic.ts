import type { Benchmark } from './benchmark.ts'
import { copied, corrected, critiqued, direct, type RealCriticItem } from './closed-loop.ts'
import { byItem, foundIn } from './conclude.ts'
import { shuffledAnswers } from './controls.ts'
import { readItems } from './formats/read-items.ts'
import { transitionShares } from './metrics/transition-shares.ts'
import { tableOf } from './table.ts'

/** Options of {@link realCritic}. */
export interface RealCriticOptions {
  /** Rounds of critique in one conversation; the last correction counts. @defaultValue 1 */
  readonly rounds?: number
  /** True: the critic's own direct solution takes the published one's place. @defaultValue false */
  readonly self?: boolean
}

/**
 * RealCritic (arXiv 2501.14492) `[code]`: a critique is worth the correction it leads to. One call
 * critiques a solution and corrects it; the score is whether the correction is right, over items
 * half of which are right. Beside it: the share of right solutions that stay right, and of wrong
 * ones that become right. A critic is useful where it beats the control `direct`, which never sees
 * a solution. `rounds` is the iterative mode, `self` self-critique.
 *
 * The controls `empty critique`, `says "right"`, `says "wrong"` and `critiques shuffled` show the
 * critic the same solution beside such a critique and ask for the correction alone; `votes, equal
 * tokens` samples direct answers until they have cost what the critique did, and takes the most
 * frequent; `copies` is the published score of the solutions.
 *
 * Ours: answers are compared by `verifyMath`, not by the release's checker; prompts are in our words;
 * a correction without an answer is wrong, as there, and counted.
 *
 * File: `idx, question, gt, reasoning, previous_score: [boolean]`. Role: `critic`.
 *
 * @example
 * import { realCritic } from '@icrl/evaluators'
 * const items = await realCritic().read(
 *   '{"idx": 0, "question": "2 + 2?", "gt": "4", "reasoning": "It is 5.", "previous_score": [false]}',
 * )
 */
export function realCritic({
  rounds = 1,
  self = false,
}: RealCriticOptions = {}): Benchmark<RealCriticItem> {
  return {
    name: rounds > 1 ? `critique, ${rounds} rounds` : 'critique',
    read: readRealCritic,
    protocol: critiqued(rounds, self),
    controls: (items, sessions) => {
      const shuffled = shuffledAnswers(items, sessions)
      const cost = new Map(
        sessions.map((one) => [one.task, foundIn<number>(one.findings, 'tokens')]),
      )
      return {
        direct: direct(),
        'votes, equal tokens': direct((id) => cost.get(id)),
        'empty critique': corrected(() => ''),
        'says "right"': corrected(() => 'The solution is correct.'),
        'says "wrong"': corrected(() => 'The solution is wrong.'),
        ...(items.length > 1 && { 'critiques shuffled': corrected(({ id }) => shuffled.get(id)!) }),
        copies: copied,
      }
    },
    score(items, sessions) {
      const pairs = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => [
          foundIn<boolean>(findings, 'wasRight') ?? item.wasRight,
          foundIn<boolean>(findings, 'isRight') ?? false,
        ]),
      )
      const { before, after, kept, repaired } = transitionShares(
        pairs.map(([was]) => was),
        pairs.map(([, is]) => is),
      )
      return tableOf(
        ['right', 'of the solutions', 'right ones kept', 'wrong ones repaired', 'items'],
        [[after, before, kept, repaired, items.length]],
      )
    },
  }
}

function readRealCritic(file: string | Uint8Array): Promise<RealCriticItem[]> {
  return readItems(file, {
    format: 'RealCritic',
    fields: { question: 'string', gt: 'string', reasoning: 'string', previous_score: 'boolean[]' },
    make: (record, place) => ({
      ...(record as unknown as RealCriticItem),
      id: String(record.idx ?? place),
      wasRight: (record.previous_score as boolean[])[0] === true,
    }),
  })
}
