import { vocabularyOf } from './tokenizer-files.ts'

/** Number words: value v is written as `NUMBERS[v]`. */
export const NUMBERS: readonly string[] = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
]

/** Operators by number; the last four are easy. */
export const OPERATORS: readonly string[] = [
  'bend',
  'carve',
  'drift',
  'ember',
  'fold',
  'graft',
  'hoist',
  'knead',
  'lift',
  'mend',
  'nudge',
  'orbit',
  'press',
  'quilt',
  'rinse',
  'stack',
]

/** Words that frame a prompt. */
export const FRAME = ['start', 'apply', 'tips', 'review', 'wrote'] as const

/** Every token of the chain's model, by id. */
export const VOCABULARY: readonly string[] = vocabularyOf([...FRAME, ...NUMBERS, ...OPERATORS], 64)
