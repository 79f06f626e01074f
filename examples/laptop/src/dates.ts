import {
  type AttemptProtocol,
  randomStream,
  type Message,
  type QuestionTask,
  type Verifier,
} from '@icrl/core'
import { adviseByExchange, type Exchange, exchangeCriticPrompt, exchangeLine } from '@icrl/critic'
import { type CriticOptions, singleTurn } from '@icrl/rollout'

const MONTHS =
  'January February March April May June July August September October November December'.split(' ')

/** How an answer writes a date: year, and month and day in two digits. */
export type DateForm = (year: number, month: string, day: string) => string

export const isoForm: DateForm = (year, month, day) => `${year}-${month}-${day}`
/** A form whose first character a model would never begin with. */
export const archiveForm: DateForm = (year, month, day) => `#${year}/${month}/${day}`

/** Years to 1999 to learn from, later ones held out. */
const SPLITS = { train: 1950, 'held-out': 2000 } as const

/** A date in words, and in the form asked for: the i-th of a split, the same in every run. */
function dateTask(form: DateForm, split: keyof typeof SPLITS, i: number): QuestionTask {
  const draw = randomStream(0, 'dates', split, i)
  const year = SPLITS[split] + draw.integer(0, 50)
  const month = draw.integer(1, 12)
  const day = 1 + draw.integer(2, 28)
  const two = (value: number): string => String(value).padStart(2, '0')
  return {
    id: `${split}-${i}`,
    question:
      draw.integer(3, 2) === 0
        ? `${MONTHS[month]} ${day}, ${year}`
        : `${day} ${MONTHS[month]} ${year}`,
    answer: form(year, two(month + 1), two(day)),
  }
}

/** The first tasks of a split whose questions all differ. */
export function dateTasks(
  form: DateForm,
  split: keyof typeof SPLITS,
  count: number,
): QuestionTask[] {
  const found = new Map<string, QuestionTask>()
  for (let i = 0; found.size < count; i++) {
    const task = dateTask(form, split, i)
    if (!found.has(task.question)) found.set(task.question, task)
  }
  return [...found.values()]
}

/** The whole answer, character for character. */
export const exactAnswer: Verifier<QuestionTask> = ({ text, task }) => ({
  reward: text.trim() === task.answer ? 1 : 0,
  valid: text.trim() !== '',
})

/** The form is named, and shown once. */
export const shownDates: AttemptProtocol<QuestionTask> = singleTurn<QuestionTask>({
  prompt: ({ question }) => [
    { role: 'system', content: 'Write the date as YYYY-MM-DD.' },
    { role: 'user', content: '31 December 1999' },
    { role: 'assistant', content: '1999-12-31' },
    { role: 'user', content: question },
  ],
  verifier: exactAnswer,
})

/** Nothing says which form it is; a critique is an example, shown as an exchange. */
export const bareDates: AttemptProtocol<QuestionTask> = singleTurn<QuestionTask>({
  prompt: ({ question }, guidance = '') =>
    adviseByExchange(
      [
        { role: 'system', content: 'Write the date in the form of the archive.' },
        { role: 'user', content: question },
      ] satisfies Message[],
      guidance,
    ),
  verifier: exactAnswer,
})

/**
 * The model's own critic. A checker tells it that the answer was wrong and, as archives do, how
 * another date is written there: one drawn for this question from the years to learn from.
 */
export function dateCritic(form: DateForm): CriticOptions<QuestionTask>['criticPrompt'] {
  const exampleFor = (key: string): Exchange => {
    const { question, answer } = dateTask(form, 'train', randomStream(1, key).integer(0, 1 << 30))
    return { question, answer }
  }
  const says = (example: Exchange): string => `wrong. A right one: ${exchangeLine(example)}`
  const shown = exampleFor('shown')
  return exchangeCriticPrompt<QuestionTask>({
    feedback: ({ question }) => says(exampleFor(question)),
    shown: { question: exampleFor('asked').question, feedback: says(shown), critique: shown },
  })
}
