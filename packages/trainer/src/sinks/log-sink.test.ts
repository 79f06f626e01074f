import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionResult } from '@icrl/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scratchFolder } from '../../test/scratch-folder.ts'
import { logSink } from './log-sink.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('log')
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('writes nothing before the first result', async () => {
  logSink(join(root, 'run.log')).onStart!({ step: 0, resumed: false, metrics: [] })
  await expect(readFile(join(root, 'run.log'))).rejects.toThrow('ENOENT')
})

it('says what ran where, each step, and why a session failed; a second run goes on below', async () => {
  const file = join(root, 'deep', 'run.log')
  const { onStart, onSession, onStep, onEvaluation } = logSink(file, { backend: 'cpu' })
  onStart!({ step: 0, resumed: false, metrics: [] })
  onEvaluation!({ step: 0, metrics: { 'eval/critique_free/accuracy': 0.125 } })
  onSession!({
    step: 0,
    phase: 'train',
    result: {
      task: 'q0',
      session: 0,
      failure: { reason: 'The server is gone.\nat …', tokens: 3 },
    } as SessionResult,
  })
  onSession!({ step: 0, phase: 'train', result: {} as SessionResult })
  onStep!({
    step: 0,
    metrics: {},
    timing: { step: 0, 'perf/step_seconds': 1.23456789 },
    sessions: [],
    samples: [],
  })
  const second = logSink(file)
  second.onStart!({ step: 1, resumed: true, metrics: [] })
  second.onEvaluation!({ step: 1, metrics: { 'critic/lift': 0.5 } })
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  for (const line of lines) expect(Number.isNaN(Date.parse(line.split(' ')[0]))).toBe(false)
  expect(lines.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
    expect.stringMatching(/^started at step 0; node=v\d+\.\S+ platform=\S+ pid=\d+ backend=cpu$/),
    'evaluated after 0 steps; eval/critique_free/accuracy=0.125',
    'step 0, train: session 0 of task "q0" failed: The server is gone.',
    'step 0 done; perf/step_seconds=1.23457',
    expect.stringMatching(/^resumed at step 1; node=/),
    'evaluated after 1 steps; critic/lift=0.5',
  ])
})
