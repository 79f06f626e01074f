import type { Task } from '@icrl/core'
import { checkFields, type ItemRecord, type Place } from './formats/read-items.ts'

/** An item of MetaCritique: a question, an answer to it, and a reference for both. */
export interface MetaItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The answer that was criticized. */
  readonly response: string
  /** A right answer. */
  readonly referenceAnswer: string
  /** Units of the reference critique, one statement each. */
  readonly referenceUnits: readonly string[]
}

/** Fields of a record of their files. */
export const META_FIELDS = {
  question: 'string',
  response: 'string',
  gpt4_answer: 'string',
  gpt4_critique: 'object',
} as const

/** Item of a record of either of their files. */
export function metaItem(record: ItemRecord, place: Place): MetaItem {
  const reference = record.gpt4_critique as ItemRecord
  checkFields(reference, { aius: 'string[]' }, `MetaCritique, ${place}, gpt4_critique`)
  return {
    ...record,
    id: String(record.index ?? record.shepherd_id ?? place),
    question: record.question as string,
    response: record.response as string,
    referenceAnswer: record.gpt4_answer as string,
    referenceUnits: reference.aius as string[],
  }
}
