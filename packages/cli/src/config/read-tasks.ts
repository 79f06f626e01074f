import { readFile } from 'node:fs/promises'
import { IcrlError, type QuestionTask, type Task } from '@icrl/core'

/**
 * Tasks from a JSONL file, one object per line with a `question` and an `answer`. Default `id`: the
 * line's number.
 *
 * @throws `missing-file`; `corrupt-file` naming the line; `empty-tasks`
 * @example
 * import { readTasks } from 'icrl'
 * const tasks = await readTasks('questions.jsonl')
 */
export async function readTasks(file: string): Promise<QuestionTask[]>
/**
 * Tasks from a JSONL file of any layout, one object per line.
 *
 * @param parse one line's object to a task; `line` is 1-based. What it throws is reported with the
 * line.
 * @throws `missing-file`; `corrupt-file` naming the line; `empty-tasks`
 * @example
 * import { readTasks } from 'icrl'
 * const tasks = await readTasks('gsm8k.jsonl', ({ question, answer }, line) => ({
 *   id: `gsm8k-${line}`,
 *   question: String(question),
 *   answer: String(answer).split('####').at(-1)!.trim(),
 * }))
 */
export async function readTasks<T extends Task>(
  file: string,
  parse: (value: Readonly<Record<string, unknown>>, line: number) => T,
): Promise<T[]>
export async function readTasks(
  file: string,
  parse: (value: Readonly<Record<string, unknown>>, line: number) => Task = questionTask,
): Promise<Task[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new IcrlError(`tasks: ${file} cannot be read.`, {
      code: 'missing-file',
      remedy: 'Give the path of a JSONL file.',
      cause,
    })
  })
  const tasks = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, i + 1, file, parse)]))
  if (tasks.length === 0)
    throw new IcrlError(`tasks: ${file} has none.`, {
      code: 'empty-tasks',
      remedy: 'Write one JSON object per line.',
    })
  return tasks
}

function parseLine(
  text: string,
  line: number,
  file: string,
  parse: (value: Readonly<Record<string, unknown>>, line: number) => Task,
): Task {
  const wrong = (what: string, cause?: unknown): IcrlError =>
    new IcrlError(`${file}, line ${line}: ${what}`, {
      code: 'corrupt-file',
      remedy: 'Fix or remove the line.',
      cause,
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw wrong('not JSON.', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('not an object.')
  try {
    return parse(value as Readonly<Record<string, unknown>>, line)
  } catch (cause) {
    throw wrong(`${cause instanceof Error ? cause.message : String(cause)}.`, cause)
  }
}

function questionTask(value: Readonly<Record<string, unknown>>, line: number): QuestionTask {
  const text = (name: string): string => {
    const found = value[name]
    if (typeof found === 'string' || typeof found === 'number') return String(found)
    throw new Error(`it has no "${name}"`)
  }
  return {
    ...value,
    id: value.id === undefined ? String(line) : text('id'),
    question: text('question'),
    answer: text('answer'),
  }
}
