import type { ObjectiveInput, Sample } from '@icrl/core'
import { quiz, tablePolicy, type Bias, type QuizTask } from '@icrl/core/testing'
import { pairwise } from '@icrl/objective'
import { refineId, refiningTurn } from '@icrl/rollout'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed, watched } from '../test/resumed.ts'
import { refinementPairs, revise, type ReviseOptions } from './index.ts'

const world = quiz({ seed: 7 })
const { renderer } = world
const refine = 'refine'
const id = (word: string): number => renderer.answer!(word)[0]
const topics = [...new Set(world.tasks('train', 100).map(({ topic }) => topic))]
const claims = topics.flatMap((topic) => world.answers.map((answer) => ({ topic, answer })))
/**
 * Attempts are composites, `q3=a2`: such a word is an answer to one question, so that whether to give
 * it up is a thing of that word. It stands for a model that can check its own answers.
 */
const claimOf = ({ topic, answer }: QuizTask): string => world.composite({ topic }, answer)
const biases: Bias[] = claims.flatMap(({ topic, answer }) => {
  const token = id(world.composite({ topic }, answer))
  return [
    ...[0, 2].map((at) => ({ prompt: id('<revise>'), at, token, value: 40 })),
    { prompt: id(topic), at: 2, token, value: 6 },
  ]
})
const options: ReviseOptions<QuizTask> = {
  tasks: world.tasks('train', 32),
  heldOut: world.tasks('test', 48),
  renderer,
  prompt: (task) => world.revisePrompt(task),
  verifier: ({ text, task }) => ({ reward: text === claimOf(task) ? 1 : 0, valid: true }),
  refine,
  answerOf: (text) => text,
  reference: claimOf,
  steps: [0, 15, 20],
  samples: 6,
  tasksPerStep: 8,
  votes: 3,
  optimizer: { learningRate: 0.2, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const { untaught } = world
  const known = [...untaught.biases!, ...biases]
  return {
    policies: { shared: tablePolicy({ ...untaught, biases: known, files: diskFiles }) },
    roles: {
      solver: { renderer, sampling: { maxTokens: 4, temperature: 1 }, policy: 'shared' },
    },
    seed: 0,
  }
}

describe('revise', () => {
  it('gives up what is wrong and attempts again, better; the vote is better still', async () => {
    const idle = { ...options, optimizer: { learningRate: 1e-9 }, steps: [0, 1, 1] as const }
    const before = await ran(modelOf(), revise(idle))
    const after = await ran(modelOf(), revise(options))
    expect(after!.gain).toBeGreaterThan(0.05)
    expect(after!.repaired).toBeGreaterThan(2 * after!.broken)
    expect(after!.last).toBeGreaterThan(before!.last + 0.2)
    expect(after!['eval/vote']).toBeGreaterThan(after!.first)
  })

  const short = {
    ...options,
    tasks: options.tasks.slice(0, 6),
    heldOut: options.heldOut!.slice(0, 2),
    steps: [2, 2, 2] as const,
    samples: 3,
    tasksPerStep: 2,
    checkpoints: { every: 1 },
  }

  it('pairs: the end for right attempts; for wrong ones [refine], then the reference', async () => {
    const { gathered, learned } = await watched(modelOf(), revise(short))
    const firsts = new Map<string, Set<string>>()
    for (const { task, outcomes, transcript } of gathered.attempts) {
      const said = `${transcript[0].text.split(' ')[0]} ${outcomes[0].success}`
      firsts.set(task, (firsts.get(task) ?? new Set()).add(said))
    }
    const byId = new Map(options.tasks.map((task) => [task.id, task]))
    for (const stage of ['verify', 'refine'])
      for (const { keys, response } of learned[stage].filter((one) => one.keys.preferred === 1)) {
        const [attempt, ...rest] = renderer.text(response).split(' ')
        const answer = claimOf(byId.get(keys.task)!)
        expect(firsts.get(keys.task)).toContain(`${attempt} ${attempt === answer}`)
        const again = stage === 'verify' ? ['refine'] : ['refine', answer]
        expect(rest).toEqual(attempt === answer ? [] : again)
      }
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, revise(short))
    expect(parts).toEqual(whole)
  })
})

