import {
  IcrlError,
  type RoleBinding,
  type SessionProtocol,
  type SessionResult,
  type Task,
} from '@icrl/core'
import {
  countFailures,
  endpointRenderer,
  type Responder,
  runSessions,
  type RunSessionsOptions,
  sessionsFailed,
} from '@icrl/rollout'
import { type Cell, type Table, tableOf } from './table.ts'
import { mean } from './metrics/mean.ts'
import { foundIn } from './conclude.ts'
import { itemIntervals } from './item-intervals.ts'

/** A benchmark: items of a published format, what is asked about each, and its figures. */
export interface Benchmark<I extends Task = Task> {
  /** As it stands in tables. */
  readonly name: string
  /** The items of a file: its text, or its bytes (Parquet). */
  read(file: string | Uint8Array): Promise<I[]>
  /** What is asked about an item. Its findings are what `score` reads. */
  readonly protocol: SessionProtocol<I>
  /** The same items under other conditions: what a critic that knows nothing would score. */
  readonly controls?: (
    items: readonly I[],
    sessions: readonly SessionResult[],
  ) => Readonly<Record<string, SessionProtocol<I>>>
  /** Figures of one condition, any number of rows. */
  score(items: readonly I[], sessions: readonly SessionResult[]): Table
}

/** Who answers a role. */
export interface Speaker extends Pick<RoleBinding, 'sampling'> {
  /** A model that samples, or an endpoint that answers in text. */
  readonly by: Responder
  /** Turns messages into ids; an endpoint needs none. */
  readonly renderer?: RoleBinding['renderer']
}

/** Options of {@link evaluateOn}. */
export interface EvaluateOnOptions<I extends Task> extends Pick<
  RunSessionsOptions<I>,
  'concurrency' | 'timeoutMs' | 'signal' | 'onSession' | 'onTurn'
> {
  /** What is asked. */
  readonly items: readonly I[]
  /** Who answers each role that the benchmark asks. */
  readonly roles: Readonly<Record<string, Speaker>>
  /** Of all draws. @defaultValue 0 */
  readonly seed?: number
  /** Sessions per item; benchmarks that vote do so over them. @defaultValue 1 */
  readonly sessions?: number
  /** False: the benchmark alone. @defaultValue true, its controls as well */
  readonly controls?: boolean
  /** Sets of items drawn for the intervals; 0: no intervals. @defaultValue 200 */
  readonly resamples?: number
}

/**
 * Runs a benchmark, and its controls on the same items and draws: one table, the first column the
 * condition; `95%` is the
 * bootstrap interval of the first figure over items. Items whose session failed, or whose answer cannot be read, count as the benchmark says,
 * as wrong mostly; the notes say how many there were. The column `tokens` is what a session sampled
 * on average (characters, of an endpoint that gives no tokens).
 *
 * @throws `empty-tasks` without items; `sessions-failed` if every session failed; `invalid-shape` if
 * no answer to any item can be read, with the first answer
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { evaluateOn, processErrors } from '@icrl/evaluators'
 * import { openAiGenerator } from '@icrl/rollout/openai'
 * const by = openAiGenerator({ baseUrl: 'http://127.0.0.1:8200/v1', model: 'small' })
 * const benchmark = processErrors()
 * const items = await benchmark.read(await readFile('gsm8k.jsonl'))
 * const roles = { critic: { by, sampling: { maxTokens: 512, temperature: 0 } } }
 * console.log((await evaluateOn(benchmark, { items, roles })).toMarkdown())
 */
export async function evaluateOn<I extends Task>(
  benchmark: Benchmark<I>,
  options: EvaluateOnOptions<I>,
): Promise<Table> {
  const { items, controls = true } = options
  if (items.length === 0)
    throw new IcrlError(`${benchmark.name}: there are no items.`, {
      code: 'empty-tasks',
      remedy: 'Give at least one item.',
    })
  const run = (protocol: SessionProtocol<I>): Promise<SessionResult[]> =>
    runCondition(protocol, options)
  const sessions = await run(benchmark.protocol)
  if (sessions.every(({ failure }) => failure))
    throw sessionsFailed(
      `${benchmark.name}: every session`,
      sessions,
      'Fix that, and run it again.',
    )
  refuseNonsense(benchmark.name, sessions)
  const conditions: [string, readonly SessionResult[]][] = [[benchmark.name, sessions]]
  if (controls)
    for (const [name, protocol] of Object.entries(benchmark.controls?.(items, sessions) ?? {}))
      conditions.push([name, await run(protocol)])
  return joined(benchmark, options, conditions)
}

function runCondition<I extends Task>(
  protocol: SessionProtocol<I>,
  { items, roles, seed = 0, sessions = 1, ...rest }: EvaluateOnOptions<I>,
): Promise<SessionResult[]> {
  const entries = Object.entries(roles)
  return runSessions({
    ...rest,
    protocol,
    tasks: items,
    sessions,
    samplers: Object.fromEntries(entries.map(([role, { by }]) => [role, by])),
    bindings: Object.fromEntries(
      entries.map(([role, { renderer = endpointRenderer, sampling }]) => [
        role,
        { renderer, sampling },
      ]),
    ),
    draw: { seed, domain: 'eval', step: 0 },
  })
}

function joined<I extends Task>(
  { score }: Benchmark<I>,
  { items, seed, resamples = 200 }: EvaluateOnOptions<I>,
  conditions: readonly (readonly [string, readonly SessionResult[]])[],
): Table {
  const tables = conditions.map(([, sessions]) => score(items, sessions))
  const rows = conditions.flatMap(([name, sessions], i) => {
    const intervals = itemIntervals({ score, items, sessions, seed, resamples })
    return tables[i].rows.map((row, at): Cell[] => [
      name,
      ...row,
      intervals[at],
      tokensOf(sessions),
    ])
  })
  const notes = conditions.flatMap(([name, sessions], i) => [
    ...tables[i].notes,
    ...troubles(name, sessions),
  ])
  return tableOf(['condition', ...tables[0].columns, '95%', 'tokens'], rows, [...new Set(notes)])
}

function tokensOf(sessions: readonly SessionResult[]): number | undefined {
  return mean(sessions.flatMap(({ findings }) => foundIn<number>(findings, 'tokens') ?? []))
}

function troubles(name: string, sessions: readonly SessionResult[]): string[] {
  const failed = countFailures(sessions).map(
    ({ sessions: count, reason }) =>
      `${name}: ${count} of ${sessions.length} sessions failed: ${reason}`,
  )
  const unread = total(sessions, 'unread')
  const all = unread + total(sessions, 'read')
  return [...failed, ...(unread === 0 ? [] : [`${name}: ${unread} of ${all} answers unreadable`])]
}

function total(sessions: readonly SessionResult[], name: string): number {
  return sessions.reduce((sum, { findings }) => sum + (foundIn<number>(findings, name) ?? 0), 0)
}

/** @throws `invalid-shape` if answers were to be read and none of them could be */
function refuseNonsense(name: string, sessions: readonly SessionResult[]): void {
  const unread = total(sessions, 'unread')
  if (unread === 0 || total(sessions, 'read') > 0) return
  const first = sessions.map(({ findings }) => foundIn<string>(findings, 'answer')).find(Boolean)
  throw new IcrlError(
    `${name}: none of ${unread} answers can be read. The first: ${JSON.stringify((first ?? '').slice(0, 400))}`,
    {
      code: 'invalid-shape',
      remedy:
        'Use a model that keeps to the form, allow it more tokens, or give a prompt of your own.',
    },
  )
}
