import { describe, expect, it } from 'vitest'
import { accuracy, learn, type Drill } from '../../../test/reinforce.ts'
import type { Policy } from '../../policy.ts'
import { randomStream } from '../../random.ts'
import type { Task } from '../../task.ts'
import type { Renderer } from '../../renderer.ts'
import {
  locks,
  quiz,
  rankings,
  steps,
  tablePolicy,
  testRenderer,
  testVerifier,
  type LockTask,
  type QuizTask,
  type RankingTask,
  type StepsTask,
  type World,
} from '../index.ts'

const contentOf = ({ id: _, ...content }: Task): string => JSON.stringify(content)

/** The text of the right solution of a world's task. */
const solutions = {
  quiz: (task: Task): string => (task as QuizTask).answer,
  locks: (task: Task): string => (task as LockTask).combination.join(' '),
  steps: (task: Task): string =>
    steps()
      .plain(task as StepsTask)
      .written.join(' '),
  rankings: (task: Task): string => {
    const { aspect, best } = task as RankingTask
    return [`${aspect}>first [7,3]`, `${aspect}>second [3,7]`][best]
  },
} as const

const worlds: readonly [keyof typeof solutions, (seed: number) => World][] = [
  ['quiz', (seed) => quiz({ seed }) as unknown as World],
  ['locks', (seed) => locks({ seed }) as unknown as World],
  ['steps', (seed) => steps({ seed }) as unknown as World],
  ['rankings', (seed) => rankings({ seed }) as unknown as World],
]

describe.each(worlds)('the world %s', (name, create) => {
  const world = create(0)

  it('is a function of seed and number', () => {
    expect(create(0).tasks('train', 30)).toEqual(world.tasks('train', 30))
    expect(create(1).tasks('train', 30)).not.toEqual(world.tasks('train', 30))
    expect(world.tasks('test', 30)).toEqual([
      ...world.tasks('test', 10),
      ...world.tasks('test', 20, 10),
    ])
    expect(world.tasks('test', 0)).toEqual([])
  })

  it('has ids of its own and splits that share no content', () => {
    const [train, test] = [world.tasks('train', 500), world.tasks('test', 200)]
    expect(new Set([...train, ...test].map(({ id }) => id)).size).toBe(700)
    const problem = (task: Task): string => JSON.stringify(world.prompt(task))
    const held = new Set(test.map(problem))
    expect(held.size).toBeGreaterThan(20)
    expect(train.filter((task) => held.has(problem(task)))).toEqual([])
    expect(train.map(contentOf)).not.toEqual(test.map(contentOf))
  })

  it('has fewer than 100 words and prompts of fewer than 40', () => {
    expect(world.renderer.vocabularySize).toBeLessThan(100)
    expect(world.untaught.vocabularySize).toBe(world.renderer.vocabularySize)
    for (const task of world.tasks('train', 100))
      expect(world.renderer.start(world.prompt(task)).length).toBeLessThan(40)
  })

  it('the untaught table keeps the form of a response', async () => {
    const policy = tablePolicy(world.untaught)
    for (const task of world.tasks('train', 50)) {
      const { finish, valid } = await answered(policy, world, task)
      expect({ finish, valid }).toEqual({ finish: 'stop', valid: true })
    }
  })

  const messages = world.prompt(world.tasks('train', 1)[0])
  const observation = { role: 'user', content: messages[0].content } as const
  for (const { name: property, run } of testRenderer(world.renderer, { messages, observation }))
    it(`renderer: ${property}`, run)

  const [task] = world.tasks('test', 1)
  for (const { name: property, run } of testVerifier(world.verifier, {
    cases: [
      { task, text: solutions[name](task), reward: 1 },
      { task, text: `${solutions[name](task)} <end> nonsense`, reward: name === 'quiz' ? 1 : 0 },
      { task, text: '', reward: 0 },
    ],
  }))
    it(`verifier: ${property}`, run)
})

async function answered(
  policy: Policy,
  { renderer, maxTokens, prompt, verifier }: World,
  task: Task,
): Promise<{ finish: string; valid: boolean }> {
  const { tokens, finish } = await policy.sample({
    prompt: renderer.start(prompt(task)),
    maxTokens,
    temperature: 1,
    stop: renderer.stop,
    draws: randomStream(1, 'form', task.id),
  })
  const { valid } = await verifier({ text: renderer.text(tokens), tokens, task })
  return { finish, valid }
}

