import { readFile } from 'node:fs/promises'
import { randomStream, type Scorer } from '@icrl/core'
import { quiz, tablePolicy, wordRenderer } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { benchmarkFile, without } from '../test/benchmark-files.ts'
import { speaker } from '../test/speaker.ts'
import {
  calibration,
  contamination,
  costAware,
  evaluateOn,
  metaCritique,
  metaScores,
  stepwiseCritique,
  type StepwiseItem,
  type Table,
  unitVerdicts,
} from './index.ts'

const byCondition = ({ columns, rows }: Table): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    rows.map((row) => [row[0], Object.fromEntries(columns.map((name, i) => [name, row[i]]))]),
  )

describe('metaScores', () => {
  it.each([
    [[true, true, true, false, false], [true, false], 0.5454545],
    [[true], [], 0],
    [[], [true], 0],
    [[false], [true], 0],
  ])('%j and %j: %d', (precise, recalled, f1) =>
    expect(metaScores(precise, recalled).f1).toBeCloseTo(f1, 6),
  )

  it('does not know the order of units', () =>
    expect(metaScores([true, false, false], [false, true])).toEqual(
      metaScores([false, false, true], [true, false]),
    ))
})

const metaFile = JSON.stringify(
  Array.from({ length: 10 }, (_, i) => ({
    index: i,
    dataset: 'by hand',
    question: `What is ${i} + 1?`,
    response: `${i}`,
    gpt4_answer: `${i + 1}`,
    gpt4_critique: {
      critique: 'It is wrong. One is missing.',
      aius: ['The answer is wrong.', 'One is missing.'],
    },
    human_critique: {
      critique: 'Wrong, and rude.',
      aius: ['The answer is wrong.', 'It is rude.'],
      precision_labels: [true, false],
      recall_labels: [true, false],
    },
    later_critique: null,
  })),
)

describe('metaCritique', () => {
  /** Cuts at sentences; finds true what the reference says, and entailed what stands there. */
  const judge = speaker((asked) => {
    const body = asked.split('\n\n').slice(1).join('\n\n')
    if (asked.startsWith('Cut')) return body.replaceAll(/([^.]+\.)\s*/g, '- $1\n')
    const claim = /# Claim.*\n(.*)/.exec(asked)![1]
    if (asked.startsWith('# Critique')) return String(asked.split('# Claim')[0].includes(claim))
    return String(/wrong|missing/.test(claim))
  })

  it('cuts a critique, judges its units, and looks for those of the reference', async () => {
    const items = await metaCritique().read(metaFile)
    const critic = speaker(() => 'The answer is wrong. It is rude.')
    const table = byCondition(await evaluateOn(metaCritique(), { items, roles: { critic, judge } }))
    expect(table['critique of a critique']).toMatchObject({ precision: 0.5, recall: 0.5 })
    expect(table['critique of a critique'].F1).toBe(0.5)
    expect(table['reference critique']).toMatchObject({ recall: 1, precision: 1 })
    expect(table['empty critique']).toMatchObject({ F1: 0, precision: 0, recall: 0, tokens: 0 })
    expect(table['says "wrong"']).toMatchObject({ precision: 1, recall: 0.5 })
    expect(table['says "right"']).toMatchObject({ precision: 0, recall: 0 })
  })
})

describe('unitVerdicts', () => {
  it('is the share of units on which a judge agrees with people', async () => {
    const items = await unitVerdicts().read(metaFile)
    expect(items).toHaveLength(40)
    const judge = speaker((asked) => String(!asked.includes('rude.\n\nThe question')))
    const { rows } = await evaluateOn(unitVerdicts(), { items, roles: { judge }, controls: false })
    // Right on both units of the critique, and on one of the reference's two.
    expect(rows.map((row) => row.slice(1, 5))).toEqual([
      ['all', 0.75, 1, 0.5],
      ['precision', 1, 1, 1],
      ['recall', 0.5, 1, 0],
    ])
  })
})

