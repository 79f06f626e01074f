import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  commonReach,
  longestCurves,
  readCurves,
  storeCurve,
  type StoredCurve,
} from './stored-curves.ts'

it('curves come back as they were stored, to four digits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-curves-'))
  const file = join(folder, 'results', 'chain.jsonl')
  try {
    expect(await readCurves(file)).toEqual([])
    const curve = {
      arm: 'icrl',
      seed: 0,
      learningRate: 3e-4,
      tokens: [0, 1615],
      values: [1 / 3, 0.5],
      guesses: [0, 0],
      seconds: 1.234,
    }
    await storeCurve(file, curve)
    await storeCurve(file, { ...curve, arm: 'grpo', weightMean: 2 / 3, commit: 'abc' })
    expect(await readCurves(file)).toEqual([
      { ...curve, values: [0.3333, 0.5], seconds: 1.2 },
      {
        ...curve,
        arm: 'grpo',
        values: [0.3333, 0.5],
        seconds: 1.2,
        weightMean: 0.6667,
        commit: 'abc',
      },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const reaching = (seed: number, last: number, learningRate = 3e-4): StoredCurve => ({
  arm: 'icrl',
  seed,
  learningRate,
  tokens: [0, last],
  values: [0, 1],
  guesses: [0, 0],
  seconds: 1,
})

it('a run that was made longer later counts once', () => {
  expect(
    longestCurves([
      reaching(0, 60_000),
      reaching(1, 60_000),
      reaching(0, 200_000),
      reaching(0, 60_000),
      reaching(0, 60_000, 1e-3),
    ]),
  ).toEqual([reaching(0, 200_000), reaching(1, 60_000), reaching(0, 60_000, 1e-3)])
})

it('curves have in common what the shortest reached', () => {
  expect(commonReach([reaching(0, 200_000), reaching(1, 60_000)])).toBe(60_000)
  expect(commonReach([])).toBe(0)
})
