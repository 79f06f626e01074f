import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dialRun } from '../../test/dial-run.ts'
import { scratchFolder } from '../../test/scratch-folder.ts'
import type { Metrics } from '../train-options.ts'
import { train } from '../train.ts'
import { csvSink } from './csv-sink.ts'

let root: string
let file: string
beforeEach(async () => {
  root = await scratchFolder('csv')
  file = join(root, 'table', 'metrics.csv')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const read = (): Promise<string> => readFile(file, 'utf8')
const start = (
  metrics: readonly Metrics[] = [],
): Parameters<NonNullable<ReturnType<typeof csvSink>['onStart']>>[0] => ({
  step: metrics.length,
  resumed: metrics.length > 0,
  metrics,
})
const stepOf = (
  metrics: Metrics,
): Parameters<NonNullable<ReturnType<typeof csvSink>['onStep']>>[0] => ({
  step: metrics.step,
  metrics,
  timing: {},
  sessions: [],
  samples: [],
})

describe('csvSink', () => {
  it('has a row a step, widens when a metric appears, and leaves absent values empty', async () => {
    const sink = csvSink(file)
    sink.onStart!(start())
    expect(await read()).toBe('step\n')
    sink.onStep!(stepOf({ step: 0, 'a/b': 0.5 }))
    sink.onStep!(stepOf({ step: 1, 'a/b': 1 }))
    expect(await read()).toBe('step,a/b\n0,0.5\n1,1\n')
    sink.onStep!(stepOf({ step: 2, 'odd, "name"': 1e-7 }))
    expect(await read()).toBe('step,a/b,"odd, ""name"""\n0,0.5,\n1,1,\n2,,1e-7\n')
  })

  it('keeps the evaluation after the last step, and those before in the rows of their steps', async () => {
    const sink = csvSink(file)
    sink.onStart!(start())
    sink.onEvaluation!({ step: 0, metrics: { 'eval/x': 0.1 } })
    expect(await read()).toBe('step,eval/x\n0,0.1\n')
    sink.onStep!(stepOf({ step: 0, loss: 3, 'eval/x': 0.1 }))
    sink.onEvaluation!({ step: 1, metrics: { 'eval/x': 0.9 } })
    expect(await read()).toBe('step,loss,eval/x\n0,3,0.1\n1,,0.9\n')
  })

  it('of a run that was interrupted has the bytes of one that was not', async () => {
    await train(dialRun({ directory: join(root, 'whole'), ...csvSink(file) }))
    const whole = await read()
    const abort = new AbortController()
    let sessions = 0
    await train(
      dialRun({
        directory: join(root, 'parts'),
        signal: abort.signal,
        ...csvSink(file),
        onSession: () => ++sessions === 250 && abort.abort(),
      }),
    )
    expect(await read()).not.toBe(whole)
    await train(dialRun({ directory: join(root, 'parts'), resume: true, ...csvSink(file) }))
    expect(await read()).toBe(whole)
    expect(whole.split('\n')[0]).toMatch(/^step,reward\/critic,.*eval\/critique_free/)
    expect(whole.trimEnd().split('\n')).toHaveLength(1 + 6 + 1)
  })

  it('says where it could not write', async () => {
    await mkdir(join(root, 'folder'))
    await writeFile(join(root, 'plain'), '')
    for (const place of [join(root, 'folder'), join(root, 'plain', 'x.csv')])
      expect(() => csvSink(place).onStart!(start())).toThrow(
        expect.objectContaining({ code: 'write-failed', message: expect.stringContaining(place) }),
      )
  })
})
