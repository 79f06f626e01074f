import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selectBackend } from '@icrl/backbone'
import { isIcrlError, type SessionResult } from '@icrl/core'
import { testVerifier } from '@icrl/core/testing'
import type { StepEvent } from '@icrl/trainer'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findModel } from './find-model.ts'
import { gsm8kVerifier } from './gsm8k-recipe.ts'
import { parseOptions } from './parse-options.ts'
import { readProblems, type Problem } from './read-problems.ts'
import { runCommand } from './run-command.ts'
import { runGsm8k } from './run-gsm8k.ts'
import { stepTranscript } from './transcript.ts'

const data =
  process.env.ICRL_DATA ||
  fileURLToPath(new URL('../../../../shared/data/math/gsm8k_train.jsonl', import.meta.url))
const model = modelFolder()
const isNative = await selectBackend('native-cpu').then(
  () => true,
  () => false,
)

function modelFolder(): string | undefined {
  try {
    return findModel()
  } catch (error) {
    if (isIcrlError(error, 'missing-file')) return undefined
    throw error
  }
}

const row = (question: string, answer: string): string =>
  `${JSON.stringify({ question, answer })}\n`
const clips: Problem = {
  id: 'gsm8k-1',
  question: 'How many clips?',
  answer: '72',
  solution: '#### 72',
  calculations: 2,
}

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'icrl-gsm8k-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('GSM8K problems', () => {
  const read = async (text: string, most = 2): Promise<Problem[]> => {
    await writeFile(join(folder, 'train.jsonl'), text)
    return readProblems(join(folder, 'train.jsonl'), most)
  }

  it('are those of at most so many annotated calculations, with the number after ####', async () => {
    const text =
      row('none', '4\n#### 4') +
      row('one', '<<2*600=1200>>1200\n#### 1,200') +
      row('two', '<<1+1=2>>2 <<2+1=3>>3\n#### 3') +
      row('three', '<<1+1=2>> <<2+1=3>> <<3+1=4>>\n#### 4')
    expect(
      (await read(text)).map(({ id, answer, calculations }) => [id, answer, calculations]),
    ).toEqual([
      ['gsm8k-2', '1200', 1],
      ['gsm8k-3', '3', 2],
    ])
  })

  it.each([
    ['no JSON', '{"question":', 'corrupt-file', 'line 1'],
    ['no question', `${JSON.stringify({ answer: '#### 1' })}\n`, 'corrupt-file', 'question'],
    ['no final number', row('q', 'seven'), 'corrupt-file', '####'],
    [
      'none short enough',
      row('q', '<<1+1=2>> <<2+1=3>> <<3+1=4>>\n#### 4'),
      'empty-tasks',
      '--calculations',
    ],
    ['nothing', '', 'empty-tasks', 'train.jsonl'],
  ])('are refused: %s', async (_, text, code, word) => {
    await expect(read(text)).rejects.toMatchObject({ code, message: expect.stringContaining(word) })
  })
})

describe('the reward', () => {
  const cases = [
    { task: clips, text: 'So 48 + 24 is \\boxed{72}.', reward: 1 },
    { task: clips, text: '48 + 24 = 72', reward: 1 },
    { task: clips, text: 'The answer is 72 clips.', reward: 1 },
    { task: clips, text: '72 or rather \\boxed{27}', reward: 0 },
    { task: clips, text: 'I cannot say.', reward: 0 },
  ]
  for (const { name, run } of testVerifier(gsm8kVerifier, { cases })) it(name, run)

  it('knows an answer without a number for none', async () => {
    expect(await gsm8kVerifier({ text: '', tokens: new Int32Array(0), task: clips })).toMatchObject(
      { reward: 0, valid: false },
    )
  })
})

