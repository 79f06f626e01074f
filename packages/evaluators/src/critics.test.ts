import { readFile, readdir } from 'node:fs/promises'
import type { QuestionTask, SessionResult } from '@icrl/core'
import { verifyMath } from '@icrl/verify'
import { describe, expect, it } from 'vitest'
import { benchmarkFile, without } from '../test/benchmark-files.ts'
import { speaker } from '../test/speaker.ts'
import {
  convincingItems,
  convincingWrong,
  evaluateOn,
  premiseCritique,
  premiseFigures,
  readPremiseResults,
  realCritic,
  type PremiseType,
  type Table,
} from './index.ts'

/** Cells of a row by column. */
const cellsOf = ({ columns, rows }: Table, at = 0): Record<string, unknown> =>
  Object.fromEntries(columns.map((name, i) => [name, rows[at][i]]))
const byCondition = (table: Table): Record<string, Record<string, unknown>> =>
  Object.fromEntries(table.rows.map((row, i) => [String(row[0]), cellsOf(table, i)]))

describe('realCritic', () => {
  const file = Array.from({ length: 10 }, (_, i) =>
    JSON.stringify({
      idx: i,
      question: `What is ${i} + ${i}?`,
      gt: String(2 * i),
      reasoning: `It is \\boxed{${i % 2 === 0 ? 2 * i : 2 * i + 1}}.`,
      previous_score: [i % 2 === 0],
      model: 'by hand',
    }),
  ).join('\n')
  const sumIn = (asked: string): number => 2 * Number(/What is (\d+)/.exec(asked)![1])

  it('has the transitions and every control; copying scores what was published', async () => {
    const items = await realCritic().read(file)
    // Adds up right; believes any critique of words that says "wrong", and then says 99.
    const critic = speaker((asked) =>
      /# Critique\nThe solution is wrong/.test(asked)
        ? '\\boxed{99}'
        : /# Critique\n|# Solution/.test(asked)
          ? `First wrong step: -1. \\boxed{${asked.includes('step by step') ? sumIn(asked) : /boxed\{(\d+)/.exec(asked)![1]}}`
          : `\\boxed{${sumIn(asked) % 4 === 0 ? sumIn(asked) : 7}}`,
    )
    const table = byCondition(await evaluateOn(realCritic(), { items, roles: { critic } }))
    expect(table.critique).toMatchObject({ right: 1, 'wrong ones repaired': 1, items: 10 })
    expect(table.copies).toMatchObject({
      right: 0.5,
      'right ones kept': 1,
      'wrong ones repaired': 0,
    })
    expect(table['says "wrong"'].right).toBe(0)
    expect(table['says "right"'].right).toBe(0.5)
    expect(table.direct.right).toBe(0.5)
    expect(Object.keys(table)).toEqual([
      'critique',
      'direct',
      'votes, equal tokens',
      'empty critique',
      'says "right"',
      'says "wrong"',
      'critiques shuffled',
      'copies',
    ])
    expect(Number(table['votes, equal tokens'].tokens)).toBeGreaterThanOrEqual(
      Number(table.critique.tokens),
    )
  })

  it('continues the same conversation in further rounds, and takes the last correction', async () => {
    const items = (await realCritic().read(file)).slice(0, 1)
    const lengths: number[] = []
    const critic = speaker((_, messages) => {
      lengths.push(messages.length)
      return `\\boxed{${messages.length === 5 ? 0 : 5}}`
    })
    const table = await evaluateOn(realCritic({ rounds: 3 }), {
      items,
      roles: { critic },
      controls: false,
    })
    expect(lengths).toEqual([1, 3, 5])
    expect(cellsOf(table).right).toBe(1)
  })

  it('critiques its own solution in self mode: transitions are of that one', async () => {
    const items = (await realCritic().read(file)).slice(0, 2)
    const critic = speaker((asked) => (asked.includes('# Solution') ? '\\boxed{0}' : '\\boxed{1}'))
    const table = await evaluateOn(realCritic({ self: true }), {
      items,
      roles: { critic },
      controls: false,
    })
    expect(critic.asked.filter((asked) => asked.includes('# Solution\n\\boxed{1}'))).toHaveLength(2)
    expect(cellsOf(table)).toMatchObject({ 'of the solutions': 0, right: 0.5 })
  })
})

