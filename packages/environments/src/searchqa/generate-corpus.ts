import { randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import type { Passage } from './passage.ts'
import type { SearchQuestion } from './questions.ts'

/** Options of {@link generateCorpus}. */
export interface GenerateCorpusOptions {
  /** Another seed makes another corpus. @defaultValue 0 */
  readonly seed?: number
  /**
   * Number of people. Each has a passage and a mother; about four share a birthplace, which has a
   * passage of its own.
   *
   * @defaultValue 160
   */
  readonly people?: number
}

/** A question, and the titles of the passages that lead to its answer. */
export interface GeneratedQuestion extends SearchQuestion {
  /** Passages that have the answer. */
  readonly titles: readonly string[]
}

const onsets = 'B D F G H K L M N P R S T V Z Br Dr Gr Kl Tr'.split(' ')
const vowels = 'a e i o u ae ia eo'.split(' ')
const ends = 'n r l s th m ck nd v x'.split(' ')
const trades =
  'painter botanist engraver composer cartographer poet astronomer weaver printer geologist'.split(
    ' ',
  )
const features = [
  'a copper mine',
  'a glass works',
  'an old lighthouse',
  'a paper mill',
  'a round church',
  'a salt market',
  'a school of music',
  'a stone bridge',
] as const

const word = (draws: Draws, parts: number): string => {
  const text =
    Array.from({ length: parts }, () => draws.pick(onsets).toLowerCase() + draws.pick(vowels)).join(
      '',
    ) + draws.pick(ends)
  return text[0].toUpperCase() + text.slice(1)
}

function distinct(count: number, draw: () => string): string[] {
  const found = new Set<string>()
  while (found.size < count) found.add(draw())
  return [...found]
}

/**
 * An invented corpus with questions of one and two hops, for use without data: people, their
 * professions, mothers and birthplaces. One question in eight is held out.
 *
 * @example
 * const { passages, train } = generateCorpus({ people: 200 })
 * searchqa({ retriever: bm25Retriever(passages), questions: { train, test: [] } })
 */
export function generateCorpus(options: GenerateCorpusOptions = {}): {
  passages: Passage[]
  train: GeneratedQuestion[]
  test: GeneratedQuestion[]
} {
  const { seed = 0, people: count = 160 } = options
  const draws = drawsFrom(randomStream(seed, 'searchqa', 'corpus'))
  const names = distinct(count, () => `${word(draws, 1)} ${word(draws, 2)}`)
  const places = distinct(Math.max(4, Math.ceil(count / 4)), () => word(draws, 2)).map((name) => ({
    name,
    feature: draws.pick(features),
    river: word(draws, 1),
  }))
  const people = names.map((name, i) => ({
    name,
    trade: draws.pick(trades),
    place: draws.pick(places),
    mother: names[(i + 1 + draws.between(0, count - 2)) % count],
    year: draws.between(1700, 1950),
  }))
  const byName = new Map(people.map((person) => [person.name, person]))
  const passages = [
    ...people.map(
      ({ name, trade, place, mother, year }) =>
        `"${name}"\n${name} (born ${year}) was a ${trade} from ${place.name}. ${name} was the child of ${mother}, of whom little else is told here.`,
    ),
    ...places.map(
      ({ name, feature, river }) =>
        `"${name}"\n${name} is a town on the river ${river}. It is known for ${feature}.`,
    ),
  ].map((contents, i) => ({ id: String(i), contents }))
  const questions = people.map(({ name, place, mother, trade }, i): GeneratedQuestion => {
    const id = `generated-${i}`
    const kind = draws.between(0, 3)
    if (kind === 0)
      return { id, question: `What was the profession of ${name}?`, golds: [trade], titles: [name] }
    if (kind === 1)
      return {
        id,
        question: `In which town was the mother of ${name} born?`,
        golds: [byName.get(mother)!.place.name],
        titles: [name, mother],
      }
    if (kind === 2)
      return {
        id,
        question: `On which river lies the birthplace of ${name}?`,
        golds: [place.river, `the ${place.river}`],
        titles: [name, place.name],
      }
    return {
      id,
      question: `What was the profession of the mother of ${name}?`,
      golds: [byName.get(mother)!.trade],
      titles: [name, mother],
    }
  })
  return {
    passages,
    train: questions.filter((_, i) => i % 8 !== 7),
    test: questions.filter((_, i) => i % 8 === 7),
  }
}
