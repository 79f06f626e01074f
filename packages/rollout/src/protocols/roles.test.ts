import {
  isIcrlError,
  outcomeOf,
  type AttemptProtocol,
  type CompletionOptions,
  type Message,
  type QuestionTask,
  type RoleBinding,
  type SessionProtocol,
  type SessionResult,
  type TextGenerator,
} from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { arithmetic, tasks } from '../../test/arithmetic.ts'
import { corridor } from '../../test/corridor.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { scriptedSampler, type ScriptedSampler } from '../../test/scripted-sampler.ts'
import { wordRenderer, type WordRenderer } from '../../test/word-renderer.ts'
import {
  askRole,
  attemptRound,
  conversation,
  derive,
  multiTurn,
  roleTurn,
  runSessions,
  sampledTokens,
  sessionResult,
  singleTurn,
  solveCritiqueRevise,
  solveOnce,
} from '../index.ts'

const user = (content: string) => [{ role: 'user' as const, content }]

interface World {
  readonly results: readonly SessionResult[]
  readonly sampler: ScriptedSampler
  readonly renderer: WordRenderer
}

/** Sessions of one task in which each role says what `says` has for it. */
async function play(
  protocol: SessionProtocol<QuestionTask>,
  says: Readonly<Record<string, string>>,
  bound: Readonly<Record<string, Partial<RoleBinding>>> = {},
  count = 2,
): Promise<World> {
  const renderer = wordRenderer()
  const sampler = scriptedSampler(renderer, ({ key }) => says[key.role])
  const roles = Object.keys(says)
  const results = await runSessions({
    protocol,
    tasks: tasks(1),
    sessions: count,
    samplers: Object.fromEntries(roles.map((role) => [role, sampler])),
    bindings: Object.fromEntries(
      roles.map((role) => [
        role,
        {
          renderer,
          sampling: { maxTokens: 16, temperature: 1 },
          policy: 'shared',
          ...bound[role],
        },
      ]),
    ),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
  return { results, sampler, renderer }
}

const idsOf = ({ samples }: SessionResult): string[] =>
  samples.map(({ id }) => id.split('/').at(-1)!)

describe('a session with a third role', () => {
  const judged: SessionProtocol<QuestionTask> = async function* (task, context) {
    const solved = yield* attemptRound({ attempt: arithmetic(), task, context, round: 1 })
    const verdict = yield* roleTurn({
      role: 'judge',
      task,
      context,
      messages: user(`right or wrong ${solved.attempt.turns[0].text}`),
      parents: solved.samples.map(({ id }) => id),
      keys: { criterion: 'answer' },
      isValid: (text) => /^(right|wrong)$/.test(text),
    })
    return sessionResult(task, context, [solved, verdict], { verdict: verdict.text })
  }
  const says = { solver: 'it is 1', judge: 'right' }

  it('has its sample, transcript and findings without one written by hand', async () => {
    const { results, renderer } = await play(judged, says)
    const [{ samples, transcript, findings }] = results
    expect(samples[1]).toMatchObject({
      id: 'train0/q0/0/judge-1-0',
      parents: ['train0/q0/0/solver-1-0'],
      keys: { task: 'q0', role: 'judge', session: 0, round: 1, branch: 0, criterion: 'answer' },
      reward: 0,
      rewards: {},
      policy: 'shared',
      valid: true,
      finish: 'stop',
    })
    expect(samples[1]).not.toHaveProperty('success')
    expect(renderer.text(samples[1].response)).toBe('right')
    expect(samples[1].trainedUnder).toBe(samples[1].sampledUnder)
    expect(transcript.map(({ role, text, sample }) => [role, text, sample])).toEqual([
      ['solver', 'it is 1', 'train0/q0/0/solver-1-0'],
      ['judge', 'right', 'train0/q0/0/judge-1-0'],
    ])
    expect(findings).toEqual({ verdict: 'right' })
  })

  it('is valid where its form is kept, and leaves no sample where it is not trained', async () => {
    const shrug = await play(judged, { ...says, judge: 'perhaps' })
    expect(shrug.results[0].samples[1].valid).toBe(false)
    const frozen = await play(judged, says, { judge: { policy: undefined } })
    expect(frozen.results.map(idsOf)).toEqual([['solver-1-0'], ['solver-1-0']])
    expect(frozen.results[0].transcript[1]).toEqual({ role: 'judge', round: 1, text: 'right' })
  })

  it('names a role that nobody bound', async () => {
    await expect(play(judged, { solver: 'it is 1' })).rejects.toSatisfy(
      (error) => isIcrlError(error, 'invalid-option') && error.message.includes('role "judge"'),
    )
  })

  it('may be trained under another prompt, in several turns of a round', async () => {
    const twice: SessionProtocol<QuestionTask> = async function* (task, context) {
      const options = { role: 'judge', task, context, learnUnder: Int32Array.of(1, 2) }
      return sessionResult(task, context, [
        yield* roleTurn({ ...options, messages: user('first'), turn: 0 }),
        yield* roleTurn({ ...options, messages: user('second'), turn: 1 }),
      ])
    }
    const { results, sampler } = await play(twice, { judge: 'right' }, {}, 1)
    expect(idsOf(results[0])).toEqual(['judge-1-0-0', 'judge-1-0-1'])
    expect(results[0].samples.map(({ keys }) => keys.turn)).toEqual([0, 1])
    expect(results[0].samples.map(({ trainedUnder }) => [...trainedUnder])).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(sampler.requests.map(({ key }) => key.turn)).toEqual([0, 1])
  })

  it('fails its session where its prompt has no room', async () => {
    const cramped: SessionProtocol<QuestionTask> = async function* (task, context) {
      const options = { role: 'judge', task, context, messages: user('a b c'), contextTokens: 4 }
      return sessionResult(task, context, [yield* roleTurn(options)])
    }
    const { results } = await play(cramped, { judge: 'right' })
    expect(results[0].failure?.reason).toMatch(
      /task "q0", role "judge", round 1: the prompt has 6 tokens, the context 4/,
    )
  })
})

describe('other names for the roles of known sessions', () => {
  const says = { author: 'it is wrong', reviewer: 'count again' }
  const options = {
    attempt: arithmetic(),
    criticPrompt: () => user('review'),
    parseCritique: (critique: string) => ({ critique, valid: true }),
    roles: { solver: 'author', critic: 'reviewer' },
  }

  it('are spoken, drawn and trained as', async () => {
    const { results, sampler } = await play(solveCritiqueRevise(options), says)
    expect(results.map(idsOf)).toEqual(Array(2).fill(['author-1-0', 'reviewer-1-0', 'author-2-0']))
    expect(results[0].samples.map(({ keys }) => keys.role)).toEqual([
      'author',
      'reviewer',
      'author',
    ])
    expect(new Set(sampler.requests.map(({ key }) => key.role))).toEqual(
      new Set(['author', 'reviewer']),
    )
    expect(results[0].transcript.map(({ role }) => role)).toEqual(['author', 'reviewer', 'author'])
  })

  it('may be an attempt’s own', async () => {
    const attempt = singleTurn<QuestionTask>({
      role: 'author',
      prompt: ({ question }) => user(question),
      verifier: () => ({ reward: 1, valid: true }),
    })
    const { results } = await play(solveOnce(attempt), says, {}, 1)
    expect(idsOf(results[0])).toEqual(['author-1-0'])
    const walk = multiTurn({ role: 'author', environment: corridor(), maxTurns: 2 })
    const walked = await play(
      (task, context) => solveOnce(walk)({ ...task, id: 'd1' }, context),
      { author: 'do go right' },
      {},
      1,
    )
    expect(idsOf(walked.results[0])).toEqual(['author-1-0'])
    expect(walked.results[0].transcript.map(({ role }) => role)).toEqual([
      'author',
      'environment',
      'author',
      'environment',
    ])
  })

  it('show a revision what `guidance` makes of the critique, nothing of an empty one', async () => {
    const guidance = (critique: string, { turns }: { turns: readonly { text: string }[] }) =>
      `${critique} not ${turns[0].text}`
    const { results, renderer } = await play(solveCritiqueRevise({ ...options, guidance }), says)
    expect(renderer.text(results[0].samples[2].sampledUnder)).toBe(
      'what is 0 plus one advice count again not it is wrong',
    )
    const silent = { ...options, guidance, parseCritique: () => ({ critique: ' ', valid: false }) }
    const blank = await play(solveCritiqueRevise(silent), says)
    expect(blank.renderer.text(blank.results[0].samples[2].sampledUnder)).toBe('what is 0 plus one')
  })
})

describe('an attempt of several samples', () => {
  /** A planner hands a question to two workers; it is right if the second says so. */
  const team = (verdict: (texts: readonly string[]) => number): AttemptProtocol<QuestionTask> =>
    async function* ({ task, context, round }) {
      const options = { task, context, round }
      const { prompt, reply } = yield* askRole({
        ...options,
        role: 'planner',
        messages: user(task.question),
      })
      const planned = { task, context, round, role: 'worker', messages: user(reply.text) }
      const workers = [
        yield* roleTurn({ ...planned, branch: 0 }),
        yield* roleTurn({ ...planned, branch: 1 }),
      ]
      return {
        attempt: {
          prompt,
          response: reply.tokens,
          mask: new Uint8Array(reply.tokens.length).fill(1),
          logprobs: reply.logprobs,
          version: reply.version,
          finish: reply.finish,
          valid: true,
          ...outcomeOf({ reward: verdict(workers.map(({ text }) => text)) }, 'team'),
          components: { votes: workers.length },
          turns: [{ text: reply.text }],
        },
        unguidedPrompt: prompt,
        role: 'planner',
        parts: workers,
      }
    }
  const says = { planner: 'ask two', worker: 'it is 1' }

  it('shares its reward and outcome between a planner and its workers', async () => {
    const { results } = await play(solveOnce(team(() => 1)), says)
    for (const result of results) {
      expect(idsOf(result)).toEqual(['planner-1-0', 'worker-1-0', 'worker-1-1'])
      for (const sample of result.samples)
        expect(sample).toMatchObject({
          reward: 1,
          success: true,
          rewards: { outcome: 1, votes: 2 },
        })
      expect(result.outcomes).toEqual([{ reward: 1, success: true }])
      expect(result.transcript.map(({ role }) => role)).toEqual(['planner', 'worker', 'worker'])
    }
  })

  it('is kept whole, and once, where the session fails later', async () => {
    let asked = 0
    const protocol: SessionProtocol<QuestionTask> = async function* (task, context) {
      const attempt = team(() => 0)
      yield* attemptRound({ attempt, task, context, round: 1 })
      asked++
      throw new Error('lost')
    }
    const { results } = await play(protocol, says)
    expect(asked).toBe(2)
    for (const result of results) {
      expect(idsOf(result)).toEqual(['planner-1-0', 'worker-1-0', 'worker-1-1'])
      expect(result.samples.every(({ success }) => success === false)).toBe(true)
      expect(result.transcript).toHaveLength(3)
      expect(result.failure?.tokens).toBe(0)
    }
  })

  it('is lost whole where it fails before it ends', async () => {
    const { results } = await play(
      solveOnce(
        team(() => {
          throw new Error('no verdict')
        }),
      ),
      says,
    )
    expect(results[0]).toMatchObject({ samples: [], outcomes: [], failure: { tokens: 3 + 4 + 4 } })
    expect(sampledTokens(results[0])).toBe(11)
    expect(rewardsOf(results[0])).toEqual([])
  })
})

describe('conversation', () => {
  const renderer = wordRenderer({ merge: true })
  const reply = (text: string, finish: 'stop' | 'length' = 'stop') => {
    const tokens = Int32Array.from([
      ...text.split(' ').map(renderer.id),
      ...(finish === 'stop' ? [0] : []),
    ])
    return {
      text: renderer.text(tokens),
      parts: renderer.parse!(tokens),
      tokens,
      logprobs: new Float32Array(tokens.length).fill(-1),
      finish,
    }
  }

  it('only appends: what was sampled stays as it was, though its text would encode otherwise', () => {
    const talk = conversation(renderer, user('go on'))
    const prompts = [talk.prompt]
    talk.said(reply('yes yes sir'))
    talk.heard(...user('and then'))
    prompts.push(talk.prompt)
    talk.said(reply('no no', 'length'))
    talk.heard(...user('one'), { role: 'tool', content: 'two' })
    prompts.push(talk.prompt)
    for (const [i, prompt] of prompts.slice(1).entries())
      expect(prompt.slice(0, prompts[i].length)).toEqual(prompts[i])
    const { response, mask, logprobs } = talk.response()
    expect([...talk.opening, ...response]).toEqual([...talk.prompt])
    expect([...response].filter((_, t) => mask[t])).toEqual([
      ...reply('yes yes sir').tokens,
      ...reply('no no', 'length').tokens,
    ])
    expect(logprobs.every((value, t) => (value === 0) === (mask[t] === 0))).toBe(true)
    expect(talk.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'go on'],
      ['assistant', 'yes sir'],
      ['user', 'and then'],
      ['assistant', 'no'],
      ['user', 'one'],
      ['tool', 'two'],
    ])
  })

  it('refuses what comes out of turn', () => {
    const talk = conversation(renderer, user('go on'))
    expect(() => talk.heard(...user('too early'))).toThrow(/an observation before a reply/)
    talk.said(reply('yes'))
    expect(() => talk.said(reply('again'))).toThrow(/two replies in a row/)
    expect(() => talk.heard()).toThrow(/no observation/)
  })

  it('lets a second turn see the first one', async () => {
    const protocol: SessionProtocol<QuestionTask> = async function* (task, context) {
      const { renderer: words } = context.roles.solver
      const talk = conversation(words, user(task.question))
      const options = { role: 'solver', task, context }
      const first = yield* roleTurn({
        ...options,
        messages: talk.messages,
        prompt: talk.prompt,
        turn: 0,
      })
      talk.said(first.reply)
      talk.heard(...user('are you sure'))
      const second = yield* roleTurn({
        ...options,
        messages: talk.messages,
        prompt: talk.prompt,
        turn: 1,
      })
      return sessionResult(task, context, [first, second])
    }
    const { results } = await play(protocol, { solver: 'it is 1' }, {}, 1)
    const [first, second] = results[0].samples
    const whole = [...first.sampledUnder, ...first.response]
    expect([...second.sampledUnder].slice(0, whole.length)).toEqual(whole)
  })
})

