import {
  type Detail,
  type Field,
  type FieldProblem,
  int,
  optional,
  readFields,
  str,
} from '../fields.ts'
import type { WantedTask } from './openenv-tasks.ts'

export type Json = Readonly<Record<string, unknown>>

/** What OpenEnv's clients read: `observation`, `state` or `error`, with its data. */
export interface OpenenvReply {
  readonly type: 'observation' | 'state' | 'error'
  readonly data: Json
}

/** What a reset says; null where it says nothing. */
export interface ResetData extends WantedTask {
  readonly episode_id: string | null
}

/** An action. */
export interface ActionData {
  readonly message: string
  readonly metadata: Json
}

/** What a client wants. */
export type OpenenvRequest =
  | { readonly type: 'reset'; readonly data: ResetData }
  | { readonly type: 'step'; readonly data: ActionData }
  | { readonly type: 'state' }
  | { readonly type: 'close' }

/** How to read each field. */
type FieldsOf<T> = { readonly [K in keyof T]: Field<T[K]> }

const seed: Field<number> = (value) =>
  typeof value === 'number' && value < 0
    ? { type: 'greater_than_equal', msg: 'Input should be greater than or equal to 0' }
    : int(value)

/** As long as OpenEnv's own. */
const shortText: Field<string> = (value) =>
  typeof value === 'string' && value.length > 255
    ? { type: 'string_too_long', msg: 'String should have at most 255 characters' }
    : str(value)

const object: Field<Json> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value: value as Json }
    : { type: 'dict_type', msg: 'Input should be a valid dictionary' }

/** What a reset may say. As with OpenEnv's own servers, other fields are not looked at. */
const resetFields: FieldsOf<ResetData> = {
  seed: optional(seed, null),
  episode_id: optional(shortText, null),
  task_id: optional(str, null),
  split: optional(str, null),
  index: optional(seed, null),
}

/** The fields of an action, of which there are no others. */
const actionFields: FieldsOf<ActionData> = {
  message: str,
  metadata: optional(object, {}),
}

/** An error as OpenEnv's clients read it. */
export function errorReply(code: string, message: string, more: Json = {}): OpenenvReply {
  return { type: 'error', data: { message, code, ...more } }
}

/** A refusal of a message, without what it said: it may be large. */
function invalid(problems: readonly FieldProblem[]): OpenenvReply {
  return errorReply('VALIDATION_ERROR', 'Invalid message', {
    errors: problems.map((problem) => ({ ...problem, input: undefined })),
  })
}

function extraFields(given: Json, known: readonly string[]): FieldProblem[] {
  const extra = Object.keys(given).filter((name) => !known.includes(name))
  const what = { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' }
  return extra.slice(0, 8).map((name) => ({ ...what, loc: [name.slice(0, 80)] }))
}

type Read = { readonly request: OpenenvRequest } | { readonly refusal: OpenenvReply }

const refused = (problems: readonly FieldProblem[]): Read => ({ refusal: invalid(problems) })

function readReset(data: Json): Read {
  const read = readFields(resetFields, data)
  return 'detail' in read ? refused(read.detail) : { request: { type: 'reset', data: read.values } }
}

function readStep(data: Json): Read {
  const read = readFields(actionFields, data)
  const problems: (FieldProblem | Detail)[] = extraFields(data, Object.keys(actionFields))
  if ('detail' in read) return refused([...read.detail, ...problems])
  return problems.length > 0 ? refused(problems) : { request: { type: 'step', data: read.values } }
}

/** What each type of message may hold beside its type. */
const READERS: Readonly<
  Record<string, { readonly known: readonly string[]; readonly read: (data: Json) => Read }>
> = {
  reset: { known: ['type', 'data'], read: readReset },
  step: { known: ['type', 'data'], read: readStep },
  state: { known: ['type'], read: () => ({ request: { type: 'state' } }) },
  close: { known: ['type'], read: () => ({ request: { type: 'close' } }) },
}

/** Reads a message, or says what is wrong with it in OpenEnv's words. */
export function readMessage(text: string): Read {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return { refusal: errorReply('INVALID_JSON', 'Invalid JSON: the message is no JSON text.') }
  }
  const whole = object(message)
  if (!('value' in whole)) return refused([whole])
  const { type, data = {} } = whole.value
  if (typeof type !== 'string' || !Object.hasOwn(READERS, type)) {
    const words = `Unknown message type: ${String(type).slice(0, 80)}`
    return { refusal: errorReply('UNKNOWN_TYPE', words) }
  }
  const { known, read } = READERS[type]
  const extra = extraFields(whole.value, known)
  if (extra.length > 0) return refused(extra)
  const inner = object(data)
  return 'value' in inner ? read(inner.value) : refused([inner])
}

/** The result of a reset or a step. */
export function observationReply(
  observation: Json,
  reward: number | null,
  done: boolean,
  metadata: Json,
): OpenenvReply {
  const data = { observation: { ...observation, metadata }, reward, done }
  // OpenEnv's servers say metadata twice, and leave them out where there are none.
  const hasMetadata = Object.keys(metadata).length > 0
  return { type: 'observation', data: { ...data, ...(hasMetadata && { metadata }) } }
}
