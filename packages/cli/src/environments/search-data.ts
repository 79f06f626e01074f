import { IcrlError } from '@icrl/core'
import {
  bm25Retriever,
  generateCorpus,
  type Retriever,
  type SearchQuestion,
} from '@icrl/environments'
import { remoteRetriever } from '@icrl/environments/client'
import { readCorpus, readSearchQuestions } from '@icrl/environments/node'
import type { EnvironmentData } from './environment-data.ts'

/** Questions and the corpus or retriever to look them up in. */
export interface SearchData {
  readonly retriever: Retriever
  readonly questions: {
    readonly train: readonly SearchQuestion[]
    readonly test: readonly SearchQuestion[]
  }
}

/**
 * The corpus and the questions the data names, or generated ones.
 *
 * @throws `invalid-option` for questions without a corpus or a corpus without questions
 */
export async function searchDataIn({
  corpus,
  retriever,
  questions,
  testQuestions,
}: EnvironmentData): Promise<SearchData> {
  const hasSource = corpus !== undefined || retriever !== undefined
  const hasQuestions = questions !== undefined || testQuestions !== undefined
  if (!hasSource && !hasQuestions) {
    const { passages, train, test } = generateCorpus()
    return { retriever: bm25Retriever(passages), questions: { train, test } }
  }
  if (!hasSource)
    throw new IcrlError('searchqa: questions without a corpus.', {
      code: 'invalid-option',
      remedy: 'Give --corpus FILE or --retriever URL too.',
    })
  if (!hasQuestions)
    throw new IcrlError('searchqa: a corpus without questions.', {
      code: 'invalid-option',
      remedy: 'Give --questions FILE or --test-questions FILE too.',
    })
  if (corpus !== undefined && retriever !== undefined)
    throw new IcrlError('searchqa: both a corpus and a retriever.', {
      code: 'invalid-option',
      remedy: 'Give one of them.',
    })
  return {
    retriever:
      retriever === undefined
        ? bm25Retriever(await readCorpus(corpus!))
        : remoteRetriever(retriever),
    questions: {
      train: questions === undefined ? [] : await readSearchQuestions(questions),
      test: testQuestions === undefined ? [] : await readSearchQuestions(testQuestions),
    },
  }
}
