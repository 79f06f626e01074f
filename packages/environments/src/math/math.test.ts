import { isIcrlError, randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import { sharedData } from '../../test/shared-data.ts'
import { readMathProblems } from '../node/read-math-problems.ts'
import { arithmetic } from './arithmetic.ts'
import { checkCountdown, countdown, countdownProblems } from './countdown.ts'
import { equations } from './equations.ts'
import { evaluateExpression } from './evaluate-expression.ts'
import { lastBoxed, parseMathProblem } from './math-problem.ts'
import { math } from './math.ts'
import { modularChain } from './modular-chain.ts'
import { generatedProblems, listedProblems, type ProblemSource } from './problem-source.ts'

const generators: Record<string, ProblemSource> = {
  arithmetic: arithmetic(),
  'modular chain': modularChain(),
  equations: equations(),
}

describe('math', () => {
  for (const { name, run } of testEnvironment(() => math({ problems: arithmetic() }), {
    actions: ['\\boxed{1}'],
  }))
    it(name, run)

  it('judges a response with a box and sees others as no answer', async () => {
    const environment = math({
      problems: listedProblems({
        train: [{ id: 'a', question: 'A half?', answer: '\\frac{1}{2}' }],
        test: [],
      }),
    })
    const episode = await environment.open()
    expect(await episode.reset('a')).toEqual({ task: 'A half?', observation: 'A half?' })
    expect(await episode.step('It is \\boxed{0.5}.')).toEqual({
      observation: 'Your answer is correct.',
      reward: 1,
      done: true,
    })
    await episode.reset('a')
    expect(await episode.step('\\boxed{\\frac{1}{3}}')).toMatchObject({ reward: 0, done: true })
    expect([environment.parseAction('a half'), environment.parseAction('so \\fbox{1}')]).toEqual([
      undefined,
      'so \\fbox{1}',
    ])
  })

  for (const [name, problems] of Object.entries(generators)) {
    it(`${name}: answers are right in all of 100 tasks, guesses rarely, silence never`, async () => {
      const environment = math({ problems })
      const ids = problems.train.slice(0, 100)
      expect(
        await solvedRate(
          environment,
          ids,
          (id) => () => `\\boxed{${problems.problem(id)!.answer}}`,
        ),
      ).toBe(1)
      expect(
        await solvedRate(
          environment,
          ids,
          (id) => () => `\\boxed{${randomStream(5, id).integer(0, 100)}}`,
        ),
      ).toBeLessThan(0.15)
      expect(await solvedRate(environment, ids, () => () => '')).toBe(0)
    })
  }

  it('tells the same problems each time, others for another seed', () => {
    expect(arithmetic().problem('train-3')).toEqual(arithmetic().problem('train-3'))
    expect(arithmetic({ seed: 1 }).problem('train-3')).not.toEqual(arithmetic().problem('train-3'))
    expect([
      arithmetic({ test: 2 }).problem('test-2'),
      arithmetic().problem('train-01'),
      arithmetic().problem('dev-0'),
    ]).toEqual([undefined, undefined, undefined])
    expect(() =>
      generatedProblems('x', () => ({ question: '', answer: '' }), { train: -1 }),
    ).toThrow('-1 training')
    expect(() =>
      listedProblems({
        train: [{ id: 'a', question: 'q', answer: '1' }],
        test: [{ id: 'a', question: 'q', answer: '1' }],
      }),
    ).toThrow('one id')
  })
})

describe('generators', () => {
  it('compute their answers right', () => {
    for (const id of arithmetic().train.slice(0, 200)) {
      const { question, answer } = arithmetic().problem(id)!
      expect(evaluateExpression(/\$(.*)\$/.exec(question)![1])).toMatchObject({
        above: BigInt(answer),
        below: 1n,
      })
    }
    for (const id of equations().train.slice(0, 200)) {
      const { question, answer } = equations().problem(id)!
      const [left, right] = /\$(.*?)\$/.exec(question)![1].split('=')
      const x = answer.startsWith('-') ? `(${answer})` : answer
      const value = (side: string): number => {
        const plain = side
          .replace(/\\frac\{(\d+)\}\{(\d+)\}/g, '($1/$2)')
          .replace(/(\d)x/g, '$1*x')
          .replaceAll('x^2', 'x*x')
        const read = evaluateExpression(
          plain.replaceAll('x', x.replace(/\\frac\{(\d+)\}\{(\d+)\}/g, '($1/$2)')),
        )!
        return Number(read.above) / Number(read.below)
      }
      expect(value(left)).toBeCloseTo(value(right), 9)
    }
  })
})

describe('countdown', () => {
  for (const { name, run } of testEnvironment(countdown, { actions: ['\\boxed{1 + 1}'] }))
    it(name, run)

  it('accepts its own way in all of 200 tasks', async () => {
    const problems = countdownProblems()
    const environment = countdown()
    const ids = problems.train.slice(0, 200)
    expect(
      await solvedRate(environment, ids, (id) => () => `\\boxed{${problems.problem(id)!.answer}}`),
    ).toBe(1)
    expect(
      await solvedRate(
        environment,
        ids,
        (id) => () => `\\boxed{${problems.problem(id)!.numbers.join('+')}}`,
      ),
    ).toBeLessThan(0.3)
    expect(await solvedRate(environment, ids, () => () => '')).toBe(0)
  })

  it.each([
    ['2 * 7 + 5', true],
    ['5 + 7 \\times 2 = 19', true],
    ['(5+7\\cdot2)', true],
    ['19', false],
    ['2*7+5+0', false],
    ['7+7+5', false],
    ['2*7+5 = 20', false],
    ['2*7 = 14 + 5', false],
    ['2*7/5', false],
    ['2 7 5', false],
  ])('judges %s', (expression, expected) =>
    expect(checkCountdown(`\\boxed{${expression}}`, { numbers: [2, 7, 5], target: 19 })).toBe(
      expected,
    ),
  )
})

describe('evaluateExpression', () => {
  it('is exact and knows precedence', () => {
    expect(evaluateExpression('1/3 + 1/6')).toEqual({
      above: 9n,
      below: 18n,
      numbers: [1, 3, 1, 6],
    })
    expect(evaluateExpression('2 - 3 - 4')?.above).toBe(-5n)
    expect(evaluateExpression('-(2 + 3) * 4 ÷ 2')).toMatchObject({ above: -20n, below: 2n })
  })

  it.each([
    '',
    '1 +',
    '(1',
    '1)',
    '1/0',
    '1/(2-2)',
    'a',
    '2^3',
    '1e9',
    '1.5',
    '9999999999',
    '('.repeat(401),
    'process.exit()',
  ])('refuses %j', (text) => expect(evaluateExpression(text)).toBe(undefined))

  it('agrees with the language on whole numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        (a, b, c) =>
          evaluateExpression(`${a} - ${b} * (${c} - ${a})`)?.above === BigInt(a - b * (c - a)),
      ),
    )
  })
})

