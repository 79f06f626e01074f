import {
  randomStream,
  type QuestionTask,
  type SessionProtocol,
  type SessionResult,
} from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { arithmetic, tasks } from '../../test/arithmetic.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { type KeyedRequest, scriptedSampler } from '../../test/scripted-sampler.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import {
  answerAgain,
  askFor,
  bestOf,
  byVotes,
  deepVerifier,
  listIn,
  loop,
  lookBack,
  reflexion,
  runSessions,
  sampleAndChoose,
  sampledTokens,
  selfCheck,
  selfRefine,
  sessionResult,
  solveOnce,
} from '../index.ts'

interface Played {
  readonly results: readonly SessionResult[]
  readonly requests: readonly KeyedRequest[]
  /** What was shown for a request, as words. */
  readonly shown: (request: KeyedRequest) => string
  /** Tokens of all replies. */
  readonly tokens: number
}

async function play(
  protocol: SessionProtocol<QuestionTask>,
  script: (request: KeyedRequest, shown: string) => string,
  count = 1,
): Promise<Played> {
  const renderer = wordRenderer()
  const shown = ({ prompt }: KeyedRequest): string => renderer.text(prompt)
  const sampler = scriptedSampler(renderer, (request) => script(request, shown(request)))
  const roles = ['solver', 'critic', 'judge', 'reader']
  const binding = { renderer, sampling: { maxTokens: 64, temperature: 1 }, policy: 'shared' }
  let tokens = 0
  const results = await runSessions({
    protocol,
    tasks: tasks(count),
    sessions: 1,
    samplers: Object.fromEntries(roles.map((role) => [role, sampler])),
    bindings: Object.fromEntries(roles.map((role) => [role, binding])),
    draw: { seed: 0, domain: 'train', step: 0 },
    onTurn: ({ reply }) => void (tokens += reply.tokens.length),
  })
  for (const { failure } of results) if (failure) throw failure.error
  const all = results.flatMap(({ samples }) => samples.map(({ id }) => id))
  expect(new Set(all).size, 'every sample has an id of its own').toBe(all.length)
  expect(
    results.reduce((sum, result) => sum + sampledTokens(result), 0),
    'every sampled token is in a sample',
  ).toBe(tokens)
  return { results, requests: sampler.requests, shown, tokens }
}

const attempt = arithmetic()
const critique = askFor<QuestionTask>({
  prompt: () => [{ role: 'user', content: 'judge it' }],
  read: (text) => ({ signal: text, stop: text === 'good' }),
})
const again = answerAgain({
  attempt,
  guidance: ({ history }) => String(history.at(-1)!.evaluation.signal),
})

describe('loop', () => {
  it('evaluates and updates until it is told to stop, and trains updates without guidance', async () => {
    const protocol = loop({ first: attempt, evaluate: critique, update: again, rounds: 5 })
    const { results, shown, requests } = await play(protocol, ({ key }) =>
      key.role === 'critic' ? (key.round < 3 ? `bad ${key.round}` : 'good') : `${key.round - 2}`,
    )
    expect(rewardsOf(results[0])).toEqual([0, 0, 1])
    expect(results[0].findings).toEqual({ signals: ['bad 1', 'bad 2', 'good'] })
    const solver = results[0].samples.filter(({ keys }) => keys.role === 'solver')
    expect(solver.map(({ trainedUnder }) => [...trainedUnder])).toEqual(
      solver.map(() => [...solver[0].sampledUnder]),
    )
    expect(shown(requests[4])).toBe('what is 0 plus one advice bad 2')
    expect(results[0].samples[2].parents).toEqual([results[0].samples[1].id])
  })

  it('of no rounds is the first answer, draw for draw', async () => {
    const none = await play(
      loop({ first: attempt, evaluate: critique, update: again, rounds: 0 }),
      () => '1',
    )
    const once = await play(solveOnce(attempt), () => '1')
    expect(none.results[0].samples).toEqual(once.results[0].samples)
    expect(() => loop({ first: attempt, evaluate: critique, update: again, rounds: -1 })).toThrow(
      'rounds is -1',
    )
  })
})

