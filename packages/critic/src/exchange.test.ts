import type { Attempt, QuestionTask } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adviseByExchange, exchangeCriticPrompt, exchangeLine, parseExchange } from './exchange.ts'
import { solverPrompt } from './solver-prompt.ts'

const task: QuestionTask = { id: 'd', question: 'May 2, 1954', answer: '1954-05-02' }
const failed = { turns: [{ text: 'May the second.' }] } as unknown as Attempt
const hint = 'March 4, 1987 => 1987-03-04'

describe('parseExchange', () => {
  it.each([
    [hint, hint, true],
    ['  a=>b  \nmore', 'a => b', true],
    ['a => b => c', 'a => b => c', true],
    ['Try year first.', '', false],
    ['=> 1987-03-04', '', false],
    ['March 4, 1987 =>', '', false],
    ['', '', false],
    ['nothing\na => b', '', false],
  ])('%j', (text, critique, valid) => expect(parseExchange(text)).toEqual({ critique, valid }))

  it('reads what exchangeLine writes', () => {
    const words = fc
      .string({ minLength: 1 })
      .map((text) => text.replaceAll(/[\n\r]|=>/g, '').trim())
      .filter((text) => text !== '' && !text.endsWith('='))
    fc.assert(
      fc.property(words, words, (question, answer) => {
        const line = exchangeLine({ question, answer })
        expect(parseExchange(line)).toEqual({ critique: line, valid: true })
      }),
    )
  })
})

describe('adviseByExchange', () => {
  const prompt = solverPrompt({ instructions: 'Write the date.', advise: adviseByExchange })
  const free = prompt(task)

  it('puts the exchange before the question, and nothing else', () => {
    expect(prompt(task, hint)).toEqual([
      free[0],
      { role: 'user', content: 'March 4, 1987' },
      { role: 'assistant', content: '1987-03-04' },
      free[1],
    ])
  })

  it('leaves the conversation as it is where there is no exchange', () => {
    expect(prompt(task, 'Year first.')).toEqual(free)
    expect(prompt(task, ' \n')).toEqual(free)
  })
})

describe('exchangeCriticPrompt', () => {
  const options = {
    feedback: () => `wrong. A right one: ${hint}`,
    shown: {
      question: 'June 9, 2001',
      feedback: 'wrong. A right one: April 1, 1990 => 1990-04-01',
      critique: { question: 'April 1, 1990', answer: '1990-04-01' },
    },
  }

  it('shows the form once, then the question and what the checker said', () => {
    expect(exchangeCriticPrompt(options)(task, failed).slice(1)).toEqual([
      {
        role: 'user',
        content: `Question: June 9, 2001\nChecker: ${options.shown.feedback}`,
      },
      { role: 'assistant', content: 'April 1, 1990 => 1990-04-01' },
      { role: 'user', content: `Question: May 2, 1954\nChecker: wrong. A right one: ${hint}` },
    ])
  })

  it('shows the attempt only where it is asked for, and then in the example, too', () => {
    const said = (prompt: ReturnType<typeof exchangeCriticPrompt>): string[] =>
      prompt(task, failed).map(({ content }) => String(content))
    expect(said(exchangeCriticPrompt(options)).join()).not.toContain('Answer:')
    const seen = said(exchangeCriticPrompt({ ...options, summarize: ({ turns }) => turns[0].text }))
    expect(seen[1]).toContain('\nAnswer: I do not know.\n')
    expect(seen[3]).toContain('\nAnswer: May the second.\n')
  })

  it('never shows the reference answer', () =>
    expect(JSON.stringify(exchangeCriticPrompt(options)(task, failed))).not.toContain(task.answer))
})