describe.skipIf(without('MetaCritique'))('the files of MetaCritique, by ICRL_BENCHMARKS', () => {
  it('have the scores that are published with them, critique by critique', async () => {
    const file = await readFile(benchmarkFile('MetaCritique/data/annotation_data.json'), 'utf8')
    let count = 0
    let units = 0
    for (const record of JSON.parse(file))
      for (const critique of [record.human_critique, record.llm1_critique, record.llm2_critique]) {
        const { precision, recall, f1 } = metaScores(
          critique.precision_labels,
          critique.recall_labels,
        )
        expect(precision).toBeCloseTo(critique.precision_score, 12)
        expect(recall).toBeCloseTo(critique.recall_score, 12)
        expect(f1).toBeCloseTo(critique.f1_score, 12)
        count++
        units += critique.precision_labels.length + critique.recall_labels.length
      }
    expect(count).toBe(300)
    expect(await unitVerdicts().read(file)).toHaveLength(units)
    const items = await readFile(benchmarkFile('MetaCritique/data/benchmark_data.json'))
    expect(await metaCritique().read(items)).toHaveLength(100)
  })
})

describe('calibration', () => {
  const file = JSON.stringify(
    Array.from({ length: 10 }, (_, i) => ({
      qid: `s${i}`,
      question: `Is number ${i} even?`,
      answer: i % 2 === 0,
    })),
  )
  const solver = speaker((asked) => {
    const number = Number(/number (\d)/.exec(asked)![1])
    const again = asked.includes('Your answer then')
    // Sure of everything, and right on the even ones; on second thought it knows which.
    const confidence = again && number % 2 === 1 ? 10 : 90
    return number === 9
      ? 'The answer is yes.'
      : `The answer is yes, and the confidence is ${confidence}%`
  })

  it('has the figures of stated confidence, before and after self-critique', async () => {
    const items = await calibration().read(file)
    const table = byCondition(await evaluateOn(calibration(), { items, roles: { solver } }))
    // Nine say .9, five of them right; one, wrong, cannot be read and counts as 1.
    expect(table['stated confidence']).toMatchObject({ accuracy: 0.5, items: 10 })
    expect(table['stated confidence'].ECE).toBeCloseTo(0.41, 12)
    expect(table['stated confidence'].AUROC).toBeCloseTo(0.4, 12)
    expect(table['after self-critique'].ECE).toBeCloseTo(0.09, 12)
    expect(table['after self-critique'].AUROC).toBe(0.8)
    expect(table['always sure']).toMatchObject({ accuracy: 0.5, ECE: 0.5, AUROC: 0.5 })
  })

  it('reads uncertainty u as confidence 1 − u', async () => {
    const items = (await calibration().read(file)).slice(0, 1)
    const unsure = speaker(() => 'The answer is yes, and the uncertainty is [30]%')
    const table = await evaluateOn(calibration({ uncertainty: true }), {
      items,
      roles: { solver: unsure },
      controls: false,
    })
    expect(table.rows[0][4]).toBeCloseTo(0.7, 12)
  })

  it('reads problems of mathematics, and names what a record lacks', async () => {
    const [item] = await calibration().read('{"problem_id": 4, "problem": "1 + 1?", "answer": "2"}')
    expect(item).toMatchObject({ id: '4', question: '1 + 1?', gold: '2' })
    const solver = speaker(() => 'So the answer is \\boxed{2}, and the confidence is 80\\%')
    const table = await evaluateOn(calibration(), { items: [item], roles: { solver } })
    expect(table.rows[0].slice(1, 3)).toEqual([1, expect.closeTo(0.2)])
    await expect(calibration().read('{"question": "q"}')).rejects.toThrow('line 1: no "answer"')
  })
})

