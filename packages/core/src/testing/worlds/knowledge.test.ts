import { describe, expect, it } from 'vitest'
import type { Message } from '../../message.ts'
import type { Policy } from '../../policy.ts'
import type { Renderer } from '../../renderer.ts'
import { locks, quiz, STEP_ERRORS, steps, tablePolicy, type World } from '../index.ts'

function idsOf(renderer: Renderer, words: string): Int32Array {
  return renderer.start([{ role: 'user', content: words }]).slice(1, -1)
}

/** Probability that a policy answers with these words first. */
async function probability(
  policy: Policy,
  { renderer }: Pick<World, 'renderer'>,
  messages: readonly Message[],
  words: string,
): Promise<number> {
  const [{ logprobs }] = await policy.score([
    { prompt: renderer.start(messages), response: idsOf(renderer, words), temperature: 1 },
  ])
  return Math.exp(logprobs.reduce((sum, value) => sum + value, 0))
}

describe('quiz', () => {
  it.each([4, 5, 6, 7, 8])(
    '%d answers: the accuracy of each level is the one asked for',
    async (answers) => {
      const accuracy = { easy: 0.9, middling: 0.5, hard: 0.15 }
      const world = quiz({ answers, accuracy })
      const policy = tablePolicy(world.untaught)
      expect(world.renderer.vocabularySize).toBeLessThan(100)
      const levels = new Set<string>()
      for (const task of world.tasks('train', 60)) {
        levels.add(task.level)
        expect(await probability(policy, world, world.prompt(task), task.answer)).toBeCloseTo(
          accuracy[task.level],
          3,
        )
      }
      expect([...levels].sort()).toEqual(['easy', 'hard', 'middling'])
    },
  )

  it('answers hard questions with one favorite that is wrong', async () => {
    const world = quiz()
    const policy = tablePolicy(world.untaught)
    const task = world.tasks('train', 60).find(({ level }) => level === 'hard')!
    const likely = await Promise.all(
      world.answers.map((answer) => probability(policy, world, world.prompt(task), answer)),
    )
    expect(Math.max(...likely)).toBeCloseTo((0.8 * 2) / 3, 3)
    expect(world.answers[likely.indexOf(Math.max(...likely))]).not.toBe(task.answer)
  })

  it('follows a hint, and reasons by composites', async () => {
    const world = quiz()
    const policy = tablePolicy(world.untaught)
    for (const task of world.tasks('train', 20)) {
      const { answer } = task
      const guided = world.prompt(task, world.hint(answer))
      expect(await probability(policy, world, guided, answer)).toBeGreaterThan(0.95)
      const composite = world.composite(task, answer)
      const reasoned = await Promise.all(
        [composite, `${composite} ${answer}`].map((words) =>
          probability(policy, world, world.reasonPrompt(task), words),
        ),
      )
      expect(reasoned[0]).toBeCloseTo(1 / world.answers.length, 1)
      expect(reasoned[1] / reasoned[0]).toBeGreaterThan(0.95)
    }
  })

  it('keeps the form of judgments, confidences and second attempts', async () => {
    const world = quiz()
    const policy = tablePolicy(world.untaught)
    const [task] = world.tasks('train', 1)
    const sum = async (messages: readonly Message[], words: readonly string[]): Promise<number> =>
      (await Promise.all(words.map((word) => probability(policy, world, messages, word)))).reduce(
        (all, value) => all + value,
        0,
      )
    const { answer } = task
    const seen = world.residue(task, answer)
    expect(await sum(world.judgePrompt(task, answer, seen), ['right', 'wrong'])).toBeCloseTo(1, 3)
    expect(await sum(world.confidencePrompt(task, answer), world.confidences)).toBeCloseTo(1, 3)
    const again = world.answers.map((other) => `${answer} refine ${other}`)
    expect(await sum(world.revisePrompt(task), again)).toBeCloseTo(
      (await probability(policy, world, world.revisePrompt(task), answer)) / 2,
      3,
    )
  })

  it('residues tell the truth as often as they are reliable, each draw its own', () => {
    const world = quiz()
    const [task] = world.tasks('train', 1)
    const [wrong] = world.answers.filter((answer) => answer !== task.answer)
    const share = (answer: string, word: string): number =>
      Array.from({ length: 2000 }, (_, draw) => world.residue(task, answer, { draw })).filter(
        (seen) => seen === `${word}:${answer}`,
      ).length / 2000
    expect(share(task.answer, 'fits')).toBeCloseTo(0.9, 1)
    expect(share(wrong, 'off')).toBeCloseTo(0.9, 1)
    expect(world.residue(task, wrong, { reliability: 1 })).toBe(`off:${wrong}`)
    expect(world.residue(task, wrong, { draw: 7 })).toBe(world.residue(task, wrong, { draw: 7 }))
  })

  it('reads a stated confidence', () => {
    const { confidenceOf, confidences } = quiz()
    expect(confidences.map(confidenceOf)).toEqual([0.1, 0.3, 0.5, 0.7, 0.9])
    expect(confidenceOf('a1')).toBeUndefined()
  })

  it.each([
    ['quiz: answers is 3', { answers: 3 }],
    ['quiz: answers is 4.5', { answers: 4.5 }],
    ['quiz: accuracy.hard is 0', { accuracy: { easy: 0.9, middling: 0.5, hard: 0 } }],
    ['quiz: heldOut is 1', { heldOut: 1 }],
  ])('refuses: %s', (message, options) => {
    expect(() => quiz(options)).toThrowError(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(message),
      }),
    )
  })
})

