import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstDivergence, viewRuns, type ViewHandler } from '../src/index.ts'
import type { ViewAnswers } from '../src/live/view-data.ts'
import { makeRun } from './make-run.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-view-'))
const first = join(root, 'first')
const second = join(root, 'second')
const SIZE = { steps: 4, tasks: 2, sessions: 2, heldOut: 4, evaluateEvery: 2 } as const

beforeAll(() => {
  makeRun({ ...SIZE, directory: first })
  cpSync(first, second, { recursive: true })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function ask<Path extends keyof ViewAnswers>(
  handler: ViewHandler,
  path: Path,
  query = '',
): Promise<ViewAnswers[Path]> {
  const response = await handler(new Request(`http://127.0.0.1${path}?${query}`))
  const answer = (await response.json()) as ViewAnswers[Path]
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

describe('the live view', () => {
  it('tells what is new of a growing run, and begins again with one that was cut', async () => {
    const folder = join(root, 'growing')
    cpSync(first, folder, { recursive: true })
    const file = join(folder, 'metrics.jsonl')
    const lines = readFileSync(file, 'utf8').split(/(?<=\n)/)
    writeFileSync(file, lines[0] + lines[1].slice(0, 9))
    const handler = await viewRuns([folder])
    const [begun] = (await ask(handler, '/state')).runs
    expect(begun).toMatchObject({ epoch: 0, from: 0 })
    expect(begun.metrics.map(({ step }) => step)).toEqual([0])
    appendFileSync(file, lines[1].slice(9) + lines[2])
    const [grown] = (await ask(handler, '/state', 'known=0:1')).runs
    expect(grown.from).toBe(1)
    expect(grown.metrics.map(({ step }) => step)).toEqual([1, 2])
    truncateSync(file, lines[0].length)
    const [cut] = (await ask(handler, '/state', 'known=0:3')).runs
    expect(cut).toMatchObject({ epoch: 1, from: 0 })
    expect(cut.metrics.map(({ step }) => step)).toEqual([0])
  })

  it('names a damaged line as long as it is there', async () => {
    const folder = join(root, 'damaged')
    cpSync(first, folder, { recursive: true })
    const file = join(folder, 'metrics.jsonl')
    const handler = await viewRuns([folder])
    await ask(handler, '/state')
    appendFileSync(file, '{"step": nothing}\n')
    for (const known of ['', 'known=0:4']) {
      const response = await handler(new Request(`http://127.0.0.1/state?${known}`))
      expect(response.status).toBe(400)
      const { error } = (await response.json()) as { readonly error: string }
      expect(error).toContain(`${file}, line ${SIZE.steps + 1}: `)
    }
    truncateSync(file, 0)
    expect((await ask(handler, '/state')).runs[0]).toMatchObject({ epoch: 1, metrics: [] })
  })

  it('reads a session from its place in the file, with all that tokens are shaded by', async () => {
    const handler = await viewRuns([first])
    const entries = await ask(handler, '/sessions', 'run=0&step=2')
    expect(entries).toHaveLength(SIZE.tasks * SIZE.sessions)
    const { task, session, rewards } = entries[1]
    const query = new URLSearchParams({ run: '0', step: '2', task, session: `${session}` })
    const read = await ask(handler, '/session', `${query}`)
    const attempts = read.turns.filter(({ role }) => role !== 'critic')
    expect(attempts.map(({ reward }) => reward)).toEqual(rewards)
    expect(read.turns[0].ids.length).toBe(read.turns[0].behavior.length)
    expect(read.turns[0].advantages).toBeDefined()
  })

  it('shows the arms of a comparison, those too that begin later', async () => {
    const out = join(root, 'comparison')
    cpSync(first, join(out, 'icrl'), { recursive: true })
    const handler = await viewRuns([out])
    expect((await ask(handler, '/state')).runs.map(({ label }) => label)).toEqual(['icrl'])
    cpSync(first, join(out, 'grpo'), { recursive: true })
    expect((await ask(handler, '/state')).runs.map(({ label }) => label).sort()).toEqual([
      'grpo',
      'icrl',
    ])
  })

  it('answers only this machine’s names, and says what is wrong', async () => {
    const handler = await viewRuns([first])
    expect((await handler(new Request('http://elsewhere.test/state'))).status).toBe(403)
    expect((await handler(new Request('http://127.0.0.1/metrics'))).status).toBe(404)
    const failed = async (path: string): Promise<string> => {
      const response = await handler(new Request(`http://localhost${path}`))
      expect(response.status).toBe(400)
      return ((await response.json()) as { readonly error: string }).error
    }
    expect(await failed('/sessions?run=3&step=0')).toContain('there is no run 3; there are 1')
    expect(await failed('/sessions?run=0&step=99')).toContain('step-00099.jsonl cannot be read')
    expect(await failed('/session?run=0&step=0&task=none&session=0')).toContain('no such session')
    await expect(viewRuns([join(root, 'none')])).rejects.toMatchObject({ code: 'missing-file' })
    await expect(viewRuns([first, first])).rejects.toThrow(/is given twice/)
  })
})

describe('the first difference of two runs', () => {
  /** Changes a stored sample of step 2, and the metrics that would follow from it. */
  function changed(name: string, change: (sample: Record<string, number[]>) => void): string {
    const folder = join(root, name)
    cpSync(first, folder, { recursive: true })
    const edit = (file: string, line: number, how: (value: never) => void): void => {
      const lines = readFileSync(join(folder, file), 'utf8').split('\n')
      const value = JSON.parse(lines[line]) as never
      how(value)
      lines[line] = JSON.stringify(value)
      writeFileSync(join(folder, file), lines.join('\n'))
    }
    edit('samples/step-00002.jsonl', 3, change)
    edit('metrics.jsonl', 2, (metrics: Record<string, number>) => (metrics['policy/loss'] = 0.123))
    return folder
  }

  it('is none of equal runs', async () => {
    expect(await firstDivergence(first, second)).toEqual({ steps: SIZE.steps })
  })

  it('is the token at which they part', async () => {
    const other = changed('other-token', ({ response }) => (response[1] += 1))
    const { divergence } = await firstDivergence(first, other)
    expect(divergence).toMatchObject({ step: 2, what: 'response', sample: { token: 1 } })
    expect(Number(divergence!.second)).toBe(Number(divergence!.first) + 1)
  })

  it('is a log-probability where the tokens are the same', async () => {
    const other = changed('other-logprob', ({ behaviorLogprobs }) => (behaviorLogprobs[0] -= 0.5))
    expect((await firstDivergence(first, other)).divergence).toMatchObject({
      step: 2,
      what: 'behaviorLogprobs',
      sample: { token: 0 },
    })
  })

  it('is a metric where samples are the same or not stored', async () => {
    const other = changed('other-metric', () => {})
    const expected = { step: 2, what: 'policy/loss', second: '0.123' }
    expect((await firstDivergence(first, other)).divergence).toMatchObject(expected)
    rmSync(join(other, 'samples'), { recursive: true })
    expect((await firstDivergence(first, other)).divergence).toMatchObject(expected)
  })
})
