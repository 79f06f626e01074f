import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import crc32c from 'crc-32/crc32c.js'
import { PbfReader } from 'pbf'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dialRun } from '../../test/dial-run.ts'
import { scratchFolder } from '../../test/scratch-folder.ts'
import { train } from '../train.ts'
import { encodeEvent } from './encode-event.ts'
import { tensorBoardSink } from './tensorboard-sink.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('tensorboard')
})
afterEach(() => rm(root, { recursive: true, force: true }))

interface Read {
  step: number
  version?: string
  isStart?: boolean
  readonly scalars: Map<string, number>
}

/** Reads a file back, every length and checksum checked. */
async function readEvents(file: string): Promise<Read[]> {
  const bytes = await readFile(file)
  const events: Read[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect([bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12 + length)]).toEqual([
      masked(bytes.subarray(at, at + 8)),
      masked(data),
    ])
    events.push(new PbfReader(data).readFields(readField, { step: 0, scalars: new Map() }))
    at += 16 + length
  }
  return events
}

function masked(data: Uint8Array): number {
  const sum = crc32c.buf(data) >>> 0
  return (Math.trunc(sum / 2 ** 15) + (sum % 2 ** 15) * 2 ** 17 + 0xa282ead8) % 2 ** 32
}

function readField(tag: number, event: Read, reader: PbfReader): void {
  if (tag === 2) event.step = reader.readVarint()
  if (tag === 3) event.version = reader.readString()
  if (tag === 7) event.isStart = true
  if (tag !== 5) return
  reader.readMessage((_, scalars: Map<string, number>, value) => {
    const [name, number] = value.readMessage(
      (field, pair: [string, number], inner) =>
        void (field === 1 ? (pair[0] = inner.readString()) : (pair[1] = inner.readFloat())),
      ['', 0] as [string, number],
    )
    scalars.set(name, number)
  }, event.scalars)
}

describe('encodeEvent', () => {
  // Read by TensorBoard 2.21's EventAccumulator when they were written down here.
  it.each([
    [
      'the version',
      { wallTime: 1.5, fileVersion: 'brain.Event:2' },
      '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
    ],
    [
      'a start',
      { wallTime: 1.5, step: 7, isStart: true },
      '0f000000000000006d532b0909000000000000f83f10073a020801774771c7',
    ],
    [
      'scalars',
      {
        wallTime: 1.5,
        step: 300,
        scalars: [
          ['policy/loss', -0.25],
          ['accuracy/first', 1],
        ],
      },
      '39000000000000008b0737f109000000000000f83f10ac022a2b0a120a0b706f6c6963792f6c6f737315000080be0a150a0e61636375726163792f6669727374150000803f20521f4b',
    ],
  ] as const)('writes %s as TensorBoard reads it', (_, event, bytes) => {
    expect(Buffer.from(encodeEvent(event)).toString('hex')).toBe(bytes)
  })
})

describe('tensorBoardSink', () => {
  it('writes every figure of every step once, and voids what a resumed run repeats', async () => {
    const abort = new AbortController()
    let sessions = 0
    const sinkAt = (seconds: number): ReturnType<typeof tensorBoardSink> =>
      tensorBoardSink(join(root, 'board'), { now: () => seconds * 1000 })
    await train(
      dialRun({
        directory: join(root, 'run'),
        signal: abort.signal,
        ...sinkAt(1),
        onSession: () => ++sessions === 250 && abort.abort(),
      }),
    )
    const { metrics } = await train(
      dialRun({ directory: join(root, 'run'), resume: true, ...sinkAt(2) }),
    )
    const files = (await readdir(join(root, 'board'))).sort()
    expect(files).toEqual([
      expect.stringMatching(/^events\.out\.tfevents\.1\./),
      expect.stringMatching(/^events\.out\.tfevents\.2\./),
    ])
    const [version, start, ...events] = await readEvents(join(root, 'board', files[1]))
    expect(version.version).toBe('brain.Event:2')
    expect(start).toMatchObject({ isStart: true, step: events[0].step })
    for (const line of metrics.slice(start.step)) {
      const written = events
        .filter(({ step }) => step === line.step)
        .flatMap(({ scalars }) => [...scalars])
      expect(new Set(written.map(([name]) => name)).size).toBe(written.length)
      expect(Object.fromEntries(written)).toMatchObject(
        Object.fromEntries(
          Object.entries(line)
            .filter(([key]) => key !== 'step')
            .map(([key, value]) => [key, Math.fround(value)]),
        ),
      )
      expect(written.some(([name]) => name === 'perf/step_seconds')).toBe(true)
    }
    expect(events.at(-1)).toMatchObject({ step: 6 })
    expect([...events.at(-1)!.scalars.keys()]).toContain('eval/critique_free')
  })
})