describe('an attempt with tools', () => {
  /** Calls are answered until the assistant makes none; each turn's calls get a result each. */
  const withTools: AttemptProtocol<QuestionTask> = async function* ({ task, context, round }) {
    const tools = [
      { name: 'look', parameters: {} },
      { name: 'touch', parameters: {} },
    ]
    const { renderer } = context.roles.solver
    const talk = conversation(renderer, user(task.question), { tools })
    const options = { role: 'solver', task, context, round, tools }
    let turn = 0
    for (;;) {
      const { messages, prompt } = talk
      const { reply } = yield* askRole({ ...options, messages, prompt, turn: turn++ })
      talk.said(reply)
      const calls = reply.parts.filter((part) => part.type === 'tool-call')
      if (calls.length === 0) {
        return {
          attempt: {
            prompt: talk.opening,
            ...talk.response(),
            version: reply.version,
            finish: reply.finish,
            valid: true,
            ...outcomeOf({ reward: 1 }, 'tools'),
            turns: [{ text: reply.text }],
          },
          unguidedPrompt: talk.opening,
        }
      }
      talk.heard(
        ...calls.map(({ name }) => ({ role: 'tool' as const, content: `${name} nothing` })),
      )
    }
  }

  it('hears a result of each call of a turn, in one sample whose ids only grow', async () => {
    const renderer = wordRenderer()
    const said = ['let me call look call touch', 'it is 1']
    const sampler = scriptedSampler(renderer, ({ key }) => said[key.turn])
    const [{ samples }] = await runSessions({
      protocol: solveOnce(withTools),
      tasks: tasks(1),
      sessions: 1,
      samplers: { solver: sampler },
      bindings: {
        solver: { renderer, sampling: { maxTokens: 16, temperature: 1 }, policy: 'shared' },
      },
      draw: { seed: 0, domain: 'train', step: 0 },
    })
    const [{ response, mask, sampledUnder }] = samples
    expect(renderer.text(response)).toBe(
      'let me call look call touch look nothing touch nothing it is 1',
    )
    expect(renderer.text(response.filter((_, t) => mask[t] === 0))).toBe(
      'look nothing touch nothing',
    )
    const [first, second] = sampler.requests
    expect([...first.prompt]).toEqual([...sampledUnder])
    const whole = [...sampledUnder, ...response]
    expect([...second.prompt]).toEqual(whole.slice(0, second.prompt.length))
  })

  it('tells an endpoint the calls and the results', async () => {
    const asked: (readonly Message[])[] = []
    const told: CompletionOptions[] = []
    const endpoint: TextGenerator = {
      complete: async (messages, options = {}) => {
        asked.push(messages)
        told.push(options)
        return asked.length === 1
          ? {
              text: 'let me',
              finish: 'stop',
              parts: [
                { type: 'text', text: 'let me' },
                { type: 'tool-call', name: 'look', arguments: {}, id: 'a' },
              ],
            }
          : { text: 'it is 1', finish: 'stop' }
      },
    }
    const renderer = wordRenderer()
    const [result] = await runSessions({
      protocol: solveOnce(withTools),
      tasks: tasks(1),
      sessions: 1,
      samplers: { solver: endpoint },
      bindings: { solver: { renderer, sampling: { maxTokens: 16, temperature: 1 } } },
      draw: { seed: 0, domain: 'eval', step: 0 },
    })
    expect(rewardsOf(result)).toEqual([1])
    expect(told[0].tools?.map(({ name }) => name)).toEqual(['look', 'touch'])
    expect(asked[1].slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'let me' },
          { type: 'tool-call', name: 'look', arguments: {}, id: 'a' },
        ],
      },
      { role: 'tool', content: 'look nothing' },
    ])
  })
})