describe.skipIf(without('RealCritic/data'))(
  'the published files of RealCritic, by ICRL_BENCHMARKS',
  () => {
    it('are read whole; our checker agrees with the published scores', async () => {
      const folder = benchmarkFile('RealCritic/data/mix_data')
      let count = 0
      let agree = 0
      for (const name of await readdir(folder)) {
        const items = await realCritic().read(await readFile(`${folder}/${name}/test.jsonl`))
        const right = items.filter(({ wasRight }) => wasRight).length / items.length
        expect(right, name).toBeGreaterThan(0.4)
        expect(right, name).toBeLessThan(0.6)
        // Their score is of the answer that they extracted, `pred`.
        for (const { gt, wasRight, ...more } of items) {
          const pred = String((more as unknown as { pred: unknown }).pred)
          agree += Number(verifyMath(`\\boxed{${pred}}`, gt).correct === wasRight)
          count++
        }
      }
      expect(count).toBe(2093)
      // 96.6%: they compare numbers within a part in ten thousand, and letters as text.
      expect(agree / count).toBeGreaterThan(0.95)
    })
  },
)

describe('premiseCritique', () => {
  const types: PremiseType[] = [
    'contra_infer_insert',
    'contra_premise_insert',
    'flawed_solution_completion',
    'irr_query_distraction',
  ]
  const file = Array.from({ length: 12 }, (_, i) => {
    const type = types[i % 4]
    const flaw = `flaw${i}`
    return JSON.stringify({
      pid: String(i),
      normal_query: `Add up ${i}.`,
      ill_query: `Add up ${i}, with flaw${i}.`,
      conflict_type: type,
      conflict: type.startsWith('contra')
        ? { conflict_reason: flaw }
        : { recomposed_premise: flaw },
      difficulty: 'normal',
    })
  }).join('\r\n')
  /** Says whether the flaw that it is told of stands in the answer. */
  const judge = speaker((asked) => {
    const flaw = /flaw\d+/.exec(asked)![0]
    const named = asked.split('# The answer')[1].includes(`${flaw}!`)
    return `\`\`\`json\n{"if_find_contradiction": "${named ? 'True' : 'False'}", "basis": "seen"}\n\`\`\``
  })

  it('asks three ways, and has a judge read each answer', async () => {
    const items = await premiseCritique().read(file)
    // Names the flaw if it is told to check, or in every third item without being told.
    const solver = speaker((asked) => {
      const flaw = /flaw(\d+)/.exec(asked)
      const names = flaw && (asked.includes('check the premises') || Number(flaw[1]) % 3 === 0)
      return names ? `There is ${flaw[0]}!` : 'It is 7, all in all'
    })
    const before = judge.asked.length
    const table = await evaluateOn(premiseCritique(), { items, roles: { solver, judge } })
    const all = byCondition({ ...table, rows: table.rows.filter((row) => row[1] === 'all') })
    expect(all['premise critique']).toMatchObject({
      'active rate': 1 / 3,
      'passive rate': 1,
      'false alarms': 0,
      'normal right': undefined,
      items: 12,
    })
    expect(all['never flags']).toMatchObject({ 'active rate': 0, 'cost, active': 1 })
    expect(table.rows).toHaveLength(3 * 5)
    expect(solver.asked).toHaveLength(3 * 12)
    expect(judge.asked.length - before).toBe(3 * 3 * 12)
  })

  it('shows that always flagging is perfect but for its false alarms', () => {
    const lengths = { normal: 5, flawed: 5, hinted: 5 }
    const always = { active: true, passive: true, falseAlarm: true, lengths }
    expect(cellsOf(premiseFigures([always, always]))).toMatchObject({
      'active rate': 1,
      'passive rate': 1,
      'false alarms': 1,
      'cost, active': 1,
      'cost, passive named': 1,
    })
  })

  it('has no figure of nothing', () => {
    const silent = {
      active: undefined,
      passive: false,
      lengths: { normal: 0, flawed: 3, hinted: 3 },
    }
    expect(cellsOf(premiseFigures([silent]))).toMatchObject({
      'active rate': 0,
      'cost, active': undefined,
      'cost, active named': undefined,
    })
  })
})