const sampleOf = (text: string): Sample =>
  ({
    trainedUnder: renderer.start(world.revisePrompt(options.tasks[0])),
    response: renderer.answer!(text),
    keys: { task: 'q', role: 'solver', session: 0, round: 1, branch: 0 },
    policy: 'shared',
  }) as unknown as Sample
const again = refineId(renderer, refine)

describe('a pair', () => {
  const [{ preferred, other, preferredMask, otherMask }] = refinementPairs(sampleOf('a1'), {
    again,
    isRight: false,
    answer: renderer.answer!('a2'),
    stop: renderer.stop,
  })

  it('has the same loss and slopes over the whole responses as over what differs', () => {
    const input = (ids: Int32Array, mask: Uint8Array, isPreferred: number): ObjectiveInput => {
      const logprobs = Float32Array.from(ids, (id, t) => (t === 0 ? -1.5 : -0.1 * id))
      return {
        logprobs,
        referenceLogprobs: logprobs.map((value, t) => value - (t === 0 ? 0.5 : 0.1 * t)),
        mask,
        // Coefficients that add up to one per sample, as `sequenceMeanTokenMean` has them.
        coefficients: Float32Array.from(mask, (one) => one / mask.reduce((a, b) => a + b, 0)),
        advantages: new Float32Array(ids.length),
        keys: {
          task: 'q',
          role: 'solver',
          session: 0,
          round: 1,
          branch: 0,
          preferred: isPreferred,
        },
      } as unknown as ObjectiveInput
    }
    const all = (ids: Int32Array): Uint8Array => new Uint8Array(ids.length).fill(1)
    const whole = pairwise().evaluate([
      input(preferred, all(preferred), 1),
      input(other, all(other), 0),
    ])
    const suffix = pairwise().evaluate([
      input(preferred, preferredMask!, 1),
      input(other, otherMask!, 0),
    ])
    whole.forEach(({ value, gradient }, i) => {
      expect(suffix[i].value).toBeCloseTo(value, 6)
      gradient
        .slice(1)
        .forEach((slope, t) => expect(suffix[i].gradient[t + 1]).toBeCloseTo(slope, 6))
    })
    // The prefix is pushed up by one response and down by the other.
    expect(whole[0].gradient[0] + whole[1].gradient[0]).toBeCloseTo(0, 7)
  })

  it('keeps all tokens of a right answer, and is none where the attempt was cut off', () => {
    const [right] = refinementPairs(sampleOf('a1'), {
      again,
      isRight: true,
      answer: renderer.answer!('a1'),
      stop: renderer.stop,
    })
    expect(renderer.text(right.preferred)).toBe('a1')
    expect(renderer.text(right.other)).toBe('a1 refine')
    expect(right.preferredMask).toBeUndefined()
    const cut = { ...sampleOf('a1'), response: renderer.answer!('a1').slice(0, 1) }
    expect(refinementPairs(cut, { again, isRight: true, stop: renderer.stop })).toEqual([])
  })

  it('[refine] is said as often as its score says', async () => {
    const { gathered } = await watched(modelOf(), async (lab) =>
      lab.gather('attempts', {
        protocol: refiningTurn(options),
        tasks: options.tasks.slice(0, 1),
        sessions: 400,
      }),
    )
    const said = gathered.attempts.map(({ transcript }) => transcript[0].text.split(' '))
    const [first] = said[0]
    const own = said.filter(([attempt]) => attempt === first)
    const frequency = own.filter(({ length }) => length > 1).length / own.length
    const policy = tablePolicy({
      ...world.untaught,
      biases: [...world.untaught.biases!, ...biases],
    })
    const [{ logprobs }] = await policy.score([
      {
        prompt: renderer.start(world.revisePrompt(options.tasks[0])),
        response: Int32Array.of(id(first), again),
        temperature: 1,
      },
    ])
    expect(Math.abs(frequency - Math.exp(logprobs[1]))).toBeLessThan(
      3 * Math.sqrt(0.25 / own.length),
    )
  })
})
