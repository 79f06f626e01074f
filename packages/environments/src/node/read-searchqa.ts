import { basename } from 'node:path'
import { IcrlError } from '@icrl/core'
import { parsePassage, type Passage } from '../searchqa/passage.ts'
import { parseSearchQuestion, type SearchQuestion } from '../searchqa/questions.ts'
import { readJsonLines } from './read-json-lines.ts'

/**
 * A corpus in Search-R1's format, one passage per line (`.jsonl`, `.jsonl.gz`).
 *
 * @throws IcrlError `missing-file`, `corrupt-file` with the line, `empty-tasks`
 * @example
 * import { bm25Retriever } from '@icrl/environments'
 *
 * const retriever = bm25Retriever(await readCorpus('2wiki_corpus.jsonl'))
 */
export async function readCorpus(path: string): Promise<Passage[]> {
  const passages: Passage[] = []
  for await (const { value, where } of readJsonLines(path))
    passages.push(parsePassage(value, where))
  if (passages.length === 0)
    throw new IcrlError(`${path}: no passages.`, {
      code: 'empty-tasks',
      remedy: 'Give a file with one passage per line.',
    })
  return passages
}

/**
 * Questions of HotpotQA, 2WikiMultihopQA, MuSiQue, Bamboogle and the like, one per line; see
 * `parseSearchQuestion`. Ids are the file's name and the row's `index`, or its place from 0 if it
 * has none: `bamboogle-3`.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` with the line, `empty-tasks`
 * @example
 * const questions = await readSearchQuestions('bamboogle.jsonl')
 */
export async function readSearchQuestions(path: string): Promise<SearchQuestion[]> {
  const source = basename(path).replace(/\.jsonl(\.gz)?$/, '')
  const questions: SearchQuestion[] = []
  for await (const { value, where } of readJsonLines(path)) {
    const index = (value as { index?: unknown } | null)?.index
    questions.push(
      parseSearchQuestion(
        value,
        `${source}-${typeof index === 'number' ? index : questions.length}`,
        where,
      ),
    )
  }
  if (questions.length === 0)
    throw new IcrlError(`${path}: no questions.`, {
      code: 'empty-tasks',
      remedy: 'Give a file with one question per line.',
    })
  return questions
}
