import { IcrlError } from '@icrl/core'
import { plainNumber } from '../plain-number.ts'

/** A question with the answers that count. */
export interface SearchQuestion {
  /** Unlike that of any other question. */
  readonly id: string
  /** What is asked. */
  readonly question: string
  /** Answers that are right. */
  readonly golds: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

function texts(value: unknown, where: string): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.flatMap((entry: unknown) => {
    const text = typeof entry === 'number' ? plainNumber(entry) : entry
    if (typeof entry === 'number' && text === undefined)
      throw new IcrlError(`${where}: how the number ${entry} was written is lost.`, {
        code: 'corrupt-file',
        remedy: 'Write it as text, in quotes.',
      })
    return typeof text === 'string' && text.trim() !== '' ? [text] : []
  })
}

function target(value: unknown): unknown {
  const truth = (value as { ground_truth?: { target?: unknown } | null } | null | undefined)
    ?.ground_truth
  return typeof truth === 'object' ? truth?.target : undefined
}

/**
 * A row of a question file, by its fields: HotpotQA and 2WikiMultihopQA (`question`, `answer`),
 * MuSiQue (also `answer_aliases`), Bamboogle (`Question`, `Answer`), FlashRAG's form of all of them
 * (`golden_answers`), Search-R1's (`reward_model.ground_truth.target`).
 *
 * @param where the row's place, for errors
 * @throws IcrlError `corrupt-file` if question or answers are missing
 * @example
 * parseSearchQuestion(
 *   { question: 'Where is Ghent?', answer: 'Belgium', answer_aliases: ['Flanders'] },
 *   'q-0',
 *   'q.jsonl, line 1',
 * ).golds // ['Belgium', 'Flanders']
 */
export function parseSearchQuestion(row: unknown, id: string, where: string): SearchQuestion {
  const fields: Fields = typeof row === 'object' && row !== null ? (row as Fields) : {}
  const [question] = texts(fields.question ?? fields.Question, where)
  const golds = [
    fields.golden_answers,
    fields.answer ?? fields.Answer,
    fields.answers,
    fields.answer_aliases,
    target(fields.reward_model),
  ].flatMap((answers) => texts(answers, where))
  if (question === undefined || golds.length === 0) {
    throw new IcrlError(`${where}: no ${question === undefined ? 'question' : 'answer'}.`, {
      code: 'corrupt-file',
      remedy: 'Give "question" and "golden_answers" or "answer".',
    })
  }
  return { id, question, golds: [...new Set(golds)] }
}

const ranges = [
  ['nq', 'test', 0, 3610],
  ['triviaqa', 'test', 3610, 14923],
  ['popqa', 'test', 14923, 29190],
  ['hotpotqa', 'test', 29190, 36595],
  ['2wikimultihopqa', 'test', 36595, 49171],
  ['musique', 'test', 49171, 51588],
  ['bamboogle', 'test', 51588, 51713],
  ['nq', 'train', 51713, 130881],
  ['hotpotqa', 'train', 130881, 221328],
] as const

/** The data set and row that an item number of AgentGym's SearchQA stands for. */
export interface AgentgymQuestion {
  /** Where the question is from. */
  readonly dataset: (typeof ranges)[number][0]
  /** Whether it is trained on. */
  readonly split: 'train' | 'test'
  /** Its place there. */
  readonly index: number
}

/**
 * The question that AgentGym's SearchQA means by an item number, given data sets in their published
 * order.
 *
 * @throws IcrlError `invalid-option` outside 0 … 221,327
 * @example
 * agentgymQuestion(51588) // { dataset: 'bamboogle', split: 'test', index: 0 }
 */
export function agentgymQuestion(item: number): AgentgymQuestion {
  const range = ranges.find(
    ([, , first, end]) => item >= first && item < end && Number.isInteger(item),
  )
  if (!range)
    throw new IcrlError(`searchqa: no item ${item}.`, {
      code: 'invalid-option',
      remedy: 'Use a whole number from 0 to 221327.',
    })
  const [dataset, split, first] = range
  return { dataset, split, index: item - first }
}
