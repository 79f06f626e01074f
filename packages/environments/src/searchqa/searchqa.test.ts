import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { f1 } from '@icrl/verify'
import { describe, expect, it } from 'vitest'
import { playOut, solvedRate } from '../../test/play-out.ts'
import { sharedData } from '../../test/shared-data.ts'
import { readJsonLines } from '../node/read-json-lines.ts'
import { readCorpus, readSearchQuestions } from '../node/read-searchqa.ts'
import { bm25Retriever } from './bm25-retriever.ts'
import { generateCorpus } from './generate-corpus.ts'
import { parsePassage } from './passage.ts'
import { scoreExact, stepSearchqa } from './play-searchqa.ts'
import { agentgymQuestion, parseSearchQuestion, type SearchQuestion } from './questions.ts'
import { searchqa } from './searchqa.ts'

const retriever = bm25Retriever([
  { id: '0', contents: '"Ghent"\nA city in Flanders.\nIt is old.' },
  { id: '1', contents: '"Bruges"\nA city.' },
])
const question: SearchQuestion = {
  id: 'q',
  question: 'Where is Ghent?',
  golds: ['Belgium', 'the Flanders'],
}

/** Searches each title once, then answers if all passages were shown. */
function readingExpert(
  titles: readonly string[],
  golds: readonly string[],
): (observation: string, turn: number) => string {
  let seen = ''
  return (observation, turn) => {
    seen += observation
    if (turn < titles.length) return `<search>${titles[turn]}</search>`
    return titles.every((title) => seen.includes(`(Title: "${title}")`))
      ? `<answer>${golds[0]}</answer>`
      : '<answer>unknown</answer>'
  }
}

describe('stepSearchqa', () => {
  const rules = { retriever, topk: 3, score: scoreExact }
  const say = async (action: string): Promise<unknown> =>
    Object.values(await stepSearchqa(rules, question, action))

  it('answers as AgentGym does', async () => {
    expect(await say('<search>ghent city</search>')).toEqual([
      '<information>Doc 1(Title: "Ghent") A city in Flanders.\nIt is old.\nDoc 2(Title: "Bruges") A city.</information>',
      0,
      false,
    ])
    expect(await say('I think <answer>belgium.</answer><search>x</search>')).toEqual([
      'Congratulations! You have answered the question correctly.',
      1,
      true,
    ])
    expect(await say('<answer>Flanders</answer>')).toEqual([
      'Congratulations! You have answered the question correctly.',
      1,
      true,
    ])
    expect(await say('<answer>France</answer>')).toEqual([
      'Sorry, your answer is incorrect. Please try again.',
      0,
      false,
    ])
    expect(await say('<search>zzz</search>')).toEqual(['<information></information>', 0, false])
    expect(((await say('Ghent?')) as string[])[0]).toMatch(/^Your previous action is invalid\./)
  })
})