describe('selfRefine', () => {
  const says = ({ key }: KeyedRequest): string =>
    key.role === 'critic'
      ? key.round === 3
        ? 'fine [done]'
        : `note${key.round}`
      : `try${key.round}`

  it('shows all answers and feedback, and ends at the stop phrase', async () => {
    const { requests, shown, results } = await play(selfRefine({ attempt, rounds: 9 }), says)
    expect(results[0].outcomes).toHaveLength(3)
    const last = shown(requests.filter(({ key }) => key.role === 'solver').at(-1)!)
    for (const word of ['try1', 'note1', 'try2', 'note2']) expect(last.split(' ')).toContain(word)
  })

  it('untargeted: one critique, one rewrite', async () => {
    const { requests } = await play(selfRefine({ attempt, rounds: 1, memory: 1 }), says)
    expect(requests.map(({ key }) => key.role)).toEqual(['solver', 'critic', 'solver'])
  })
})

describe('reflexion', () => {
  const reflectPrompt = (): [{ role: 'user'; content: string }] => [
    { role: 'user', content: 'reflect' },
  ]
  const says = ({ key }: KeyedRequest): string =>
    key.role === 'critic' ? `lesson${key.round}` : key.round === 5 ? '1' : 'wrong'

  it('remembers the last reflections, sees no earlier trial, stops at a success', async () => {
    const { requests, shown, results } = await play(
      reflexion({ attempt, reflectPrompt, memory: 2 }),
      says,
    )
    expect(results[0].outcomes.map(({ success }) => success)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
    const solver = requests.filter(({ key }) => key.role === 'solver')
    expect(shown(solver[4])).toBe('what is 0 plus one advice lesson3 lesson4')
  })

  it('makes no more than its trials, and reflects on none that nothing follows', async () => {
    const { requests } = await play(reflexion({ attempt, reflectPrompt, trials: 2 }), says)
    expect(requests.map(({ key }) => key.role)).toEqual(['solver', 'critic', 'solver'])
  })
})

const answerOf = (text: string): string | undefined => /\d+/.exec(text)?.[0]
/** Answers of the branches of round 1, and verdicts on them. */
const branches =
  (answers: readonly string[], verdicts: readonly string[] = []) =>
  ({ key }: KeyedRequest): string =>
    key.role === 'solver' ? answers[key.branch] : verdicts[key.branch]

describe('sampleAndChoose', () => {
  it('of one attempt is plain sampling', async () => {
    const one = sampleAndChoose({ attempt, n: 1, choose: byVotes({ answerOf }) })
    const plain = await play(solveOnce(attempt), () => '1')
    expect((await play(one, () => '1')).results[0].samples).toEqual(plain.results[0].samples)
  })

  it.each([
    ['most votes', ['2', '1', '1'], undefined, 1, 2 / 3],
    ['a tie: what came first', ['2', '1'], undefined, 0, 1 / 2],
    ['no answer: the first', ['none', 'none'], undefined, 0, 0],
    ['weights', ['2', '2', '1'], [1, 1, 3], 2, 3 / 5],
  ])('votes by %s', async (_, answers, weights, chosen, agreement) => {
    let i = 0
    const choose = byVotes<QuestionTask>({ answerOf, weight: weights && (() => weights[i++]) })
    const { results } = await play(
      sampleAndChoose({ attempt, n: answers.length, choose }),
      branches(answers),
    )
    expect(results[0].findings).toMatchObject({ chosen, agreement })
    expect(results[0].outcomes).toHaveLength(2)
    expect(results[0].outcomes[1].success).toBe(answers[chosen] === '1')
  })

  it.each([
    [['3', '9', '9'], 1],
    [['none', '2', 'none'], 1],
    [['none', 'none', 'none'], 0],
  ])('takes the best by a judge who says %j', async (verdicts, chosen) => {
    const choose = bestOf<QuestionTask>({
      prompt: () => [{ role: 'user', content: 'score it' }],
      read: (text) => (answerOf(text) === undefined ? undefined : Number(answerOf(text))),
    })
    const { results } = await play(sampleAndChoose({ attempt, n: 3, choose }), ({ key }) =>
      key.role === 'solver' ? '1' : verdicts[key.branch],
    )
    expect(results[0].findings!.chosen).toBe(chosen)
  })

  it('refuses less than one attempt', () =>
    expect(() => sampleAndChoose({ attempt, n: 0, choose: byVotes({ answerOf }) })).toThrow(
      'n is 0',
    ))
})

describe('selfCheck', () => {
  const checked = (threshold?: number): SessionProtocol<QuestionTask> =>
    sampleAndChoose({
      attempt,
      n: 4,
      choose: selfCheck({
        answerOf,
        threshold,
        prompt: () => [{ role: 'user', content: 'check it' }],
        read: (text) => (text === 'right' ? true : text === 'wrong' ? false : undefined),
      }),
    })
  const answers = ['2', '2', '1', '3']

  it('with C = 0 is self-consistency, session for session', async () => {
    const plain = sampleAndChoose({ attempt, n: 4, choose: byVotes({ answerOf }) })
    const zero = await play(checked(0), branches(answers))
    const votes = await play(plain, branches(answers))
    expect(zero.results[0].samples).toEqual(votes.results[0].samples)
    expect(zero.results[0].outcomes).toEqual(votes.results[0].outcomes)
  })

  it.each([
    ['the rest votes', ['wrong', 'wrong', 'right', 'wrong'], 2, 0],
    ['all rejected: all vote', ['wrong', 'wrong', 'wrong', 'wrong'], 0, 0],
    ['what is not said keeps its attempt', ['hm', 'wrong', 'hm', 'hm'], 0, 3],
  ])('drops what the critique rejects; %s', async (_, verdicts, chosen, unread) => {
    const { results } = await play(checked(2), branches(answers, verdicts))
    expect(results[0].findings).toMatchObject({ chosen, checked: true, unread })
  })

  it('asks nothing where more than C agree', async () => {
    const { requests } = await play(checked(1), branches(answers))
    expect(requests.every(({ key }) => key.role === 'solver')).toBe(true)
  })

  it('beats self-consistency where the critic is right more often than not', async () => {
    // Right two times in five, else one of three wrong answers; a critic that is right at .8.
    const draw = ({ key }: KeyedRequest): number =>
      randomStream(7, key.task, key.role, key.branch).uniform(0)
    const right = ({ key }: KeyedRequest): number => Number(key.task.slice(1)) + 1
    const answer = (of: KeyedRequest): string => {
      const u = draw({ ...of, key: { ...of.key, role: 'solver' } })
      return String(u < 0.4 ? right(of) : 1000 + Math.floor(((u - 0.4) / 0.6) * 3))
    }
    const script = (of: KeyedRequest): string => {
      if (of.key.role === 'solver') return answer(of)
      const isRight = answer(of) === String(right(of))
      return isRight === draw(of) < 0.8 ? 'right' : 'wrong'
    }
    const accuracy = async (threshold: number): Promise<number> => {
      const { results } = await play(checked(threshold), script, 150)
      return results.filter(({ outcomes }) => outcomes[1].success).length / results.length
    }
    expect(await accuracy(2)).toBeGreaterThan((await accuracy(0)) + 0.1)
  })
})

describe('listIn', () => {
  it.each([
    ['1. Is it red?\n2) Is it round?\ntalk', ['Is it red?', 'Is it round?']],
    ['- a\n* b', ['a', 'b']],
    ['Is it red?\nYes.\nWhy?', ['Is it red?', 'Why?']],
    ['N/A', []],
    ['1. N/A', []],
    ['', []],
  ])('%j', (text, list) => expect(listIn(text)).toEqual(list))
})

describe('lookBack', () => {
  it('checks each step against the source, and judges by what it found', async () => {
    const protocol: SessionProtocol<QuestionTask> = async function* (task, context) {
      const { parts, text, findings } = yield* lookBack({
        task,
        context,
        steps: ['first', 'second'],
        lookPrompt: (question) => [{ role: 'user', content: `source ${question}` }],
        judgePrompt: (found) => [
          {
            role: 'user',
            content: found.map(({ question, answer }) => question + answer).join(' '),
          },
        ],
        questionsPerStep: 1,
      })
      return sessionResult(task, context, parts, { text, found: findings.length })
    }
    const { results, requests, shown } = await play(protocol, ({ key }) =>
      key.role === 'reader' ? `seen${key.branch}` : key.branch < 2 ? `q${key.branch}?` : 'right',
    )
    expect(results[0].findings).toEqual({ text: 'right', found: 2 })
    expect(requests.map((each) => `${each.key.role}: ${shown(each)}`)).toEqual([
      expect.stringMatching(/^critic: 1\. first Write/),
      'reader: source q0?',
      expect.stringMatching(/^critic: 1\. first 2\. second Write/),
      'reader: source q1?',
      'critic: q0?seen0 q1?seen1',
    ])
  })
})

describe('deepVerifier', () => {
  const says =
    (verdicts: readonly string[]) =>
    ({ key }: KeyedRequest): string =>
      key.role === 'solver'
        ? String(key.round)
        : key.role === 'reader'
          ? 'looked'
          : key.branch === 0
            ? 'q1? q2?'
            : `advice${key.round} Verdict: ${verdicts[key.round - 1]}`

  it('ends at a verdict of 4; its feedback reaches the next try alone', async () => {
    const { results, requests, shown } = await play(
      deepVerifier({ attempt, rounds: 5 }),
      says(['1', '3', '4']),
    )
    expect(results[0].findings).toEqual({ signals: [1, 3, 4] })
    expect(results[0].outcomes).toHaveLength(3)
    const third = shown(requests.filter(({ key }) => key.role === 'solver')[2])
    expect(third).toContain('advice2')
    expect(third).not.toContain('advice1')
  })

  it('of a verifier that always accepts is no verifier, and of an unreadable one never ends early', async () => {
    const accepted = await play(deepVerifier({ attempt }), says(['4']))
    const plain = await play(solveOnce(attempt), says([]))
    expect(accepted.results[0].outcomes).toEqual(plain.results[0].outcomes)
    const unread = await play(deepVerifier({ attempt, rounds: 2 }), says(['none', 'none']))
    expect(unread.results[0].findings).toEqual({ signals: ['unreadable', 'unreadable'] })
    expect(unread.results[0].outcomes).toHaveLength(3)
  })

  it('keeps to its budget: a round is one list, one look per question, one verdict, one try', async () => {
    const { requests } = await play(
      deepVerifier({ attempt, rounds: 2, questions: 2 }),
      says(['1', '1']),
    )
    // `says` puts both questions on one line, which is one question.
    expect(requests.map(({ key }) => key.role).join(' ')).toBe(
      'solver critic reader critic solver critic reader critic solver',
    )
  })

  it('beats a judge of the whole where questions of one hop are easier', async () => {
    // Answers are right half the time. A look-up finds an error at .95; a judge of the whole is
    // right at .65. Accuracy after one retry, which is right half the time as well.
    const coin = (of: KeyedRequest, name: string): number =>
      randomStream(3, of.key.task, of.key.round, name).uniform(0)
    const right = (of: KeyedRequest): boolean => coin(of, 'solver') < 0.5
    const script =
      (reliability: number) =>
      (of: KeyedRequest): string => {
        if (of.key.role === 'solver')
          return right(of) ? String(Number(of.key.task.slice(1)) + 1) : 'no'
        if (of.key.role === 'reader') return 'looked'
        if (of.key.branch === 0) return 'is it so?'
        return `Verdict: ${right(of) === coin(of, 'judge') < reliability ? 4 : 1}`
      }
    const accuracy = async (reliability: number): Promise<number> => {
      const { results } = await play(deepVerifier({ attempt, rounds: 1 }), script(reliability), 150)
      return results.filter(({ outcomes }) => outcomes.at(-1)!.success).length / results.length
    }
    expect(await accuracy(0.95)).toBeGreaterThan((await accuracy(0.65)) + 0.05)
  })
})