describe('the command', () => {
  it('has the documented defaults', () => {
    expect(parseOptions([])).toMatchObject({
      steps: 2,
      questionsPerStep: 2,
      sessionsPerQuestion: 4,
      maxCalculations: 2,
      attemptTokens: 96,
      critiqueTokens: 48,
      seed: 0,
      backend: 'auto',
    })
  })

  it('looks for the model in --model, ICRL_TEST_MODEL and the cache', async () => {
    const cached = join(folder, 'icrl-models', 'smollm2')
    expect(() => findModel(undefined, { XDG_CACHE_HOME: folder })).toThrow(cached)
    expect(() =>
      findModel(undefined, { XDG_CACHE_HOME: folder, ICRL_TEST_MODEL: join(folder, 'mine') }),
    ).toThrow(join(folder, 'mine'))
    expect(() => findModel(join(folder, 'given'), { ICRL_TEST_MODEL: folder })).toThrow('--model')
    await writeFile(join(folder, 'config.json'), '{}')
    expect(findModel(undefined, { ICRL_TEST_MODEL: folder })).toBe(folder)
  })

  it.each([
    [['--temperature', '1'], '--temperature'],
    [['--steps', 'two'], '--steps'],
    [['--learning-rate', '0'], '--learning-rate'],
    [['--data', 'absent.jsonl'], 'absent.jsonl'],
    [['--data', ''], 'github.com/openai/grade-school-math'],
  ])('answers %j with one line and exit code 1', async (args, word) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await runCommand(args)).toBe(1)
    expect(print.mock.calls).toEqual([[expect.stringMatching(/^gsm8k: [^\n]+$/)]])
    expect(print.mock.calls[0][0]).toContain(word)
    print.mockRestore()
  })

  it('shows every session in words', () => {
    const session = {
      task: 'gsm8k-1',
      session: 0,
      samples: [],
      outcomes: [
        { reward: 0, success: false },
        { reward: 1, success: true },
      ],
      transcript: [
        { role: 'solver', round: 1, text: 'It is\n7.' },
        { role: 'critic', round: 1, text: 'Add.' },
        { role: 'solver', round: 2, text: '72' },
      ],
    } as SessionResult
    expect(stepTranscript(0, [session], [clips])).toBe(
      '# Step 1\n\n## gsm8k-1\n\n> How many clips?\n\nAnswer: **72**\n\n### Session 1\n\n**Attempt, wrong**\n\n> It is\n> 7.\n\n**Critique**\n\n> Add.\n\n**Guided attempt, right**\n\n> 72\n\n',
    )
  })
})

/**
 * Needs a model of 135M parameters, GSM8K and native kernels: plain JavaScript would take an hour.
 */
describe.skipIf(!model || !existsSync(data) || !isNative)('a real model on real problems', () => {
  const scale = {
    steps: 1,
    questionsPerStep: 1,
    sessionsPerQuestion: 2,
    attemptTokens: 16,
    critiqueTokens: 16,
    learningRate: 1e-6,
    seed: 0,
  }

  it('attempts, critiques, tries again and learns', { timeout: 120_000 }, async () => {
    await selectBackend('native-cpu')
    const problems = await readProblems(data, 2)
    const events: StepEvent[] = []
    const { metrics } = await runGsm8k({
      ...scale,
      model: model!,
      problems,
      onStep: (event) => events.push(event),
    })
    expect(metrics[0]['policy/grad_norm']).toBeGreaterThan(0)
    expect(metrics[0]['policy/mismatch_max']).toBe(0)
    expect(metrics[0]['ledger/generated']).toBeGreaterThan(0)
    const [{ sessions }] = events
    expect(sessions.map(({ failure }) => failure)).toEqual([undefined, undefined])
    for (const { outcomes, transcript } of sessions)
      expect(transcript.map(({ role }) => role)).toEqual(
        outcomes[0].success ? ['solver'] : ['solver', 'critic', 'solver'],
      )
    expect(sessions[0].transcript[0].text).toMatch(/[a-z]{3}/i)
  })

  it.runIf(process.env.ICRL_FULL)(
    'runs as the README says, in no more work than that',
    // Minutes where the machine is idle; the limit is for a run that hangs.
    { timeout: 3_600_000 },
    async () => {
      const lines: string[] = []
      const print = vi
        .spyOn(console, 'log')
        .mockImplementation((line) => void lines.push(String(line)))
      const out = join(folder, 'run')
      expect(
        await runCommand([
          '--data',
          data,
          '--model',
          model!,
          '--out',
          out,
          '--backend',
          'native-cpu',
        ]),
      ).toBe(0)
      print.mockRestore()
      const metrics = (await readFile(join(out, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(metrics).toHaveLength(2)
      for (const line of metrics) {
        expect(line['policy/grad_norm']).toBeGreaterThan(0)
        expect(line['policy/mismatch_max']).toBe(0)
        // 2 questions × 4 sessions of an attempt, a critique and another attempt.
        expect(line['ledger/generated']).toBeGreaterThan(8)
        expect(line['ledger/generated']).toBeLessThanOrEqual(8 * (96 + 48 + 96))
      }
      const transcripts = await readFile(join(out, 'transcripts.md'), 'utf8')
      expect(transcripts.match(/^### Session/gm)).toHaveLength(16)
      expect(lines.at(-1)).toContain('Done after 2 steps')
    },
  )
})
