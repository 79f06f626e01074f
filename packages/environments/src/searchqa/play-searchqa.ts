import type { EpisodeStep } from '@icrl/core'
import { exactMatch } from '@icrl/verify'
import { findTaggedAction } from '../parse-tagged-action.ts'
import { formatPassages } from './passage.ts'
import type { SearchQuestion } from './questions.ts'
import type { Retriever } from './retriever.ts'

/** What searches and answers are judged with. */
export interface SearchqaRules {
  /** Finds passages for a query. */
  readonly retriever: Retriever
  /** Passages a search shows. */
  readonly topk: number
  /** Score of an answer, in [0, 1]; 1 is right. */
  readonly score: (prediction: string, golds: readonly string[]) => number
}

const invalid =
  'Your previous action is invalid. If you want to search, you should put the query between <search> and </search>. If you want to give the final answer, you should put the answer between <answer> and </answer>. Please try again.'

/**
 * Exact match over all golds.
 *
 * @example
 * scoreExact('the Eiffel Tower', ['Eiffel Tower']) // 1
 */
export function scoreExact(prediction: string, golds: readonly string[]): number {
  return exactMatch(prediction, golds) ? 1 : 0
}

/** The first `<search>…</search>` or `<answer>…</answer>`. */
function firstTag(
  action: string,
): { readonly tag: 'search' | 'answer'; readonly text: string } | undefined {
  const found = (['search', 'answer'] as const).flatMap((tag) => {
    const start = action.indexOf(`<${tag}>`)
    const end = action.indexOf(`</${tag}>`, start)
    return start >= 0 && end >= 0
      ? [{ tag, start, text: action.slice(start + tag.length + 2, end) }]
      : []
  })
  return found.sort((a, b) => a.start - b.start)[0]
}

/**
 * One action of search question answering, with AgentGym's answers: a search shows passages in
 * `<information>`, an answer is judged. A wrong answer does not end the task here.
 *
 * @example
 * const { passages, train } = generateCorpus()
 * await stepSearchqa(
 *   { retriever: bm25Retriever(passages), topk: 3, score: scoreExact },
 *   train[0],
 *   '<search>Ghent</search>',
 * )
 */
export async function stepSearchqa(
  { retriever, topk, score }: SearchqaRules,
  { golds }: SearchQuestion,
  action: string,
  signal?: AbortSignal,
): Promise<EpisodeStep> {
  const found = firstTag(action)
  if (!found) return { observation: invalid, reward: 0, done: false }
  if (found.tag === 'search') {
    const [passages] = await retriever.retrieve([found.text.trim()], topk, signal)
    return {
      observation: `<information>${formatPassages(passages).trim()}</information>`,
      reward: 0,
      done: false,
    }
  }
  // As upstream: an action that begins with an answer is judged by its last one.
  const reward = score(findTaggedAction(action, ['answer'])?.text ?? found.text, golds)
  return reward === 1
    ? {
        observation: 'Congratulations! You have answered the question correctly.',
        reward,
        done: true,
      }
    : { observation: 'Sorry, your answer is incorrect. Please try again.', reward, done: false }
}
