import { IcrlError, type Message, type Scorer, type Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import { roleTurn, type RoleTurn } from '@icrl/rollout'
import type { Benchmark } from './benchmark.ts'
import { byItem, concluded, foundIn } from './conclude.ts'
import { checkFields, readItems } from './formats/read-items.ts'
import { auroc } from './metrics/auroc.ts'
import { entropySimilarity } from './metrics/entropy-similarity.ts'
import { mean } from './metrics/mean.ts'
import { type Cell, tableOf } from './table.ts'

/** A prompt that was, or was not, trained on. */
export interface MembershipItem extends Task {
  /** The conversation that is scored. */
  readonly messages: readonly Message[]
  /** Whether it was trained on. */
  readonly member: boolean
}

/** Options of {@link contamination}. */
export interface ContaminationOptions {
  /** The model itself: it scores what it said, with entropies. */
  readonly scorer: Scorer
  /** Share of least likely tokens that Min-K% looks at. @defaultValue 0.2 */
  readonly minK?: number
}

const OTHER_WAY =
  'That was one way. Now answer the same question again, by another line of reasoning than the one above.'

/**
 * Was a prompt trained on with RL? "Detecting Data Contamination from Reinforcement Learning
 * Post-training" (arXiv 2510.09259) `[code]`, detector Self-Critique: a model whose policy
 * collapsed on a prompt cannot take another way when asked to. The model answers greedily; then it
 * is shown that answer and told to take another way. The score is the similarity of the two
 * answers' token entropies (`entropySimilarity`): it is high for members, the prompts that were
 * trained on. One row per detector: the AUC of members against the others, with perplexity and
 * Min-K% of the first answer as baselines.
 *
 * Ours: entropies are of the whole softmax; the released code sums over the top log-probabilities.
 * Min-K% has its usual sign (likelier is more suspicious); the released code has the opposite.
 * Sample at temperature 0. The solver must give tokens: a text endpoint has no entropies.
 *
 * File: the authors' Parquet, `prompt: [{ role, content }], member`, true or 1. Role: `solver`.
 *
 * @example
 * import { contamination } from '@icrl/evaluators'
 * import type { Policy } from '@icrl/core'
 * declare const policy: Policy
 * const benchmark = contamination({ scorer: policy })
 */
export function contamination({
  scorer,
  minK = 0.2,
}: ContaminationOptions): Benchmark<MembershipItem> {
  return {
    name: 'contamination',
    read: readMembership,
    async *protocol(task, context) {
      const asked = { role: 'solver', task, context } as const
      const first = yield* roleTurn({ ...asked, messages: task.messages })
      const messages: Message[] = [
        ...task.messages,
        { role: 'assistant', content: visibleText(first.text) },
        { role: 'user', content: OTHER_WAY },
      ]
      const second = yield* roleTurn({ ...asked, messages, branch: 1 })
      const start = context.roles.solver.renderer.start
      const prompts = [start(task.messages), start(messages)]
      const [one, two] = await scoresOf(scorer, [first, second], prompts)
      const least = [...one.logprobs].sort((a, b) => a - b)
      return concluded(
        { task, context },
        [first, second],
        {},
        {
          'self-critique': entropySimilarity(one.entropy!, two.entropy!),
          perplexity: mean([...one.logprobs])!,
          'min-k%': mean(least.slice(0, Math.max(1, Math.floor(least.length * minK))))!,
        },
      )
    },
    score(items, sessions) {
      const scored = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.filter(({ failure }) => !failure).map(({ findings }) => ({ ...item, findings })),
      )
      const row = (detector: string): Cell[] => {
        const scores = scored.map(({ findings }) => foundIn<number>(findings, detector)!)
        const of = (member: boolean): number | undefined =>
          mean(scores.filter((_, i) => scored[i].member === member))
        const members = scored.map(({ member }) => member)
        return [detector, auroc(scores, members), of(true), of(false), scored.length]
      }
      return tableOf(
        ['detector', 'AUC', 'members', 'others', 'items'],
        ['self-critique', 'perplexity', 'min-k%'].map(row),
        [
          'The score of perplexity is the mean log-probability: likelier is more suspicious.',
          ...(scored.length < items.length
            ? [`${items.length - scored.length} items failed and are in no figure.`]
            : []),
        ],
      )
    },
  }
}

async function scoresOf(
  scorer: Scorer,
  turns: readonly RoleTurn[],
  prompts: readonly Int32Array[],
): ReturnType<Scorer['score']> {
  if (turns.some(({ reply }) => reply.tokens.length === 0))
    throw new IcrlError('contamination: the solver answers in text, without tokens.', {
      code: 'unsupported',
      remedy: 'Give roles.solver a model that samples: entropies of an endpoint are not known.',
    })
  return scorer.score(
    turns.map(({ reply }, i) => ({ prompt: prompts[i], response: reply.tokens, temperature: 1 })),
    { entropy: true },
  )
}

function readMembership(file: string | Uint8Array): Promise<MembershipItem[]> {
  return readItems(file, {
    format: 'RL-MIA',
    fields: { prompt: 'array' },
    make: (record, place) => {
      const kind = typeof record.member === 'number' ? 'number' : 'boolean'
      checkFields(record, { member: kind }, `RL-MIA, ${place}`)
      return {
        ...record,
        id: place,
        messages: record.prompt as Message[],
        member: Boolean(record.member),
      }
    },
  })
}
