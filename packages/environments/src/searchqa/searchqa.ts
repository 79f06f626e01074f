import { IcrlError, type Environment } from '@icrl/core'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import { findTaggedAction } from '../parse-tagged-action.ts'
import { bm25Retriever } from './bm25-retriever.ts'
import { generateCorpus } from './generate-corpus.ts'
import { scoreExact, stepSearchqa, type SearchqaRules } from './play-searchqa.ts'
import type { SearchQuestion } from './questions.ts'
import type { Retriever } from './retriever.ts'

/** Options of {@link searchqa}. */
export interface SearchqaOptions {
  /** What a search finds. @defaultValue BM25 over a generated corpus */
  readonly retriever?: Retriever
  /**
   * Required if `retriever` is given, and not allowed without it.
   *
   * @defaultValue those of a generated corpus
   */
  readonly questions?: {
    readonly train: readonly SearchQuestion[]
    readonly test: readonly SearchQuestion[]
  }
  /** Passages that a search shows. @defaultValue 3 */
  readonly topk?: number
  /** Reward of an answer. `f1` of `@icrl/verify` is another. @defaultValue exact match */
  readonly score?: SearchqaRules['score']
  /** Number of answers allowed. AgentGym's server allows `Infinity`. @defaultValue 1, as in ICRL */
  readonly answers?: number
  /** Turns after which an attempt ends. @defaultValue 8 */
  readonly maxTurns?: number
}

/** How to act, for the solver. */
export const searchqaInstructions = `Answer a question with the help of a search engine. Think about what you know and what is missing. To search, write the query between
<search> and </search>; the passages found come back between <information> and </information>. Search as often as you need. When you know the
answer, write it between <answer> and </answer>, in a few words and without explanation. Give one search or one answer at a time.`

/** The last search, answer or action of a response, with its tags. */
export function parseSearchAction(response: string): string | undefined {
  const found = findTaggedAction(response, ['search', 'answer', 'action', 'subagent'])
  return found && `<${found.tag}>${found.text}</${found.tag}>`
}

function sourceOf({
  retriever,
  questions,
}: SearchqaOptions): Required<Pick<SearchqaOptions, 'retriever' | 'questions'>> {
  if (retriever && questions) return { retriever, questions }
  if (retriever || questions) {
    throw new IcrlError(
      `searchqa: a ${retriever ? 'retriever without questions' : 'set of questions without a retriever'}.`,
      { code: 'invalid-option', remedy: 'Give both, or none for a generated corpus.' },
    )
  }
  const { passages, ...generated } = generateCorpus()
  return { retriever: bm25Retriever(passages), questions: generated }
}

/**
 * Question answering with a search engine (Search-R1, Jin et al. 2025, arXiv 2503.09516):
 * `<search>` and `<answer>` over any corpus.
 *
 * @throws IcrlError `invalid-option` if only one of retriever and questions is given, or two
 * questions share an id
 *
 * @example
 * import { readCorpus, readSearchQuestions } from '@icrl/environments/node'
 *
 * const [train, test] = [
 *   await readSearchQuestions('train.jsonl'),
 *   await readSearchQuestions('test.jsonl'),
 * ]
 * const environment = searchqa({
 *   retriever: bm25Retriever(await readCorpus('corpus.jsonl')),
 *   questions: { train, test },
 * })
 */
export function searchqa(options: SearchqaOptions = {}): Environment {
  const { topk = 3, score = scoreExact, answers = 1, maxTurns = 8 } = options
  const { retriever, questions } = sourceOf(options)
  const all = [...questions.train, ...questions.test]
  const byId = new Map(all.map((question) => [question.id, question]))
  if (byId.size < all.length)
    throw new IcrlError('searchqa: two questions have one id.', {
      code: 'invalid-option',
      remedy: 'Give each its own.',
    })
  return localEnvironment({
    name: 'searchqa',
    instructions: searchqaInstructions,
    maxTurns,
    tasks: { train: questions.train.map(({ id }) => id), test: questions.test.map(({ id }) => id) },
    parseAction: parseSearchAction,
    invalidAction:
      'Your answer held no action. Write a query between <search> and </search>, or the final answer between <answer> and </answer>.',
    play: (taskId) => {
      const question = byId.get(taskId)
      if (!question) throw unknownTask('searchqa', taskId)
      let given = 0
      return {
        start: { task: question.question, observation: `Question: ${question.question}` },
        step: async (action, signal) => {
          const step = await stepSearchqa({ retriever, topk, score }, question, action, signal)
          if (!action.startsWith('<answer>')) return step
          given++
          return { ...step, done: step.done || given >= answers }
        },
        snapshot: () => given,
        restore: (state) => {
          given = Number(state)
        },
      }
    },
  })
}