describe('contamination', () => {
  const words = wordRenderer([
    'q0',
    'q1',
    'q2',
    'q3',
    'one',
    'two',
    'three',
    'four',
    ...OTHER_WORDS(),
  ])
  const items = [0, 1, 2, 3].map((i) => ({
    id: `m${i}`,
    messages: [{ role: 'user' as const, content: `q${i}` }],
    member: i < 2,
  }))
  /** Answers three words, the same way twice where it was trained, whatever it is asked. */
  const model = {
    async sample({ prompt }: { prompt: Int32Array }) {
      const isFirst = !words.text(prompt).includes('another')
      const member = /q[01]/.test(words.text(prompt))
      const text = isFirst || member ? 'one two three' : 'four'
      const tokens = words.answer!(text)
      return {
        tokens,
        logprobs: new Float32Array(tokens.length).fill(member ? -0.1 : -1),
        finish: 'stop' as const,
        version: '0',
      }
    },
    score: (async (of) =>
      of.map(({ prompt, response }) => ({
        logprobs: new Float32Array(response.length).fill(
          /q[01]/.test(words.text(prompt)) ? -0.1 : -1,
        ),
        entropy: Float32Array.from(response, (id) => id / 10),
      }))) satisfies Scorer['score'],
  }

  it('tells members by how alike their two answers are', async () => {
    const solver = { by: model, renderer: words, sampling: { maxTokens: 8, temperature: 0 } }
    const table = await evaluateOn(contamination({ scorer: model }), { items, roles: { solver } })
    const rows = Object.fromEntries(table.rows.map((row) => [row[1], row]))
    expect(rows['self-critique'][2]).toBe(1)
    expect(rows['self-critique'][3]).toBeCloseTo(1, 6)
    expect(rows.perplexity.slice(2, 5)).toEqual([1, expect.closeTo(-0.1), expect.closeTo(-1)])
    expect(rows['min-k%'][2]).toBe(1)
  })

  it('takes entropies of a policy', async () => {
    const world = quiz({ seed: 2 })
    const policy = tablePolicy(world.untaught)
    const asked = world.tasks('test', 3).map((task, i) => ({
      id: task.id,
      messages: world.prompt(task),
      member: i === 0,
    }))
    const solver = {
      by: policy,
      // The quiz has no words for the request of another way: they are left out.
      renderer: { ...world.renderer, start: () => world.renderer.start(asked[0].messages) },
      sampling: { maxTokens: world.maxTokens, temperature: 0 },
    }
    const { rows } = await evaluateOn(contamination({ scorer: policy }), {
      items: asked,
      roles: { solver },
    })
    expect(rows[0][3]).toBeCloseTo(1, 6)
  })

  it('refuses an endpoint, which has no entropies', async () => {
    const solver = speaker(() => 'words')
    await expect(
      evaluateOn(contamination({ scorer: model }), { items, roles: { solver } }),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('reads Parquet', async () => {
    const file = await readFile(new URL('../test/fixtures/membership.parquet', import.meta.url))
    const found = await contamination({ scorer: model }).read(file)
    expect(found).toHaveLength(10)
    expect(found[3]).toMatchObject({
      id: 'row 4',
      messages: [{ role: 'user', content: 'What is 3 + 3?' }],
      member: false,
      extra_info: { index: 3 },
    })
  })

  it.skipIf(without('RL-Data-Contamination'))(
    'reads the authors’ Parquet (ICRL_BENCHMARKS)',
    async () => {
      for (const [path, count] of [
        ['GSM8k/gsm8k_mia', 100],
        ['AIME24/RLMIA_aime24', 30],
        ['KK/RLMIA_kk', 100],
        ['SAT/RLMIA_SAT', 100],
      ] as const) {
        const file = await readFile(
          benchmarkFile(`RL-Data-Contamination/benchmarks/${path}.parquet`),
        )
        const found = await contamination({ scorer: model }).read(file)
        expect(found).toHaveLength(count)
        expect(found.filter(({ member }) => member)).toHaveLength(count / 2)
        expect(found[0].messages[0]).toMatchObject({
          role: expect.any(String),
          content: expect.any(String),
        })
      }
    },
  )
})

function OTHER_WORDS(): string[] {
  const request =
    'That was one way. Now answer the same question again, by another line of reasoning than the one above.'
  return [...new Set(request.split(' '))].filter((word) => word !== 'one')
}

describe('costAware', () => {
  const models = [
    { name: 'small', quality: 0.5, gain: 0.1, cost: 1 },
    { name: 'middle', quality: 0.6, gain: 0.3, cost: 5 },
    { name: 'large', quality: 0.7, gain: 0.2, cost: 20 },
  ]
  const ranked = (...of: Parameters<typeof costAware>): unknown[] =>
    costAware(...of).rows.map(([name]) => name)
  const scoreOf = (name: string, of: typeof models): number =>
    Number(costAware(of).rows.find((row) => row[0] === name)![1])

  it('ranks by quality where nothing else counts, and by cost where that alone does', () => {
    expect(ranked(models, { gain: 0, cost: 0 })).toEqual(['large', 'middle', 'small'])
    expect(ranked(models, { quality: 0, gain: 0 })).toEqual(['small', 'middle', 'large'])
  })

  it('rises with quality and gain, falls with cost', () => {
    for (const [part, sign] of [
      ['quality', 1],
      ['gain', 1],
      ['cost', -1],
    ] as const) {
      const changed = models.map((one) =>
        one.name === 'middle' ? { ...one, [part]: one[part] + 0.05 } : one,
      )
      expect(sign * (scoreOf('middle', changed) - scoreOf('middle', models))).toBeGreaterThan(0)
    }
  })

  it('does not know the unit of cost; what is alike counts nothing', () => {
    const inCents = models.map((one) => ({ ...one, cost: 100 * one.cost }))
    expect(scoreOf('middle', inCents)).toBeCloseTo(scoreOf('middle', models), 12)
    expect(costAware([models[0]]).rows[0][1]).toBe(0)
  })

  it('refuses what is no figure', () => {
    expect(() => costAware([{ ...models[0], gain: NaN }])).toThrow('the gain of "small" is NaN')
    expect(() => costAware(models, { cost: -1 })).toThrow('the weight of cost is -1')
  })
})

describe('stepwiseCritique', () => {
  const file = Array.from({ length: 10 }, (_, i) =>
    JSON.stringify({
      id: `v${i}`,
      question: 'Is the red bar above ten?',
      response: {
        reasoning: [`Red is ${i}.`, i > 10 ? 'That is above ten.' : 'That is not.'],
        answer: 'no',
      },
      answer_correctness: i % 2 === 0,
      reasoning_correctness: [i % 2 === 0, true],
      reasoning_critic: [
        i % 2 === 0 ? [] : ['Red is another number.', 'Misread.', 'Red was misread.'],
        [],
      ],
      source: `red: ${i % 2 === 0 ? i : i + 1}`,
      image: 'kept, though nobody looks at it',
    }),
  ).join('\n')
  const judge = speaker((asked) => String(!asked.includes('# The first\nMisread.')))
  const redIn = (text: string): string => /Red is (\d+)/.exec(text)![1]

  it('counts a step that is found by the references its explanation agrees with', async () => {
    const items = await stepwiseCritique().read(file)
    expect(items[0]).toMatchObject({ image: expect.any(String) })
    const critic = speaker((asked) => {
      const isRight = asked.includes(`red: ${redIn(asked)}\n`)
      return `Step 1: ${isRight ? 'correct' : 'incorrect: misread'}\nStep 2: correct\nAnswer: ${isRight ? 'correct' : 'incorrect'}`
    })
    const table = byCondition(
      await evaluateOn(stepwiseCritique(), { items, roles: { critic, judge } }),
    )
    expect(table['stepwise critique']).toMatchObject({ 'answers F1': 1, 'steps F1': 1 })
    expect(table['stepwise critique']['explanations F1']).toBeCloseTo(2 / 3, 12)
    expect(table['stepwise critique'].VISCore).toBeCloseTo(Math.cbrt(2 / 3), 12)
    expect(table['always "right"'].VISCore).toBe(0)
    expect(table['always "wrong"']).toMatchObject({ 'answers F1': 2 / 3, VISCore: 0 })
  })

  it('reads the paper’s form as well', async () => {
    const items = (await stepwiseCritique().read(file)).slice(1, 2)
    const critic = speaker(
      () =>
        '```json\n{"step_1": {"correctness": false, "explanation": "misread"},\n"step_2": {"correctness": true, "explanation": ""},\n"answer_correctness": false}\n```',
    )
    const table = await evaluateOn(stepwiseCritique(), { items, roles: { critic, judge } })
    expect(table.rows[0].slice(2, 4)).toEqual([1, 1])
  })

  it('finds more by looking back than a critic that misremembers the source', async () => {
    const items = (await stepwiseCritique().read(file)) as StepwiseItem[]
    // Asked at once, the critic misremembers one figure in five; a look of its own is exact.
    const more = [0, 1, 2, 3].flatMap((k) =>
      items.map((item) => ({ ...item, id: `${item.id}-${k}` })),
    )
    let asked = 0
    const misremembers = (): boolean => randomStream(5).uniform(asked++) < 0.2
    const critic = speaker((words) => {
      if (words.includes('numbered list')) return '1. Which number is red?'
      const looked = /Which number is red\? (\d+)/.exec(words)?.[1]
      const seen = looked ?? /red: (\d+)/.exec(words)![1]
      const isRight = (seen === redIn(words)) !== (looked === undefined && misremembers())
      return `Step 1: ${isRight ? 'correct' : 'incorrect: misread'}\nStep 2: correct\nAnswer: ${isRight ? 'correct' : 'incorrect'}`
    })
    const reader = speaker((words) => /red: (\d+)/.exec(words)![1])
    const of = { items: more, roles: { critic, judge, reader }, controls: false, concurrency: 1 }
    const direct = await evaluateOn(stepwiseCritique(), of)
    const back = await evaluateOn(stepwiseCritique({ looksBack: true }), of)
    expect(Number(back.rows[0][3])).toBe(1)
    expect(Number(direct.rows[0][3])).toBeLessThan(0.9)
  })
})