describe('parseMathProblem', () => {
  it.each([
    ['GSM8K', { question: 'q', answer: 'x <<1+1=2>>\n#### 1,234' }, '1234'],
    ['MATH', { problem: 'q', solution: 'so \\boxed{1} or \\boxed{\\frac{1}{2}}.' }, '\\frac{1}{2}'],
    ['MATH with an old box', { problem: 'q', solution: 'so $\\boxed 7$' }, '7'],
    ['MATH-500', { problem: 'q', answer: '\\frac{1}{2}', solution: '\\boxed{3}' }, '\\frac{1}{2}'],
    ['OlympiadBench', { question: 'q', final_answer: ['$1$', '$2$'] }, '$1$, $2$'],
    [
      'DAPO',
      {
        prompt: [
          { role: 'system', content: 's' },
          {
            role: 'user',
            content: 'q\nPlease reason step by step, and put your final answer within \\boxed{}.',
          },
        ],
        label: 34,
      },
      '34',
    ],
    [
      'verl',
      { prompt: [{ role: 'user', content: 'q' }], reward_model: { ground_truth: '5' } },
      '5',
    ],
  ])('reads a row of %s', (_, row, answer) =>
    expect(parseMathProblem(row, 'i', 'x')).toEqual({ id: 'i', question: 'q', answer }),
  )

  it.each([
    ['no question', { answer: '1' }, 'f, line 3: no question'],
    ['no answer', { problem: 'q', solution: 'none' }, 'f, line 3: no answer'],
    ['a number', 4, 'no question'],
    ['an empty answer', { problem: 'q', answer: ' ' }, 'no answer'],
  ])('names %s', (_, row, message) =>
    expect(() => parseMathProblem(row, 'i', 'f, line 3')).toThrow(message),
  )

  it('finds no box that does not close', () =>
    expect([lastBoxed('\\boxed{1'), lastBoxed('none'), lastBoxed('\\boxed')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]))
})

describe('readMathProblems', () => {
  const files: Record<string, number> = {
    'gsm8k_test.jsonl': 1319,
    'math500.jsonl': 500,
    'minerva_math.jsonl': 272,
    'olympiadbench_oe_to_maths_en_comp.jsonl': 675,
    'amc23.jsonl': 40,
    'aime24.jsonl': 30,
    'aime25.jsonl': 30,
    'math_train_rllm.jsonl': 7474,
    'math_test_5000.jsonl': 5000,
    'amc_aimo83.jsonl': 83,
    'aime_1983_2023.jsonl': 975,
    'gsm8k_train.jsonl': 7473,
  }
  it.skipIf(!sharedData('math/math500.jsonl'))(
    "reads every benchmark; played as an environment, its answers are right and other problems' are not",
    async () => {
      for (const [file, count] of Object.entries(files)) {
        const skipped: string[] = []
        const problems = await readMathProblems(sharedData(`math/${file}`)!, {
          onSkip: (error) => skipped.push(error.message),
        })
        expect([
          file,
          problems.length + skipped.length,
          new Set(problems.map(({ id }) => id)).size,
        ]).toEqual([file, count, count - (file === 'math_train_rllm.jsonl' ? 4 : 0)])
        const environment = math({
          name: file,
          problems: listedProblems({ train: problems.slice(0, 25), test: [] }),
        })
        const ids = problems.slice(0, 25).map(({ id }) => id)
        const boxed = (at: number): string =>
          `So it is \\boxed{${problems[at].answer.replace(/(?<!\\)\$/g, '')}}.`
        expect([
          file,
          await solvedRate(environment, ids, (id) => () => boxed(ids.indexOf(id))),
        ]).toEqual([file, 1])
        const repeated =
          ids.filter(
            (_, i) => problems[i].answer === problems[(i + 1) % 25].answer.replace(/^x=/, ''),
          ).length / ids.length
        expect([
          file,
          await solvedRate(environment, ids, (id) => () => boxed((ids.indexOf(id) + 1) % 25)),
        ]).toEqual([file, repeated])
      }
    },
  )

  it('names a file that is not there', async () => {
    await expect(readMathProblems('absent.jsonl')).rejects.toThrow(
      expect.toSatisfy((error) => isIcrlError(error, 'missing-file')),
    )
  })
})
