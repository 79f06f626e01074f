import type { Message, Task } from '@icrl/core'
import { majority, visibleText } from '@icrl/critic'
import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn } from './conclude.ts'
import { askedOnce, constantCritics } from './controls.ts'
import { readItems } from './formats/read-items.ts'
import { harmonicMean } from './metrics/f1.ts'
import { share } from './metrics/mean.ts'
import { tableOf } from './table.ts'

/** An item of ProcessBench. */
export interface ProcessItem extends Task {
  /** What was asked. */
  readonly problem: string
  /** The solution, step by step. */
  readonly steps: readonly string[]
  /** The first wrong step, from 0; −1: none is. */
  readonly label: number
}

/** Options of {@link processErrors}. */
export interface ProcessErrorsOptions {
  /**
   * What the critic is asked.
   *
   * @defaultValue asks for the index of the first wrong paragraph in `\boxed{}`, −1 if none is
   */
  readonly prompt?: (item: ProcessItem) => readonly Message[]
}

const REQUEST =
  'Check the solution paragraph by paragraph. Give the index of the first paragraph with an error, or -1 if there is none, as \\boxed{index}.'

/**
 * ProcessBench (arXiv 2412.06559): find the first wrong step of a solution. Its figures `[code]`:
 * accuracy on the items with an error and on those without, and the harmonic mean of the two, which
 * they call F1:
 *
 *     F1 = 2 · acc_error · acc_correct / (acc_error + acc_correct)
 *
 * With several sessions an item, the most frequent index counts (they sample 8). An index that cannot
 * be read matches nothing `[code]`; of several sessions, it does not vote. Ours: F1 is 0, not NaN,
 * where both accuracies are; the request in our words.
 *
 * File: `id, problem, steps[], label`, one of the four splits. Role: `critic`.
 *
 * @example
 * import { processErrors } from '@icrl/evaluators'
 * const items = await processErrors().read(
 *   '{"id": "a", "problem": "1 + 1 + 1?", "steps": ["1 + 1 = 2", "2 + 1 = 4"], "label": 1}',
 * )
 */
export function processErrors({
  prompt = askForFirstError,
}: ProcessErrorsOptions = {}): Benchmark<ProcessItem> {
  const read = (text: string): { index: number | undefined } => ({ index: firstErrorIn(text) })
  return {
    name: 'first error',
    read: (file) =>
      readItems(file, {
        format: 'ProcessBench',
        fields: { id: 'string', problem: 'string', steps: 'string[]', label: 'number' },
        make: (record) => record as unknown as ProcessItem,
      }),
    protocol: askedOnce({ prompt, read }),
    controls: constantCritics({
      read,
      words: { right: () => '\\boxed{-1}', wrong: () => '\\boxed{0}' },
    }),
    score(items, sessions) {
      const matched = byItem(items, sessions).map(({ item, sessions: own }) => {
        const indices = own.flatMap(({ findings }) => foundIn<number>(findings, 'index') ?? [])
        return { label: item.label, isMatch: majority(indices) === item.label }
      })
      const accuracy = (of: typeof matched): number | undefined =>
        share(of, ({ isMatch }) => isMatch)
      const wrong = matched.filter(({ label }) => label !== -1)
      const right = matched.filter(({ label }) => label === -1)
      const [onWrong, onRight] = [accuracy(wrong), accuracy(right)]
      const both = onWrong !== undefined && onRight !== undefined
      return tableOf(
        ['F1', 'with an error', 'without', 'items'],
        [[both ? harmonicMean(onWrong, onRight) : undefined, onWrong, onRight, items.length]],
        both ? [] : ['F1 needs items with an error and items without.'],
      )
    },
  }
}

function askForFirstError({ problem, steps }: ProcessItem): Message[] {
  const numbered = steps.map((step, i) => `<paragraph_${i}>\n${step}\n</paragraph_${i}>`)
  const content = `# Problem\n${problem}\n\n# Solution\n${numbered.join('\n\n')}\n\n${REQUEST}`
  return [{ role: 'user', content }]
}

/** The integer in the last box. */
function firstErrorIn(text: string): number | undefined {
  const boxed = [...visibleText(text).matchAll(/\\boxed\{([^}]*)\}/g)].at(-1)?.[1].trim()
  return boxed !== undefined && /^[-−]?\d+$/.test(boxed)
    ? Number(boxed.replace('−', '-'))
    : undefined
}
