import { bm25Retriever } from '../searchqa/bm25-retriever.ts'
import { generateCorpus } from '../searchqa/generate-corpus.ts'
import { scoreExact, stepSearchqa, type SearchqaRules } from '../searchqa/play-searchqa.ts'
import type { SearchQuestion } from '../searchqa/questions.ts'
import type { Retriever } from '../searchqa/retriever.ts'
import type { HttpApp } from './app.ts'
import { int, optional, str } from './fields.ts'
import { get, post, routed } from './router.ts'
import { sessionTable } from './session-table.ts'

/** Options of {@link searchqaApp}. */
export interface SearchqaAppOptions {
  /** What a search finds. @defaultValue BM25 over a generated corpus */
  readonly retriever?: Retriever
  /**
   * The question of an item number; undefined if there is none.
   *
   * @defaultValue the generated corpus's
   */
  readonly question?: (item: number) => SearchQuestion | undefined
  /** Passages that a search answers. @defaultValue 3 */
  readonly topk?: number
  /** Score of an answer. @defaultValue exact match */
  readonly score?: SearchqaRules['score']
  /** Most sessions at once. @defaultValue 16,384 */
  readonly sessions?: number
}

const prompt = `Think between <think> and </think> first. To look something up, write a query between <search> and </search> and stop; what is found comes
back between <information> and </information>. When you know the answer, write it between <answer> and </answer>, without explanation.`

/**
 * Search question answering behind AgentGym's protocol: `/create {id}` gives a bare number,
 * `/reset {env_idx, id}` the observation, `/step`, `/observation`, `/close`. As in the original,
 * unknown sessions and items are unhandled (status 500), and a wrong answer does not end the task.
 *
 * @example
 * import { bm25Retriever, generateCorpus } from '@icrl/environments'
 *
 * const { passages, train } = generateCorpus()
 * const server = await serve(
 *   searchqaApp({ retriever: bm25Retriever(passages), question: (item) => train[item] }),
 *   { port: 36001 },
 * )
 */
export function searchqaApp(options: SearchqaAppOptions = {}): HttpApp {
  const generated = options.retriever && options.question ? undefined : generateCorpus()
  const all = generated ? [...generated.train, ...generated.test] : []
  const {
    retriever = bm25Retriever(generated?.passages ?? []),
    question = (item) => all[item],
    topk = 3,
    score = scoreExact,
    sessions: limit = 16_384,
  } = options
  const sessions = sessionTable<{ question: SearchQuestion }>(limit)
  const item = (number: number): SearchQuestion => {
    const found = question(number)
    if (!found) throw new RangeError(`searchqa: no item ${number}`)
    return found
  }
  const observation = (id: number): string =>
    `${prompt}\n\n Question: ${sessions.find(id).question.question.trim()}`
  return routed('searchqa', [
    get('/', {}, () => 'ok'),
    post('/create', { id: int }, ({ id }) => sessions.add({ question: item(id) })),
    post(
      '/reset',
      { env_idx: int, id: optional(int, undefined) },
      ({ env_idx: id, id: number }) => {
        const session = sessions.find(id)
        if (number !== undefined) session.question = item(number)
        return observation(id)
      },
    ),
    post('/step', { env_idx: int, action: str }, async ({ env_idx: id, action }) => ({
      ...(await stepSearchqa({ retriever, topk, score }, sessions.find(id).question, action)),
      info: null,
    })),
    get('/observation', { env_idx: int }, ({ env_idx: id }) => observation(id)),
    post('/close', { env_idx: int }, ({ env_idx: id }) => sessions.delete(id)),
  ])
}
