import type { Message, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn } from './conclude.ts'
import { askedOnce, constantCritics } from './controls.ts'
import { type ItemRecord, readItems } from './formats/read-items.ts'
import { f1, type F1Counts } from './metrics/f1.ts'
import { mean, share } from './metrics/mean.ts'
import { tableOf } from './table.ts'

/** An item of DeltaBench: a long answer, cut into sections. */
export interface SectionItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The sections, numbered. */
  readonly sections: string
  /** `[sections]` numbers of those with an error, in reasoning or in idea. */
  readonly wrong: readonly number[]
}

/** Options of {@link sectionErrors}. */
export interface SectionErrorsOptions {
  /**
   * What the critic is asked.
   *
   * @defaultValue asks for a conclusion and the number of each section with an error
   */
  readonly prompt?: (item: SectionItem) => readonly Message[]
}

const REQUEST =
  'Judge each section by itself. If none has an error, write "Conclusion: no error". Else write "Conclusion: yes" and, for each section with an error, "Error Section Number: N" and "Explanation: …".'

/**
 * DeltaBench (arXiv 2502.19361): find the sections of a long chain of thought that have an error.
 * Precision, recall and F1 of section numbers, averaged over items (macro) and over all sections
 * (micro) `[code]`. Numbers above the last wrong section are left out of what was found, as in the
 * release: those come after the last label.
 *
 * Ours: an answer that cannot be read found nothing; the release drops it. An item without a wrong
 * section is in no figure but `false alarms`, which is ours: the release drops those as well.
 *
 * File: `question, sections_content` (or `section_content`) and the numbers under
 * `reason_error_section_numbers` and `reason_unuseful_section_numbers`, or `error_section_numbers`
 * and `idea_error_section_numbers`. Role: `critic`.
 *
 * @example
 * import { sectionErrors } from '@icrl/evaluators'
 * console.log(sectionErrors().name) // wrong sections
 */
export function sectionErrors({
  prompt = askForSections,
}: SectionErrorsOptions = {}): Benchmark<SectionItem> {
  const read = (text: string): { sections: number[] | undefined } => ({
    sections: sectionsIn(text),
  })
  return {
    name: 'wrong sections',
    read: (file) =>
      readItems(file, {
        format: 'DeltaBench',
        fields: { question: 'string' },
        make: (record, place) => sectionItem(record, place),
      }),
    protocol: askedOnce({ prompt, read }),
    controls: constantCritics({
      read,
      words: {
        right: () => 'Conclusion: no error',
        wrong: () => 'Conclusion: yes\nError Section Number: 1',
      },
    }),
    score(items, sessions) {
      const answers = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          wrong: item.wrong,
          found: foundIn<number[]>(findings, 'sections') ?? [],
        })),
      )
      const counts = answers.filter(({ wrong }) => wrong.length > 0).map(countsOf)
      const macro = counts.map(f1)
      const sum = (of: (one: F1Counts) => number): number =>
        counts.reduce((all, one) => all + of(one), 0)
      const micro = f1({
        hits: sum(({ hits }) => hits),
        found: sum(({ found }) => found),
        actual: sum(({ actual }) => actual),
      })
      const clean = answers.filter(({ wrong }) => wrong.length === 0)
      return tableOf(
        ['F1', 'precision', 'recall', 'micro F1', 'micro P', 'micro R', 'false alarms', 'items'],
        [
          [
            mean(macro.map((one) => one.f1)),
            mean(macro.map((one) => one.precision)),
            mean(macro.map((one) => one.recall)),
            ...(counts.length > 0
              ? [micro.f1, micro.precision, micro.recall]
              : [undefined, undefined, undefined]),
            share(clean, ({ found }) => found.length > 0),
            items.length,
          ],
        ],
      )
    },
  }
}

function countsOf({
  wrong,
  found,
}: {
  wrong: readonly number[]
  found: readonly number[]
}): F1Counts {
  const last = Math.max(...wrong)
  const counted = new Set(found.filter((number) => number <= last))
  return {
    hits: wrong.filter((number) => counted.has(number)).length,
    found: counted.size,
    actual: wrong.length,
  }
}

function sectionItem(record: ItemRecord, place: string): SectionItem {
  const numbers = [
    'reason_error_section_numbers',
    'reason_unuseful_section_numbers',
    'error_section_numbers',
    'idea_error_section_numbers',
  ].flatMap((name) => (Array.isArray(record[name]) ? (record[name] as number[]) : []))
  return {
    ...record,
    id: String(record.id ?? place),
    question: record.question as string,
    sections: String(record.sections_content ?? record.section_content ?? ''),
    wrong: [...new Set(numbers)].sort((a, b) => a - b),
  }
}

function askForSections({ question, sections }: SectionItem): Message[] {
  const content = `# Question\n${question}\n\n# Answer\n${sections}\n\n${REQUEST}`
  return [{ role: 'user', content }]
}

/** Numbers of sections after a conclusion of "yes"; none after another; undefined without one. */
function sectionsIn(text: string): number[] | undefined {
  const [head, ...rest] = visibleText(text).split(/error section number\s*:/i)
  const conclusion = /conclusion\s*:\s*(.*)/is.exec(head)?.[1]
  if (conclusion === undefined) return undefined
  if (!/yes/i.test(conclusion)) return []
  return rest.flatMap((part) => {
    const number = /\d+/.exec(part.split(/explanation\s*:/i)[0])?.[0]
    return number === undefined ? [] : [Number(number)]
  })
}
