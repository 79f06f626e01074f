import { textOf, type Attempt, type QuestionTask, type Message } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { criticPrompt } from './critic-prompt.ts'
import { parseCritique } from './parse-critique.ts'
import { solverPrompt } from './solver-prompt.ts'

const task: QuestionTask = { id: 'q1', question: 'What is 2 + 3?', answer: '5' }
const attempt: Attempt = {
  prompt: Int32Array.of(1),
  response: Int32Array.of(2),
  mask: Uint8Array.of(1),
  logprobs: Float32Array.of(-1),
  version: '0',
  finish: 'stop',
  valid: true,
  reward: 0,
  success: false,
  turns: [{ text: 'It is 6.' }],
}
const user = (messages: readonly Message[]): string => textOf(messages[messages.length - 1])

describe('solverPrompt', () => {
  it('shows the question and, on a retry, the advice', () => {
    expect(user(solverPrompt()(task))).toBe('## Task\nWhat is 2 + 3?')
    expect(user(solverPrompt()(task, '- Count on your fingers.'))).toContain(
      '- Count on your fingers.',
    )
  })

  it.each(['', '  \n'])('leaves the section out where the advice is %j', (critique) =>
    expect(solverPrompt()(task, critique)).toEqual(solverPrompt()(task)),
  )

  it('differs by nothing but that section', () => {
    const free = solverPrompt()(task)
    const guided = solverPrompt()(task, 'tip')
    expect(guided[0]).toEqual(free[0])
    expect(user(guided).startsWith(user(free))).toBe(true)
  })

  it('never shows the answer', () =>
    expect(JSON.stringify(solverPrompt()(task))).not.toContain('5'))

  it('takes any task and instructions', () => {
    const prompt = solverPrompt<{ id: string; goal: string }>({
      instructions: 'Act.',
      describe: ({ goal }) => goal,
    })
    expect(prompt({ id: 'x', goal: 'Find the key.' })).toEqual([
      { role: 'system', content: 'Act.' },
      { role: 'user', content: '## Task\nFind the key.' },
    ])
  })
})

describe('criticPrompt', () => {
  it('shows the task, the attempt and how it ended', () => {
    const text = user(criticPrompt()(task, attempt))
    for (const part of ['What is 2 + 3?', 'It is 6.', 'It failed.']) expect(text).toContain(part)
  })

  it('never shows the reference answer', () =>
    expect(user(criticPrompt()(task, attempt))).not.toContain('5'))

  it.each([
    [{ reward: 1, success: true }, 'It succeeded.'],
    [{ reward: 3.7, success: true }, 'It succeeded.'],
    [{ reward: 3.7 }, 'It failed, with a score of 3.7.'],
    [{ reward: -1 }, 'It failed, with a score of -1.'],
    [{ reward: 0.4 }, 'It failed, with a score of 0.4 out of 1.'],
    [{ finish: 'length' as const }, 'It failed. It was cut off at its length limit.'],
  ])('%j', (change, ending) =>
    expect(user(criticPrompt()(task, { ...attempt, ...change }))).toContain(ending),
  )

  it('shows what an environment said of the task, and bounds it', () => {
    const start = { task: 'Put a mug in the sink.', observation: 'You see a shelf 1.' }
    const text = user(criticPrompt<{ id: string }>()({ id: 'train-7' }, { ...attempt, start }))
    expect(text).toContain(
      '## Task\nPut a mug in the sink.\n\n## What was seen first\nYou see a shelf 1.\n\n## The attempt',
    )
    expect(text).not.toContain('train-7')
    const endless = { task: 'x'.repeat(1e6), observation: 'y'.repeat(1e6) }
    expect(user(criticPrompt()(task, { ...attempt, start: endless })).length).toBeLessThan(9000)
  })

  it('shows no empty first observation, and leaves the words to `describe` where it is given', () => {
    const start = { task: 'Put a mug in the sink.', observation: '' }
    expect(user(criticPrompt()(task, { ...attempt, start }))).not.toContain('seen first')
    expect(
      user(
        criticPrompt({ describe: (_, attempted) => `Goal: ${attempted.start?.task}` })(task, {
          ...attempt,
          start,
        }),
      ),
    ).toContain('## Task\nGoal: Put a mug in the sink.\n')
  })

  it('hides the outcome where nobody knows it', () => {
    expect(user(criticPrompt({ outcome: () => undefined })(task, attempt))).not.toContain(
      'How it ended',
    )
  })

  it('asks for the form parseCritique reads', () => {
    const [message] = criticPrompt()(task, attempt)
    expect(parseCritique(textOf(message))).toMatchObject({
      tips: ['first tip', 'second tip'],
      valid: true,
    })
  })
})