const evaluation = 'Premise_Critique/evaluation'
describe.skipIf(without(evaluation))('the published results of PCBench, by ICRL_BENCHMARKS', () => {
  /** Their items are numbered in blocks of 300 per type. */
  const typeOf = (pid: string): PremiseType =>
    (
      [
        'contra_infer_insert',
        'contra_premise_insert',
        'flawed_solution_completion',
        'irr_query_distraction',
      ] as const
    )[Math.floor(Number(pid) / 300)]
  const readTable = async (name: string): Promise<Record<string, string>[]> => {
    const text = await readFile(benchmarkFile(`${evaluation}/statistics/${name}.csv`), 'utf8')
    const [head, ...lines] = text
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','))
    return lines.map((cells) => Object.fromEntries(head.map((column, i) => [column, cells[i]])))
  }
  const COLUMNS = {
    'active rate': 'active_recognition_rate',
    'passive rate': 'passive_recognition_rate',
    'active, but completions': 'active_recognition_rate_no_fsc',
    'normal right': 'normal_correctness_rate',
    'cost, active': 'active_criticism_efficiency_overall',
    'cost, passive': 'passive_criticism_efficiency_overall',
    'cost, active named': 'active_criticism_efficiency_on_success',
    'cost, passive named': 'passive_criticism_efficiency_on_success',
  }

  it('give their table, for every model, figure and type', async () => {
    const summary = await readTable('all_models_overall_summary')
    const byType = await readTable('all_models_active_recognition_rate_by_conflict_type')
    const costs = await readTable(
      'all_models_passive_criticism_efficiency_on_success_by_conflict_type',
    )
    expect(summary.length).toBe(15)
    for (const published of summary) {
      const path = benchmarkFile(`${evaluation}/eval_result/${published.Model}_eval_result.jsonl`)
      const table = premiseFigures(await readPremiseResults(await readFile(path), typeOf))
      for (const [ours, theirs] of Object.entries(COLUMNS))
        // Of models whose normal answers were not judged they publish 0; ours has no figure.
        expect(Number(cellsOf(table)[ours] ?? 0).toFixed(4), `${published.Model} ${ours}`).toBe(
          published[theirs],
        )
      for (let at = 1; at < table.rows.length; at++) {
        const cells = cellsOf(table, at)
        const type = String(cells['items of'])
        const of = (rows: readonly Record<string, string>[]): string =>
          rows.find(({ Model }) => Model === published.Model)![type]
        expect(Number(cells['active rate']).toFixed(4)).toBe(of(byType))
        expect(Number(cells['cost, passive named']).toFixed(4)).toBe(of(costs))
      }
    }
  })
})

describe('convincingItems', () => {
  const task: QuestionTask = { id: 'q', question: '2 + 2?', answer: '4' }
  const session = (text: string): SessionResult => ({
    task: 'q',
    session: 0,
    samples: [],
    outcomes: [{ reward: Number(text === '4'), success: text === '4' }],
    transcript: [{ role: 'solver', round: 1, text }],
  })
  const answerOf = (text: string): string | undefined => /\d+/.exec(text)?.[0]

  it('takes the most frequent wrong answer, and the share of the most frequent of all', () => {
    const samples = ['5', '6', '6', '4', 'none'].map(session)
    expect(convincingItems([task], samples, answerOf)).toEqual([
      { id: 'q#wrong', question: '2 + 2?', response: '6', isRight: false, certainty: 0.4 },
      { id: 'q#right', question: '2 + 2?', response: '4', isRight: true, certainty: 0.4 },
    ])
  })

  it('unanimous answers have certainty 1, and give one item', () =>
    expect(convincingItems([task], ['4', '4'].map(session), answerOf)).toEqual([
      { id: 'q#right', question: '2 + 2?', response: '4', isRight: true, certainty: 1 },
    ]))

  it('without any answer there is nothing to judge', () =>
    expect(convincingItems([task], [session('none')], answerOf)).toEqual([]))
})

describe('convincingWrong', () => {
  it('gives accuracy by certainty, and both constant critics', async () => {
    const file = [0.3, 0.3, 0.9, 0.9]
      .map((certainty, i) =>
        JSON.stringify({
          id: `c${i}`,
          question: 'q',
          response: `r${i}`,
          isRight: i % 2 === 0,
          certainty,
        }),
      )
      .join('\n')
    const items = await convincingWrong().read(file)
    // Sees the wrong answer that was uncertain, and believes the certain one.
    const critic = speaker((asked) => (asked.includes('r1') ? 'It is wrong.' : 'It is right.'))
    const table = await evaluateOn(convincingWrong({ bins: [0, 0.5] }), {
      items,
      roles: { critic },
    })
    const rows = table.rows.map((row) => row.slice(0, 6))
    expect(rows.slice(0, 3)).toEqual([
      ['convincing answers', 'all', 0.75, 1, 0.5, 4],
      ['convincing answers', 'from 0', 1, 1, 1, 2],
      ['convincing answers', 'from 0.5', 0.5, 1, 0, 2],
    ])
    const constants = rows.filter(
      ([name, bin]) => String(name).startsWith('always') && bin === 'all',
    )
    expect(constants.map((row) => row.slice(2, 5))).toEqual([
      [0.5, 1, 0],
      [0.5, 0, 1],
    ])
  })
})
