import { IcrlError, publicAddress, type Environment } from '@icrl/core'
import { unknownTask } from '../../local-environment.ts'
import { parseTaggedAction } from '../../parse-tagged-action.ts'
import { itemRange } from '../dialect.ts'
import { openenvEpisode } from './openenv-episode.ts'
import type { OpenenvResult } from './openenv-result.ts'
import { askOpenenvServer, type OpenenvServer } from './openenv-server.ts'

type Json = Readonly<Record<string, unknown>>

/** Options of {@link openenvEnvironment}. */
export interface OpenenvOptions {
  /** The server's secret, sent as bearer token. @defaultValue none */
  readonly token?: string
  /**
   * How to act, for the solver.
   *
   * @defaultValue the server's description, and how to give an action where it does not say so
   */
  readonly instructions?: string
  /** Turns after which an attempt ends. @defaultValue 40 */
  readonly maxTurns?: number
  /**
   * Task ids.
   *
   * @defaultValue those of the server's Task API, or where it has none the seeds 0 to 999 to train
   *   on and 1000 to 1099 to test
   */
  readonly tasks?: { readonly train: readonly string[]; readonly test: readonly string[] }
  /**
   * What a reset to a task says.
   *
   * @defaultValue `{ split, index }` of a task that the server lists, `{ seed }` for an id that is
   *   a number
   */
  readonly reset?: (taskId: string) => Json
  /**
   * The action of a text, by the server's schema; undefined where the text is none, which the
   * solver is told.
   *
   * @defaultValue the text as the schema's only field that is required, if that is a text
   */
  readonly action?: (text: string) => Json | undefined
  /**
   * What an observation shows.
   *
   * @defaultValue its only text besides `task` and `instructions`, or all of it as JSON where there
   *   is not exactly one
   */
  readonly observe?: (observation: Json) => string
  /** The task in words. @defaultValue the first observation's field `task`, or what it shows */
  readonly task?: (observation: Json) => string
  /** Whether an attempt succeeded. @defaultValue `success` of the metadata, else a reward of 1 */
  readonly success?: (result: OpenenvResult) => boolean | undefined
  /** True: the outcome is the sum of all rewards, false: the last one. @defaultValue false */
  readonly sumRewards?: boolean
  /** The action in a response. @defaultValue the last `<action>…</action>` */
  readonly parseAction?: (response: string) => string | undefined
  /** What is said where there was no action. @defaultValue a sentence in English */
  readonly invalidAction?: string
  /** Longest wait for an answer. @defaultValue 120,000 */
  readonly timeoutMs?: number
  /** Longest answer in bytes. @defaultValue 4 MiB */
  readonly maxBytes?: number
  /**
   * Milliseconds to wait for a place at a server whose places are all taken.
   *
   * @defaultValue 30,000
   */
  readonly placeMs?: number
}

const SEEDS = { train: itemRange(0, 1000), test: itemRange(1000, 1100) }

/**
 * An environment on a server of OpenEnv (`openenv` 0.10 of PyPI, or `serveOpenenv`), to train on.
 * Each episode is a WebSocket. What the server says of itself is read once, at the start.
 *
 * A seed must always start the same episode: nobody can check that a server looks at it at all.
 *
 * @param url `http://127.0.0.1:8000`
 * @throws IcrlError `invalid-option` for an address that is none, or actions of several fields
 * without `action`; RequestFailure if the server does not answer
 * @example
 * const environment = await openenvEnvironment('http://127.0.0.1:8000', {
 *   instructions: 'Guess the word. Give it between <action> and </action>.',
 *   maxTurns: 6,
 * })
 */