describe('searchqa', () => {
  for (const { name, run } of testEnvironment(searchqa, {
    actions: ['<search>mother</search>', 'what', '<search></search>', '<answer>nobody</answer>'],
  }))
    it(name, run)

  const made = generateCorpus()
  const all = [...made.train, ...made.test]

  it('is solved in all generated tasks by an expert who reads, never by chance or silence', async () => {
    const byId = new Map(all.map((entry) => [entry.id, entry]))
    const environment = searchqa()
    const ids = [...(await environment.taskIds('train')), ...(await environment.taskIds('test'))]
    expect(ids).toHaveLength(160)
    expect(
      await solvedRate(environment, ids, (id) =>
        readingExpert(byId.get(id)!.titles, byId.get(id)!.golds),
      ),
    ).toBe(1)
    const chance = (id: string) => (_: string, turn: number) =>
      randomStream(1, id).uniform(turn) < 0.5
        ? '<search>town river</search>'
        : `<answer>${all[randomStream(2, id).integer(turn, all.length)].golds[0]}</answer>`
    expect(await solvedRate(environment, ids, chance)).toBeLessThan(0.15)
    expect(await solvedRate(environment, ids, () => () => '')).toBe(0)
  })

  it('takes one answer, or as many as allowed', async () => {
    const options = { retriever, questions: { train: [question], test: [] } }
    expect((await playOut(searchqa(options), 'q', () => '<answer>France</answer>')).steps).toBe(1)
    const twice = await playOut(
      searchqa({ ...options, answers: 2 }),
      'q',
      (_, turn) => `<answer>${turn === 0 ? 'France' : 'Belgium'}</answer>`,
    )
    expect(twice).toMatchObject({ steps: 2, last: { reward: 1 } })
  })

  it('rewards by another measure', async () => {
    const environment = searchqa({
      retriever,
      questions: { train: [question], test: [] },
      score: f1,
    })
    expect(
      (await playOut(environment, 'q', () => '<answer>in Flanders</answer>')).last.reward,
    ).toBeCloseTo(2 / 3)
  })

  it('reads the last tag of a response', () => {
    const { parseAction } = searchqa()
    expect([
      parseAction('<search> a </search> so <answer>b</answer>'),
      parseAction('nothing'),
    ]).toEqual(['<answer>b</answer>', undefined])
  })

  it('refuses half a source and a question twice', () => {
    expect(() => searchqa({ retriever })).toThrow('a retriever without questions')
    expect(() => searchqa({ questions: { train: [question], test: [] } })).toThrow(
      'without a retriever',
    )
    expect(() =>
      searchqa({ retriever, questions: { train: [question], test: [question] } }),
    ).toThrow('two questions have one id')
  })

  const corpus = sharedData('qa/2wiki_corpus_6119.jsonl')
  it.skipIf(!corpus)('finds the evidence of the 2Wiki questions', async () => {
    const environment = searchqa({
      retriever: bm25Retriever(await readCorpus(corpus!)),
      questions: {
        train: [],
        test: await readSearchQuestions(sharedData('qa/2wiki_mini_questions.jsonl')!),
      },
    })
    const titles = new Map<string, readonly string[]>()
    const golds = new Map<string, readonly string[]>()
    for await (const { value } of readJsonLines(sharedData('qa/2wiki_mini_questions.jsonl')!)) {
      const row = value as { index: number; evidence_titles: string[]; golden_answers: string[] }
      titles.set(`2wiki_mini_questions-${row.index}`, row.evidence_titles)
      golds.set(`2wiki_mini_questions-${row.index}`, row.golden_answers)
    }
    const ids = (await environment.taskIds('test')).filter((_, i) => i % 3 === 0)
    expect(ids).toHaveLength(180)
    expect(
      await solvedRate(environment, ids, (id) => readingExpert(titles.get(id)!, golds.get(id)!)),
    ).toBeGreaterThan(0.95)
  })

  it.skipIf(!corpus)('reads the question files of four data sets', async () => {
    const counts: Record<string, number> = {
      'bamboogle.jsonl': 125,
      'hotpotqa_dev_qa.jsonl': 7405,
      '2wiki_dev_qa.jsonl': 12576,
      'musique_dev_qa.jsonl': 2417,
    }
    for (const [file, count] of Object.entries(counts))
      expect(await readSearchQuestions(sharedData(`qa/${file}`)!)).toHaveLength(count)
  })
})

describe('parsePassage and parseSearchQuestion', () => {
  it('read the formats of the data sets', () => {
    expect(parsePassage({ id: 3, title: 'Ghent', text: 'A city.' }, 'x')).toEqual({
      id: '3',
      contents: '"Ghent"\nA city.',
    })
    const rows = [
      { question: 'q', answer: 'a', answer_aliases: ['b', 'a'] },
      { Question: 'q', Answer: 'a', answers: ['b'] },
      { question: 'q', golden_answers: ['a', 'b'] },
      { question: 'q', reward_model: { ground_truth: { target: ['a', 'b'] } } },
    ]
    for (const row of rows)
      expect(parseSearchQuestion(row, 'i', 'x')).toEqual({
        id: 'i',
        question: 'q',
        golds: ['a', 'b'],
      })
  })

  it.each([
    [
      'a passage without id',
      () => parsePassage({ contents: 'x' }, 'f, line 2'),
      'f, line 2: no id',
    ],
    [
      'a passage without text',
      () => parsePassage({ id: 1, title: 'x' }, 'f, line 2'),
      'f, line 2: no contents',
    ],
    ['null', () => parsePassage(null, 'f, line 2'), 'no id'],
    [
      'a question without answer',
      () => parseSearchQuestion({ question: 'q', golden_answers: [] }, 'i', 'f, line 2'),
      'f, line 2: no answer',
    ],
    [
      'an answer without question',
      () => parseSearchQuestion({ answer: 'a' }, 'i', 'f, line 2'),
      'f, line 2: no question',
    ],
  ])('name %s', (_, act, message) => expect(act).toThrow(message))
})

describe('agentgymQuestion', () => {
  it('knows the ranges’ ends', () => {
    expect(
      [0, 3609, 3610, 51712, 51713, 221327].map((item) =>
        Object.values(agentgymQuestion(item)).join(' '),
      ),
    ).toEqual([
      'nq test 0',
      'nq test 3609',
      'triviaqa test 0',
      'bamboogle test 124',
      'nq train 0',
      'hotpotqa train 90446',
    ])
    for (const item of [-1, 221_328, 0.5, NaN])
      expect(() => agentgymQuestion(item)).toThrow('no item')
  })
})