/** Accuracy on held-out tasks before and after learning from training tasks. */
async function taught<T extends Task>(
  world: World<T>,
  more: {
    readonly steps: number
    readonly learningRate?: number
    readonly drill?: Partial<Drill<T>>
  },
): Promise<{ before: number; after: number }> {
  const drill: Drill<T> = { ...world, ...more.drill }
  const policy = tablePolicy(world.untaught)
  const test = world.tasks('test', 100)
  const train = world.tasks('train', 16 * more.steps)
  const before = await accuracy(policy, drill, test)
  const batches = Array.from({ length: more.steps }, (_, step) =>
    train.slice(16 * step, 16 * step + 16),
  )
  await learn(policy, drill, batches, more)
  return { before, after: await accuracy(policy, drill, test) }
}

describe('a table policy learns', () => {
  it('quiz: the answers', async () => {
    const { before, after } = await taught(quiz(), { steps: 50 })
    expect(before).toBeLessThan(0.75)
    expect(after).toBeGreaterThan(0.95)
  })

  it('quiz: to judge by residues, as well as they are reliable', async () => {
    const world = quiz()
    const stated = ({ id }: QuizTask): string =>
      world.answers[randomStream(0, 'stated', id).integer(0, world.answers.length)]
    const { before, after } = await taught(world, {
      steps: 50,
      drill: {
        prompt: (task) => world.judgePrompt(task, stated(task), world.residue(task, stated(task))),
        verifier: ({ text, task }) => ({
          reward: text === (stated(task) === task.answer ? 'right' : 'wrong') ? 1 : 0,
          valid: true,
        }),
      },
    })
    expect(before).toBeLessThan(0.7)
    expect(after).toBeGreaterThan(0.8)
  })

  it('locks: the digits', async () => {
    const { before, after } = await taught(locks({ dials: 3, accuracy: 0.3 }), { steps: 100 })
    expect(before).toBeLessThan(0.25)
    expect(after).toBeGreaterThan(0.9)
  })

  it('rankings: which aspect counts, wherever the better one stands', async () => {
    const { before, after } = await taught(rankings(), { steps: 50 })
    expect(before).toBeLessThan(0.75)
    expect(after).toBeGreaterThan(0.9)
  })

  it('steps: to solve', async () => {
    const { before, after } = await taught(steps(), { steps: 40, learningRate: 0.05 })
    expect(before).toBeLessThan(0.3)
    expect(after).toBeGreaterThan(0.9)
  })

  it('steps: to check single steps, as far as errors can be seen', async () => {
    const world = steps()
    const place = (task: StepsTask): number => {
      const error = world.firstError(task)
      return error < 0
        ? randomStream(0, 'place', task.id).integer(0, task.operations.length)
        : error
    }
    const { before, after } = await taught(world, {
      steps: 50,
      drill: {
        prompt: (task) => world.checkPrompt(task, place(task)),
        verifier: ({ text, task }) => ({
          reward: text === (world.labels(task)[place(task)] ? 'right' : 'wrong') ? 1 : 0,
          valid: true,
        }),
      },
    })
    expect(before).toBeLessThan(0.65)
    expect(after).toBeGreaterThan(0.74)
  })

  it('steps: to find the first error, from right verdicts', async () => {
    const world = steps()
    const policy = tablePolicy(world.untaught)
    const drill = { ...world, prompt: world.judgePrompt, verifier: world.judgeVerifier }
    const test = world.tasks('test', 200)
    const before = await accuracy(policy, drill, test, 0)
    const shown = world.tasks('train', 3000).map((task) => ({
      prompt: world.renderer.start(world.judgePrompt(task)),
      response: responseOf(world.renderer, verdictOn(world, task)),
      temperature: 1,
    }))
    for (let step = 0; step < 120; step++) {
      const from = (50 * step) % shown.length
      const items = shown.slice(from, from + 50)
      await policy.accumulate(items, (indices) =>
        indices.map(() => ({ logprobs: Float32Array.of(-0.02, -0.02) })),
      )
      await policy.step({ learningRate: 0.05 })
    }
    const after = await accuracy(policy, drill, test, 0)
    expect(before).toBeLessThan(0.6)
    expect(after).toBeGreaterThan(0.75)
  })
})

function verdictOn(world: ReturnType<typeof steps>, task: StepsTask): string {
  const error = world.firstError(task)
  return error < 0 ? 'none' : `step${error}`
}

/** One word and the end, as a policy would have written it. */
function responseOf(renderer: Renderer, word: string): Int32Array {
  const [, id] = renderer.start([{ role: 'user', content: word }])
  return Int32Array.of(id, renderer.stop[0])
}