export async function openenvEnvironment(
  url: string,
  options: OpenenvOptions = {},
): Promise<Environment> {
  const { token, timeoutMs = 120_000, maxBytes = 4 * 1024 * 1024, placeMs = 30_000 } = options
  const connection = { url: httpAddress(url), token, timeoutMs, maxBytes }
  const server = await askOpenenvServer(connection)
  const { name } = server
  const { observe = shownText, parseAction = parseTaggedAction } = options
  const invalidAction =
    options.invalidAction ??
    'That was no action. Think about the task again, then answer with exactly one action between <action> and </action>.'
  const tasks = options.tasks ?? listedIds(server) ?? SEEDS
  const episodeOptions = {
    ...connection,
    name,
    resetTo: options.reset ?? resetByLists(server, tasks),
    toAction: options.action ?? actionBySchema(url, server),
    observe,
    taskIn: options.task ?? ((observation) => textIn(observation, 'task') ?? observe(observation)),
    success: options.success ?? saidSuccess,
    invalidAction,
    sumRewards: options.sumRewards ?? false,
    placeMs,
  }
  return {
    name,
    instructions: options.instructions ?? instructionsOf(server),
    maxTurns: options.maxTurns ?? 40,
    ...(options.sumRewards && { rewardIsTotal: true }),
    parseAction,
    invalidAction,
    taskIds: async (split) => {
      if (Object.hasOwn(tasks, split)) return tasks[split]
      throw new IcrlError(`${name}: no split "${String(split)}".`, {
        code: 'invalid-option',
        remedy: 'Use train or test.',
      })
    },
    open: async () => openenvEpisode(episodeOptions),
  }
}

function httpAddress(given: string): string {
  const url = given.replace(/^ws/, 'http')
  if (URL.canParse(url) && /^https?:/.test(url)) return url
  throw new IcrlError(`openenv: "${publicAddress(given).slice(0, 80)}" is no address.`, {
    code: 'invalid-option',
    remedy: 'Give an address such as http://127.0.0.1:8000.',
  })
}

function listedIds({ tasks }: OpenenvServer): OpenenvOptions['tasks'] {
  return tasks && { train: tasks.train.map(({ id }) => id), test: tasks.test.map(({ id }) => id) }
}

function resetByLists(
  { name, tasks: lists }: OpenenvServer,
  tasks: NonNullable<OpenenvOptions['tasks']>,
): (taskId: string) => Json {
  const listed = new Map(
    [...(lists?.train ?? []), ...(lists?.test ?? [])].map(({ id, ...at }) => [id, at]),
  )
  const known = new Set([...tasks.train, ...tasks.test])
  return (taskId) => {
    const at = known.has(taskId) ? listed.get(taskId) : undefined
    if (at) return at
    if (!known.has(taskId) || !/^\d{1,15}$/.test(taskId)) throw unknownTask(name, taskId)
    return { seed: Number(taskId) }
  }
}

/** An action of one text; the others need words of their own. */
function actionBySchema(url: string, { action }: OpenenvServer): (text: string) => Json {
  const { properties = {}, required = [] } = action as {
    properties?: Readonly<Record<string, { type?: unknown }>>
    required?: readonly string[]
  }
  const [field, ...others] = required
  if (field !== undefined && others.length === 0 && properties[field]?.type === 'string')
    return (text) => ({ [field]: text })
  const names = Object.keys(properties).filter((each) => each !== 'metadata')
  throw new IcrlError(
    `${publicAddress(url)}: an action is not one text, but has the fields ${names.join(', ').slice(0, 200)}.`,
    {
      code: 'invalid-option',
      remedy: 'Give the option `action`, which makes one from the solver’s text.',
    },
  )
}

function instructionsOf({ name, description }: OpenenvServer): string {
  const what = description === '' ? `Act in ${name}.` : description
  return what.includes('<action>')
    ? what
    : `${what}\nThink first, then give one action between <action> and </action>.`
}

function textIn(observation: Json, field: string): string | undefined {
  const value = observation[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function shownText({ metadata: _, task, instructions, ...rest }: Json): string {
  const texts = Object.values(rest).filter((value) => typeof value === 'string')
  return texts.length === 1 ? texts[0] : JSON.stringify({ ...rest, task, instructions })
}

function saidSuccess({ metadata: { success } }: OpenenvResult): boolean | undefined {
  return typeof success === 'boolean' ? success : undefined
}
