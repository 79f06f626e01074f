import { verifyMath } from '../../src/verify-math.ts'
import type { CorpusPair } from './corpus.ts'
import { CORPUS_PHRASINGS, EVASIONS } from './phrasings.ts'

/** Seed and draws of the corpus that the table is of. */
export const CORPUS_SEED = 2026
export const CORPUS_DRAWS = 80

const PHRASING_ORDER = [...CORPUS_PHRASINGS, ...EVASIONS].map(({ name }) => name)

/** What a verifier did with the pairs of one class. */
export interface ClassCounts {
  readonly name: string
  /** Right answers, and those of them that were refused. */
  right: number
  refused: number
  /** Wrong answers, and those of them that were accepted. */
  wrong: number
  accepted: number
}

/** Verdicts of `verifyMath` on pairs, in order. */
export function verdictsOn(pairs: readonly CorpusPair[]): boolean[] {
  return pairs.map(({ prediction, gold }) => verifyMath(prediction, gold).correct)
}

/** Counts by class, in the order in which the classes first come. */
export function countByClass(
  pairs: readonly CorpusPair[],
  verdicts: readonly boolean[],
  classOf: (pair: CorpusPair) => string,
): ClassCounts[] {
  const classes = new Map<string, ClassCounts>()
  for (const [i, pair] of pairs.entries()) {
    const name = classOf(pair)
    const counts = classes.get(name) ?? { name, right: 0, refused: 0, wrong: 0, accepted: 0 }
    classes.set(name, counts)
    counts[pair.correct ? 'right' : 'wrong']++
    if (verdicts[i] !== pair.correct) counts[pair.correct ? 'refused' : 'accepted']++
  }
  return [...classes.values()]
}

/** The first cells of the row of all pairs: what the page must say of this verifier. */
export function totalRow(pairs: readonly CorpusPair[], verdicts: readonly boolean[]): string {
  const [{ right, refused, wrong, accepted }] = countByClass(pairs, verdicts, () => 'all pairs')
  return [right, share(refused, right), wrong, share(accepted, wrong)].join(' ')
}

/** `3 (1.25%)` of 240, `0`, or nothing where there is nothing to count. */
function share(count: number, of: number): string {
  if (of === 0) return ''
  return count === 0 ? '0' : `${count} (${((100 * count) / of).toFixed(2)}%)`
}

function table(
  title: string,
  ours: readonly ClassCounts[],
  theirs: readonly ClassCounts[],
): string {
  const rows = ours.map(({ name, right, refused, wrong, accepted }, i) =>
    [
      name,
      right,
      share(refused, right),
      share(theirs[i].refused, right),
      wrong,
      share(accepted, wrong),
      share(theirs[i].accepted, wrong),
    ].join(' | '),
  )
  return [
    `| ${title} | right | refused here | by Math-Verify | wrong | accepted here | by Math-Verify |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}

/**
 * The page of the corpus: counts by kind of answer, by phrasing and by language, beside those of
 * Math-Verify.
 */
export function corpusPage(
  pairs: readonly CorpusPair[],
  ours: readonly boolean[],
  theirs: readonly boolean[],
): string {
  const of = (title: string, classOf: (pair: CorpusPair) => string): string => {
    const inOrder = (verdicts: readonly boolean[]): ClassCounts[] =>
      countByClass(pairs, verdicts, classOf).sort(
        (a, b) => PHRASING_ORDER.indexOf(a.name) - PHRASING_ORDER.indexOf(b.name),
      )
    return table(title, inOrder(ours), inOrder(theirs))
  }
  return `# The generated corpus

Written by \`packages/verify/scripts/compare-corpus.ts\`. ${pairs.length} pairs of a response and a
gold answer, whose truth is known by how they were made (\`test/corpus\`, seed ${CORPUS_SEED}): a value is
drawn, a gold answer, spellings of the value and spellings of other values are written from it, and
each is said in a phrasing. Behind the wrong answers stands a step that gives the right one. Goals:
at most 0.1% of the wrong answers accepted and 1% of the right ones refused, in no class above 0.5%
and 3%. Verdicts of Math-Verify 0.9.0 (strict, defaults) are of the same pairs; its gold answers are
put in a box. The corpus was written beside this verifier: it holds what is known, and is no
benchmark of what is not.

\`\`\`sh
MATH_VERIFY_PYTHON=…/bin/python node --conditions=@icrl/source --import tsx packages/verify/scripts/compare-corpus.ts
\`\`\`

${of('all', () => 'all pairs')}

## By kind of answer

${of('kind', ({ kind }) => kind)}

## By phrasing

The last five name the right answer without giving it.

${of('phrasing', ({ phrasing }) => phrasing)}

## By language

${of('language', ({ language }) => language)}
`
}
