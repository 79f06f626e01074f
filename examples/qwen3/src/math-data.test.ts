import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { BENCHMARKS, benchmarkProblems, readProblems, trainingProblems } from './math-data.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url))
const shared = fileURLToPath(new URL('../../../../shared/data', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'icrl-paper-data-'))
  const split = join(folder, 'critique-GRPO', 'openr1_math_4k_train_qwenformat')
  await mkdir(split, { recursive: true })
  for (const name of ['train.parquet', 'test.parquet']) await cp(fixture(name), join(split, name))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void vi.unstubAllEnvs())

describe('the files of Critique-GRPO', () => {
  it('are read by their columns; the request for a box is cut off', async () => {
    vi.stubEnv('ICRL_PAPER_DATA', folder)
    vi.stubEnv('ICRL_MATH_TRAIN', '')
    expect(await trainingProblems()).toEqual([
      { id: 'train-0', question: 'Find $x$ with $2x = 14$.', answer: '7' },
      { id: 'train-1', question: 'What is $\\frac{1}{2} + \\frac{1}{3}$?', answer: '\\frac{5}{6}' },
      { id: 'train-2', question: 'How many primes lie below 20?', answer: '8' },
    ])
  })

  it('hold every benchmark, each problem once', async () => {
    vi.stubEnv('ICRL_PAPER_DATA', folder)
    const answers: Record<string, string[]> = {}
    for (const name of Object.keys(BENCHMARKS))
      answers[name] = (await benchmarkProblems(name)).map(({ answer }) => answer)
    expect(answers).toEqual({
      math500: ['2'],
      minerva: ['3e5'],
      olympiadbench: ['$2,-2$'],
      amc23: ['12.0'],
      aime24: ['024'],
    })
  })

  it('are refused where they are cut off or not there', async () => {
    const cut = join(folder, 'cut.parquet')
    writeFileSync(cut, 'PAR1')
    await expect(readProblems(cut)).rejects.toMatchObject({ code: 'corrupt-file' })
    await expect(readProblems(join(folder, 'no.parquet'))).rejects.toMatchObject({
      code: 'missing-file',
    })
  })

  it.skipIf(!existsSync(join(shared, 'math')))(
    'have the sizes of the benchmarks, as files of their own',
    async () => {
      vi.stubEnv('ICRL_PAPER_DATA', shared)
      const sizes: Record<string, number> = {}
      for (const name of Object.keys(BENCHMARKS))
        sizes[name] = (await benchmarkProblems(name)).length
      expect(sizes).toEqual({
        math500: 500,
        minerva: 272,
        olympiadbench: 675,
        amc23: 40,
        aime24: 30,
      })
    },
  )
})