describe('locks', () => {
  it.each([2, 3, 4, 5, 6])('%d dials: each is right as often as asked', async (dials) => {
    const world = locks({ dials, accuracy: 0.25 })
    const policy = tablePolicy(world.untaught)
    expect(world.renderer.vocabularySize).toBeLessThan(100)
    for (const task of world.tasks('train', 20)) {
      const open = await probability(policy, world, world.prompt(task), task.combination.join(' '))
      expect(open).toBeCloseTo(0.9 ** (dials - task.difficulty) * 0.25 ** task.difficulty, 3)
    }
  })

  it('opens with every tip; a critic tips each dial right as often as asked', async () => {
    const world = locks({ insight: 0.6 })
    const policy = tablePolicy(world.untaught)
    for (const task of world.tasks('train', 10)) {
      const solution = task.combination.join(' ')
      const tips = task.combination.map((digit, dial) => world.tip(dial, digit)).join(' ')
      const guided = world.prompt(task, tips)
      expect(await probability(policy, world, guided, solution)).toBeGreaterThan(0.9)
      const advice = world.advicePrompt(task, solution)
      expect(await probability(policy, world, advice, tips)).toBeCloseTo(0.6 ** 4, 3)
      expect(world.tipsIn(`0 ${tips} ${world.miss(1)}`)).toBe(tips)
    }
    expect(world.tipsIn('0 1')).toBe('')
  })

  it('locks differ in how much of them is known', () => {
    const found = locks().tasks('train', 200)
    expect(new Set(found.map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4]))
  })

  it('counts right digits, and pays for the whole', async () => {
    const world = locks({ dials: 2 })
    const [task] = world.tasks('train', 1)
    const [first, second] = task.combination
    const judge = (text: string) => world.verifier({ text, tokens: new Int32Array(0), task })
    expect(await judge(`${first} ${second}`)).toMatchObject({ reward: 1, components: { dials: 1 } })
    expect(await judge(first)).toMatchObject({
      reward: 0,
      valid: false,
      components: { dials: 0.5 },
    })
    expect(await judge(`${first} ${second} 0`)).toMatchObject({ reward: 0, valid: false })
  })

  it.each([
    ['locks: dials is 7', { dials: 7 }],
    ['locks.accuracy is 1', { accuracy: 1 }],
  ])('refuses: %s', (message, options) => {
    expect(() => locks(options)).toThrowError(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(message),
      }),
    )
  })
})