describe('derive', () => {
  const session = (task: string, number: number): SessionResult => ({
    task,
    session: number,
    samples: [],
    outcomes: [{ reward: 0, success: false }],
    transcript: [],
  })

  it('makes tasks of sessions, in their order', () => {
    const made = derive(
      [session('q0', 0), session('q1', 0), session('q0', 1)],
      tasks(2),
      (of, task) =>
        of.session === 1
          ? []
          : [
              { id: `${task.id}/a`, answer: task.answer },
              { id: `${task.id}/b`, answer: '' },
            ],
    )
    expect(made.map(({ id, answer }) => `${id} ${answer}`)).toEqual([
      'q0/a 1',
      'q0/b ',
      'q1/a 2',
      'q1/b ',
    ])
    expect(derive([], tasks(1), () => [])).toEqual([])
  })

  it('refuses ids that repeat, and sessions of unknown tasks', () => {
    const both = [session('q0', 0), session('q0', 1)]
    expect(() => derive(both, tasks(1), ({ task }) => [{ id: `${task}/judge` }])).toThrow(
      /two tasks "q0\/judge"/,
    )
    expect(() => derive(both, tasks(1), ({ task }) => [{ id: task }])).toThrow(/two tasks "q0"/)
    expect(() => derive([session('q7', 0)], tasks(1), () => [])).toThrow(/"q7", which is not given/)
  })
})
