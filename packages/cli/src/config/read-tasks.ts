import { IcrlError, type QuestionTask, type Task } from '@icrl/core'
import { readJsonLines, type JsonLine } from '@icrl/environments/node'
import { parseTree } from 'jsonc-parser'
import { pathInConfig } from './config-folder.ts'

/** The object of one line of a JSONL file. */
type Row = Readonly<Record<string, unknown>>

/**
 * Tasks from a JSONL file (UTF-8, also `.jsonl.gz`), one object per line with a `question` and an
 * `answer`, text or numbers as they are written. Default `id`: the line's number. In a configuration
 * a relative path is relative to the configuration's file.
 *
 * @throws `missing-file`; `corrupt-file` naming the line, also for an empty question or answer;
 * `empty-tasks`
 * @example
 * import { readTasks } from 'icrl'
 * const tasks = await readTasks('questions.jsonl')
 */
export async function readTasks(file: string): Promise<QuestionTask[]>
/**
 * Tasks from a JSONL file of any layout, one object per line.
 *
 * @param parse one line's object to a task; `line` is 1-based, `source` the line as it stands. What
 * it throws is reported with the line.
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
  parse: (value: Row, line: number, source: string) => T,
): Promise<T[]>
export async function readTasks(
  file: string,
  parse: (value: Row, line: number, source: string) => Task = questionTask,
): Promise<Task[]> {
  const tasks: Task[] = []
  for await (const line of readJsonLines(pathInConfig(file))) tasks.push(parsedLine(line, parse))
  if (tasks.length === 0)
    throw new IcrlError(`tasks: ${file} has none.`, {
      code: 'empty-tasks',
      remedy: 'Write one JSON object per line.',
    })
  return tasks
}

function parsedLine(
  { value, where, source, number }: JsonLine,
  parse: (value: Row, line: number, source: string) => Task,
): Task {
  const wrong = (what: string, cause?: unknown): IcrlError =>
    new IcrlError(`${where}: ${what}`, {
      code: 'corrupt-file',
      remedy: 'Fix or remove the line.',
      cause,
    })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('not an object.')
  try {
    return parse(value as Row, number, source)
  } catch (cause) {
    throw wrong(`${cause instanceof Error ? cause.message : String(cause)}.`, cause)
  }
}

function questionTask(value: Row, line: number, source: string): QuestionTask {
  return {
    ...value,
    id: value.id === undefined ? String(line) : writtenField(value, 'id', source),
    question: writtenField(value, 'question', source),
    answer: writtenField(value, 'answer', source),
  }
}

/**
 * A field's text, or its number as it is written: `1e21` and `1.50` are what a checker compares.
 *
 * @throws Error if it is neither, or empty
 */
export function writtenField(value: Row, name: string, source: string): string {
  const found = value[name]
  if (typeof found === 'number') return writtenNumber(name, source)
  if (typeof found !== 'string') throw new Error(`it has no "${name}"`)
  if (found.trim() === '') throw new Error(`its "${name}" is empty`)
  return found
}

/** Of a name that is given twice, the last one, as `JSON.parse` has it. */
function writtenNumber(name: string, source: string): string {
  const field = parseTree(source)?.children?.findLast(
    ({ children }) => children?.[0].value === name,
  )
  const { offset, length } = field!.children![1]
  return source.slice(offset, offset + length)
}
