import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { IcrlError, type Message, type Task, textOf } from '@icrl/core'
import { sft, type Demonstration } from '@icrl/recipes'
import { cachedDataset } from '../hub/dataset-folder.ts'
import { isHubName } from '../hub/hub-name.ts'
import { absoluteModel, storedModel } from '../hub/model-folder.ts'
import type { RunConfig, RunParts } from './define-run.ts'
import type { LoadedConfig } from './load-run-config.ts'
import { readTasks, writtenField } from './read-tasks.ts'

/** Flags of `icrl sft`, apart from the data. */
export interface SftFlags {
  readonly model: string
  /** Passes over the data; not used if `steps` is given. */
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly weightDecay: number
}

/** A conversation whose last message is to be learned. */
interface Conversation extends Task {
  readonly messages: readonly Message[]
}

/** What was sampled before, to be learned as it was. */
interface SampledIds extends Task {
  readonly prompt: readonly number[]
  readonly response: readonly number[]
  readonly mask: readonly number[]
}

type Lesson = Conversation | SampledIds

/**
 * The run of `icrl sft`, from what `readTasks` reads: conversations as `{ "messages": [...] }` or
 * `{ "question", "answer" }`, or ids as `icrl export` writes them.
 *
 * @throws `missing-file`, `empty-tasks`; `corrupt-file` naming the line, also if there is nothing to
 * learn; when the recipe is made, `context-exceeded` naming the lines that are too long and
 * `vocabulary-mismatch` one with ids of another model
 */
export async function sftRun(data: string, flags: SftFlags): Promise<LoadedConfig> {
  const file = isHubName(data) ? data : resolve(data)
  const tasks = await readTasks(file, lessonOf)
  const { model, epochs, batch, learningRate, weightDecay } = flags
  const folder = await absoluteModel(model)
  const config: RunConfig<Lesson> = {
    model: folder,
    recipe: (parts) => {
      checkIds(file, tasks, parts)
      checkLengths(file, tasks, parts)
      return sft<Lesson>({
        tasksPerStep: batch,
        demonstrate: (lesson) => [demonstrationOf(lesson, parts)],
      })
    },
    roles: { solver: { sampling: { maxTokens: 1, temperature: 1 } } },
    tasks,
    stop: { steps: Math.ceil((tasks.length * epochs) / batch) },
    optimizer: { learningRate, weightDecay },
  }
  return {
    file,
    sha256: await checksum(file),
    command: { name: 'sft', flags: { ...flags, model: folder } },
    config: config as unknown as RunConfig,
  }
}

/** SHA-256 of a file's bytes, or of those of all files of a data set. */
async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256')
  const files = isHubName(file) ? await cachedDataset(file) : [{ file }]
  for (const one of files) hash.update(await readFile(one.file))
  return hash.digest('hex')
}

function demonstrationOf(lesson: Lesson, { renderer, tokenizer }: RunParts): Demonstration {
  if ('response' in lesson) {
    const { prompt, response, mask } = lesson
    return {
      prompt: Int32Array.from(prompt),
      response: Int32Array.from(response),
      mask: Uint8Array.from(mask),
    }
  }
  const { messages } = lesson
  const answer = tokenizer.encode(textOf(messages.at(-1)!))
  const response = new Int32Array(answer.length + 1)
  response.set(answer)
  response[answer.length] = renderer.stop[0]
  return { prompt: renderer.start(messages.slice(0, -1)), response }
}

/** @throws `vocabulary-mismatch` naming the first line with an id that the tokenizer does not have */
function checkIds(file: string, tasks: readonly Lesson[], { renderer }: RunParts): void {
  for (const lesson of tasks) {
    if (!('response' in lesson)) continue
    const foreign = [...lesson.prompt, ...lesson.response].find(
      (id) => id >= renderer.vocabularySize,
    )
    if (foreign !== undefined)
      throw new IcrlError(
        `${file}, line ${lesson.id}: id ${foreign} is not in the tokenizer's vocabulary of ${renderer.vocabularySize}.`,
        {
          code: 'vocabulary-mismatch',
          remedy:
            'Learn ids with the model that they were sampled from, or one with its tokenizer.',
        },
      )
  }
}

/** Most lines that an error lists. */
const LISTED = 10

/** @throws `context-exceeded` naming the lines that are longer than the model's context */
function checkLengths(file: string, tasks: readonly Lesson[], parts: RunParts): void {
  const long = tasks.flatMap((lesson) => {
    const { prompt, response } = demonstrationOf(lesson, parts)
    const length = prompt.length + response.length
    return length > parts.contextLength ? [`line ${lesson.id} with ${length}`] : []
  })
  if (long.length === 0) return
  const more = long.length > LISTED ? [`and ${long.length - LISTED} more`] : []
  throw new IcrlError(
    `${file}: ${long.length} of ${tasks.length} conversations have more tokens than the model's context of ${parts.contextLength}: ${[...long.slice(0, LISTED), ...more].join(', ')}.`,
    {
      code: 'context-exceeded',
      remedy: 'Shorten or remove these lines, or use a model with a longer context.',
    },
  )
}

function lessonOf(value: Readonly<Record<string, unknown>>, line: number, source: string): Lesson {
  if ('response' in value) return idsOf(value, line)
  if (!('messages' in value) && !('question' in value && 'answer' in value)) throw new Error(FORMS)
  const messages =
    'messages' in value
      ? value.messages
      : [
          { role: 'user', content: writtenField(value, 'question', source) },
          { role: 'assistant', content: writtenField(value, 'answer', source) },
        ]
  if (!isConversation(messages)) throw new Error(FORMS)
  if (textOf(messages.at(-1)!).trim() === '') throw new Error('its last message is empty')
  return { id: String(line), messages }
}

function idsOf(
  { prompt, response, mask }: Readonly<Record<string, unknown>>,
  line: number,
): SampledIds {
  if (!areIds(prompt) || !areIds(response) || !areIds(mask))
    throw new Error('its "prompt", "response" and "mask" are not all lists of ids')
  if (mask.length !== response.length)
    throw new Error(`its "mask" has ${mask.length} places for ${response.length} ids`)
  if (!mask.includes(1)) throw new Error('its "mask" leaves nothing to learn')
  return { id: String(line), prompt, response, mask }
}

function areIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0)
}

const FORMS =
  'neither "messages" that end with the assistant, "question" and "answer", nor "prompt" and "response" in ids'

function isConversation(messages: unknown): messages is Message[] {
  const fits = (message: unknown): boolean =>
    typeof message === 'object' &&
    message !== null &&
    typeof (message as Message).role === 'string' &&
    typeof (message as Message).content === 'string'
  return (
    Array.isArray(messages) &&
    messages.length >= 2 &&
    messages.every(fits) &&
    (messages.at(-1) as Message).role === 'assistant'
  )
}

/** @throws `corrupt-file` if a run's stored flags are not those of `icrl sft` */
export function sftFlags(stored: unknown, run: string): SftFlags {
  const flags = stored as SftFlags
  if (typeof flags?.model === 'string' && typeof flags.batch === 'number')
    return { ...flags, model: storedModel(flags.model, run) }
  throw new IcrlError(`${run}/config.json does not hold the flags of icrl sft.`, {
    code: 'corrupt-file',
    remedy: 'Restore it, or begin a new run.',
  })
}
