import { drawOf, type Draw } from './draw.ts'
import { EXPRESSIONS } from './expressions.ts'
import { NUMBERS } from './numbers.ts'
import { CORPUS_PHRASINGS, EVASIONS } from './phrasings.ts'
import { QUANTITIES } from './quantities.ts'
import type { Answer, AnswerKind, Spelling } from './spelling.ts'
import { STRUCTURES } from './structures.ts'

/** A response, the gold answer, and whether the response gives it: known by how both were made. */
export interface CorpusPair {
  readonly kind: string
  readonly phrasing: string
  readonly language: 'English' | 'Chinese'
  readonly gold: string
  readonly prediction: string
  readonly correct: boolean
}

/** Every kind of answer. */
export const ANSWER_KINDS: readonly AnswerKind[] = [
  ...NUMBERS,
  ...QUANTITIES,
  ...STRUCTURES,
  ...EXPRESSIONS,
]

const SPELLINGS = 3

/**
 * The corpus: of every kind of answer `draws` answers, each said in three of its spellings, and
 * another answer in three of its own, every time in a phrasing drawn from those that can say it;
 * of numbers and options also ways to name the right answer without giving it.
 */
export function corpus(seed: number, draws: number): CorpusPair[] {
  return ANSWER_KINDS.flatMap((kind) =>
    Array.from({ length: draws }, (_, i) => pairsOf(kind, drawOf(seed, kind.name, i))).flat(),
  )
}

function pairsOf(kind: AnswerKind, draw: Draw): CorpusPair[] {
  const answer = kind.draw(draw)
  return [
    ...draw.some(answer.right, SPELLINGS).map((said) => pairSaying(kind, answer, said, true, draw)),
    ...draw
      .some(answer.wrong, SPELLINGS)
      .map((said) => pairSaying(kind, answer, said, false, draw)),
    ...evasions(kind, answer, draw),
  ]
}

function pairSaying(
  kind: AnswerKind,
  { gold }: Answer,
  spelling: Spelling,
  correct: boolean,
  draw: Draw,
): CorpusPair {
  const { name, language, write } = draw.pick(
    CORPUS_PHRASINGS.filter(({ fits }) => fits === undefined || fits(spelling, kind)),
  )
  // a wrong answer comes behind a step that gives the right one
  const step = correct ? `${draw.int(300, 900)}` : gold
  return {
    kind: kind.name,
    phrasing: name,
    language,
    gold,
    prediction: write(spelling, step, draw),
    correct,
  }
}

/** Kinds of which two answers are never one: "1 or 2" of lists is a list. */
function isSingle({ name, isNumber }: AnswerKind): boolean {
  return isNumber || name === 'letters of options' || name === 'words'
}

function evasions(kind: AnswerKind, answer: Answer, draw: Draw): CorpusPair[] {
  if (!isSingle(kind)) return []
  const [right, wrong] = [draw.pick(answer.right), draw.pick(answer.wrong)]
  const { name, write } = draw.pick(
    EVASIONS.filter(({ fits }) => fits === undefined || fits(right, kind)),
  )
  return [
    {
      kind: kind.name,
      phrasing: name,
      language: 'English',
      gold: answer.gold,
      prediction: write(right, wrong, draw),
      correct: false,
    },
  ]
}
