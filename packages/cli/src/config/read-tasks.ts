import { IcrlError, type QuestionTask, type Task } from '@icrl/core'
import { type JsonLine, readRows } from '@icrl/environments/node'
import { parseTree } from 'jsonc-parser'
import { type CachedFile, cachedDataset } from '../hub/dataset-folder.ts'
import { isHubName } from '../hub/hub-name.ts'
import { pathInConfig, recordData } from './config-folder.ts'

/** The object of one line of a JSONL file, or one row of a Parquet file. */
type Row = Readonly<Record<string, unknown>>

/**
 * Tasks from a file of JSONL (UTF-8, also `.jsonl.gz`) or Parquet, or from a data set of the hub,
 * `hf:owner/name#split`, that `icrl download --dataset` brought: rows with a `question` and an
 * `answer`, text or numbers as they are written. Default `id`: the row's number. In a configuration a
 * relative path is relative to the configuration's file, and the run's `config.json` keeps the
 * checksum of every file that is read.
 *
 * @throws `missing-file`; `corrupt-file` naming the row, also for an empty question or answer;
 * `empty-tasks`; `unsupported` for Parquet without `hyparquet`
 * @example
 * import { readTasks } from 'icrl'
 * const tasks = await readTasks('questions.jsonl')
 */
export async function readTasks(from: string): Promise<QuestionTask[]>
/**
 * Tasks from rows of any layout.
 *
 * @param parse one row to a task; `line` is 1-based, `source` the row's JSON as it stands in the
 * file. What it throws is reported with the row.
 * @throws `missing-file`; `corrupt-file` naming the line; `empty-tasks`
 * @example
 * import { readTasks } from 'icrl'
 * const tasks = await readTasks('hf:openai/gsm8k#main/train', ({ question, answer }, line) => ({
 *   id: `gsm8k-${line}`,
 *   question: String(question),
 *   answer: String(answer).split('####').at(-1)!.trim(),
 * }))
 */
export async function readTasks<T extends Task>(
  from: string,
  parse: (value: Row, line: number, source: string) => T,
): Promise<T[]>
export async function readTasks(
  from: string,
  parse: (value: Row, line: number, source: string) => Task = questionTask,
): Promise<Task[]> {
  const tasks: Task[] = []
  // Rows of a split are counted over all of its files.
  let before = 0
  for (const { file, name } of await filesOf(from)) {
    let last = 0
    for await (const row of readRows(file)) {
      tasks.push(parsedRow(row, before, parse))
      last = row.number
    }
    before += last
    await recordData(file, name)
  }
  if (tasks.length === 0)
    throw new IcrlError(`${isHubName(from) ? from : pathInConfig(from)} has no tasks.`, {
      code: 'empty-tasks',
      remedy: 'Write one JSON object per line, each a task.',
    })
  return tasks
}

type NamedFile = Pick<CachedFile, 'file'> & Partial<CachedFile>

async function filesOf(from: string): Promise<readonly NamedFile[]> {
  return isHubName(from) ? cachedDataset(from) : [{ file: pathInConfig(from) }]
}

function parsedRow(
  { value, where, source, number }: JsonLine,
  before: number,
  parse: (value: Row, line: number, source: string) => Task,
): Task {
  const wrong = (what: string, cause?: unknown): IcrlError =>
    new IcrlError(`${where}: ${what}`, {
      code: 'corrupt-file',
      remedy:
        'Write one JSON object per line; `readTasks(file, parse)` reads rows of another layout.',
      cause,
    })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`${Array.isArray(value) ? 'a list' : JSON.stringify(value)}, not an object.`)
  try {
    return parse(value as Row, before + number, source)
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