describe('steps', () => {
  const world = steps()
  const tasks = world.tasks('train', 2000)

  it('has chains of 4 to 6 steps, half of them with exactly one error', () => {
    expect(new Set(tasks.map(({ written }) => written.length))).toEqual(new Set([4, 5, 6]))
    const wrong = tasks.filter((task) => world.firstError(task) >= 0)
    expect(wrong.length / tasks.length).toBeCloseTo(0.5, 1)
    for (const task of wrong)
      expect(world.labels(task).filter((isRight) => !isRight)).toHaveLength(1)
  })

  it('labels follow from the words alone, and agree with how a step was rewritten', () => {
    for (const task of tasks)
      expect(world.labels(task)).toEqual(
        task.rewrites.map((kind) => !STEP_ERRORS.includes(kind as (typeof STEP_ERRORS)[number])),
      )
  })

  it('errors are seen as often as asked, harmless rewrites always', () => {
    const expected = { sign: 0.95, carry: 0.85, unit: 0.7, skip: 0.5, premise: 0.3 }
    const [task] = tasks
    const seen = (kind: (typeof STEP_ERRORS)[number] | 'rename' | 'restate'): number =>
      Array.from({ length: 1000 }, (_, draw) =>
        world.rewrite(world.plain(task), 1, kind, draw),
      ).filter(({ tells }) => tells.includes(`1!${kind}`)).length / 1000
    for (const kind of STEP_ERRORS) expect(Math.abs(seen(kind) - expected[kind])).toBeLessThan(0.05)
    expect(seen('rename')).toBe(1)
    expect(seen('restate')).toBe(1)
  })

  it('a rewrite changes one step, and is right again when plain', () => {
    for (const task of tasks.slice(0, 50)) {
      const plain = world.plain(task)
      expect(world.firstError(plain)).toBe(-1)
      expect(plain.tells).toEqual([])
      for (const kind of STEP_ERRORS) {
        const spoilt = world.rewrite(plain, 2, kind)
        expect(world.firstError(spoilt)).toBe(2)
        expect(world.plain(spoilt)).toEqual(plain)
        expect(world.rewrite(spoilt, 2, 'rename')).toMatchObject({ tells: ['2!rename'] })
      }
    }
  })

  it('a judge is asked in few words, and answered for', async () => {
    const policy = tablePolicy(world.untaught)
    for (const task of tasks.slice(0, 30)) {
      expect(world.renderer.start(world.judgePrompt(task)).length).toBeLessThan(40)
      const said = await Promise.all(
        ['none', 'step0', 'step1', 'step2', 'step3', 'step4', 'step5'].map((word) =>
          probability(policy, world, world.judgePrompt(task), word),
        ),
      )
      expect(said.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 3)
      const checked = await Promise.all(
        ['right', 'wrong'].map((word) =>
          probability(policy, world, world.checkPrompt(task, 1), word),
        ),
      )
      expect(checked[0] + checked[1]).toBeCloseTo(1, 3)
    }
    expect(world.rewriteIn('carry')).toBe('carry')
    expect(world.rewriteIn('step0')).toBeUndefined()
    expect(await probability(policy, world, world.rewritePrompt(tasks[0]), 'premise')).toBeCloseTo(
      1 / 7,
      3,
    )
  })

  it('takes right steps in any of their words', async () => {
    const [task] = tasks
    const { written } = world.rewrite(world.plain(task), 0, 'restate')
    const judge = (words: readonly string[]) =>
      world.verifier({ text: words.join(' '), tokens: new Int32Array(0), task })
    expect(await judge(written)).toMatchObject({ reward: 1 })
    expect(await judge(written.slice(1))).toMatchObject({ reward: 0 })
    expect(await judge(world.rewrite(world.plain(task), 0, 'sign').written)).toMatchObject({
      reward: 0,
    })
  })

  it('each step of a solution is right as often as asked', async () => {
    const easy = steps({ accuracy: 0.8 })
    const policy = tablePolicy(easy.untaught)
    for (const task of easy.tasks('train', 20)) {
      const solution = easy.plain(task).written.join(' ')
      expect(await probability(policy, easy, easy.prompt(task), solution)).toBeCloseTo(
        0.8 ** task.operations.length,
        3,
      )
    }
  })
})
