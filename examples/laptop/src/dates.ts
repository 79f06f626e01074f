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
export type DateForm = (year: string, month: string, day: string) => string

export const isoForm: DateForm = (year, month, day) => `${year}-${month}-${day}`
/** A form whose first character a model would never begin with. */
export const archiveForm: DateForm = (year, month, day) => `#${year}/${month}/${day}`

const YEARS = { first: 1950, count: 100 } as const
/** Part of all dates that is held out. */
const HELD_OUT = 0.1

type Split = 'train' | 'held-out'

/**
 * The split of a date, whatever form it is written in. Both have all years: were the later ones held
 * out, a model that learns to begin each answer with `19` would be right in training alone.
 */
const splitOf = (date: string): Split =>
  randomStream(0, 'held-out date', date).uniform(0) < HELD_OUT ? 'held-out' : 'train'

/** The i-th date, in words and in the form asked for: the same in every run. */
function dateTask(
  form: DateForm,
  i: number,
): { readonly task: QuestionTask; readonly split: Split } {
  const draw = randomStream(0, 'dates', i)
  const year = String(YEARS.first + draw.integer(0, YEARS.count))
  const month = draw.integer(1, 12)
  const day = 1 + draw.integer(2, 28)
  const two = (value: number): string => String(value).padStart(2, '0')
  return {
    task: {
      id: `date-${i}`,
      question:
        draw.integer(3, 2) === 0
          ? `${MONTHS[month]} ${day}, ${year}`
          : `${day} ${MONTHS[month]} ${year}`,
      answer: form(year, two(month + 1), two(day)),
    },
    split: splitOf(isoForm(year, two(month + 1), two(day))),
  }
}

/** The first tasks of a split whose questions all differ. */
export function dateTasks(form: DateForm, wanted: Split, count: number): QuestionTask[] {
  const found = new Map<string, QuestionTask>()
  for (let i = 0; found.size < count; i++) {
    const { task, split } = dateTask(form, i)
    if (split === wanted && !found.has(task.question)) found.set(task.question, task)
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

/** How many right ones the checker knows. */
const EXAMPLES = 2000

/**
 * The model's own critic. A checker tells it that the answer was wrong and, as archives do, how
 * another date is written there: one drawn for this question from those to learn from.
 */
export function dateCritic(form: DateForm): CriticOptions<QuestionTask>['criticPrompt'] {
  const examples = dateTasks(form, 'train', EXAMPLES)
  const exampleFor = (key: string, answer?: string): Exchange => {
    const chosen = randomStream(1, key).integer(0, EXAMPLES)
    // What is asked for is no example of another one.
    return examples[examples[chosen].answer === answer ? (chosen + 1) % EXAMPLES : chosen]
  }
  const says = (example: Exchange): string => `wrong. A right one: ${exchangeLine(example)}`
  const shown = exampleFor('shown')
  return exchangeCriticPrompt<QuestionTask>({
    feedback: ({ question, answer }) => says(exampleFor(question, answer)),
    shown: { question: exampleFor('asked').question, feedback: says(shown), critique: shown },
  })
}
