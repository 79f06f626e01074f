import { describe, expect, it } from 'vitest'
import { readExchanges, type Exchange, type RecordedEpisode } from '../../test/exchanges.ts'
import { json, responding } from '../../test/responding.ts'
import { sharedData } from '../../test/shared-data.ts'
import { agentgymEnvironment } from './agentgym-environment.ts'
import type { Dialect } from './dialect.ts'
import { alfworldDialect } from './dialects/alfworld.ts'
import { babyaiDialect } from './dialects/babyai.ts'
import { sciworldDialect } from './dialects/sciworld.ts'
import type { Transport } from './transport.ts'

interface Recorded {
  readonly observation?: string
  readonly reward?: number
  readonly score?: number
  readonly done?: boolean
  readonly available_actions?: readonly string[]
  readonly task_description?: string
}

/**
 * The part of a recording that a client would make: a successful reset and the steps after it,
 * until an error or the end.
 */
function mainRun({ exchanges }: RecordedEpisode): { reset: Exchange; steps: Exchange[] } {
  const at = exchanges.findIndex(
    ({ path, status, json }) =>
      path === '/reset' && status === 200 && 'observation' in (json as Recorded),
  )
  const steps: Exchange[] = []
  for (const exchange of exchanges.slice(at + 1)) {
    if (exchange.path === '/reset') break
    if (exchange.path !== '/step' || exchange.status !== 200) continue
    if (!('observation' in (exchange.json as Recorded))) break
    steps.push(exchange)
    if ((exchange.json as Recorded).done) break
  }
  return { reset: exchanges[at], steps }
}

/** Serves recorded answers in order and notes what was asked. */
function recorded(answers: readonly Exchange[]): { transport: Transport; requests: unknown[] } {
  const requests: unknown[] = []
  const left = [...answers]
  const transport = responding((path, body) => {
    if (path === '/create') return json({ id: (answers[0].body as { id: number }).id })
    if (path === '/close') return json({ detail: 'Not Found' }, 404)
    requests.push({ path, body })
    return json(left.shift()!.json)
  })
  return { transport, requests }
}

const cases: [
  string,
  Dialect,
  string,
  (task: Exchange) => number,
  (answer: Recorded, before: string) => string,
  (answer: Recorded) => number,
][] = [
  [
    'alfworld',
    alfworldDialect,
    'envs/alfworld_exchanges.jsonl.gz',
    ({ body }) => body!.game as number,
    ({ observation, available_actions: actions }) =>
      observation!.includes('Nothing happens')
        ? `${observation}\nAVAILABLE ACTIONS: ${actions!.join(',')}`
        : observation!,
    ({ reward }) => reward!,
  ],
  [
    'sciworld',
    sciworldDialect,
    'envs/sciworld_exchanges.jsonl.gz',
    ({ body }) => body!.data_idx as number,
    ({ observation }, before) =>
      observation!.includes('No known action matches') ? before : observation!,
    ({ score }) => Math.max(0, score! / 100),
  ],
  [
    'babyai',
    babyaiDialect,
    'envs/babyai_exchanges.jsonl.gz',
    ({ body }) => body!.data_idx as number,
    ({ observation }) => observation!,
    ({ score }) => Math.min(1, score!),
  ],
]

describe.each(cases)(
  'recorded answers of %s',
  (name, dialect, file, itemOf, expected, rewardOf) => {
    const path = sharedData(file)
    it.skipIf(!path)('ask for the recorded requests and become the expected steps', async () => {
      let count = 0
      for (const episode of readExchanges(path!)) {
        const { reset, steps } = mainRun(episode)
        // BabyAI's client cleans actions before it sends them: only those that need no cleaning can
        // be compared.
        const clean = steps.findIndex(
          ({ body }) =>
            name === 'babyai' &&
            !/^(?:[A-Za-z0-9,]+(?: [A-Za-z0-9,]+)*)?$/.test(String(body!.action)),
        )
        const played = clean < 0 ? steps : steps.slice(0, clean)
        const { transport, requests } = recorded([reset, ...played])
        const item = itemOf(reset)
        const remote = await agentgymEnvironment(dialect, {
          servers: ['http://recorded'],
          retries: 0,
          transport,
        }).open()
        const start = await remote.reset(String(item))
        expect(start.observation).toContain((reset.json as Recorded).observation!)
        let before = (reset.json as Recorded).observation!
        for (const exchange of played) {
          const answer = exchange.json as Recorded
          const action = String(exchange.body!.action)
          const step = await remote.step(action)
          const observation = expected(answer, before)
          expect(step).toEqual({ observation, reward: rewardOf(answer), done: answer.done })
          before = observation
          count++
        }
        expect(requests.slice(1)).toEqual(played.map(({ body }) => ({ path: '/step', body })))
        await remote.close()
      }
      expect(count).toBeGreaterThan(200)
    })
  },
)
