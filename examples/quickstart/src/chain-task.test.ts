import { randomStream, textOf } from '@icrl/core'
import { testVerifier } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import {
  applyOperator,
  chainTasks,
  chainVerifier,
  isHard,
  misapplied,
  parseTips,
  parseTrace,
  RULES,
  solveChain,
  writeTrace,
} from './chain-task.ts'
import { criticDemonstration, soloDemonstration, tippedDemonstration } from './teacher.ts'
import { NUMBERS, OPERATORS, VOCABULARY } from './vocabulary.ts'

const tasks = chainTasks('test', 400)

describe('the operator chain', () => {
  it('has invertible rules and a misconception that is always wrong', () => {
    for (let k = 0; k < OPERATORS.length; k++) {
      const images = NUMBERS.map((_, value) => applyOperator(k, value, true))
      expect(new Set(images).size).toBe(20)
      expect(RULES[k].slip % 20).not.toBe(0)
      NUMBERS.forEach((_, value) => expect(applyOperator(k, value, false)).not.toBe(images[value]))
    }
  })

  it('mixes 15% easy questions with 85% of five distinct hard operators', () => {
    const hard = tasks.filter(({ operators }) => operators.every(isHard))
    expect(hard.length / tasks.length).toBeGreaterThan(0.8)
    expect(hard.length / tasks.length).toBeLessThan(0.9)
    for (const { operators } of hard) expect(new Set(operators).size).toBe(5)
    for (const task of tasks)
      expect(task.operators.every(isHard) || !task.operators.some(isHard)).toBe(true)
  })

  it('keeps training and test questions apart and is the same each time', () => {
    const questions = (split: 'train' | 'test'): string[] =>
      chainTasks(split, 2000).map(({ start, operators }) => [start, ...operators].join())
    const train = new Set(questions('train'))
    expect(questions('test').some((question) => train.has(question))).toBe(false)
    expect(chainTasks('test', 400)).toEqual(tasks)
  })

  it('finds the misapplied places from the trace alone', () => {
    const [task] = tasks
    const trace = solveChain(task)
    expect(misapplied(task, trace)).toEqual([false, false, false, false, false])
    const slipped = [...trace.slice(0, 2), (trace[2] + 1) % 20, ...trace.slice(3)]
    expect(misapplied(task, slipped).slice(0, 3)).toEqual([false, false, true])
  })

  it('reads what it writes, and nothing else', () => {
    const trace = solveChain(tasks[0])
    expect(parseTrace(writeTrace(trace))).toEqual(trace)
    expect(parseTrace(`${writeTrace(trace)} one`)).toBeUndefined()
    expect(parseTrace('bend bend bend bend bend')).toBeUndefined()
    expect(parseTips('bend one carve')).toEqual({ critique: 'bend carve', valid: true })
    expect(parseTips('one two')).toEqual({ critique: '', valid: false })
  })

  const right = writeTrace(solveChain(tasks[0]))
  const lucky = writeTrace([0, 0, 0, 0, solveChain(tasks[0])[4]])
  for (const { name, run } of testVerifier(chainVerifier(), {
    cases: [
      { task: tasks[0], text: right, reward: 1 },
      { task: tasks[0], text: lucky, reward: 0 },
    ],
  }))
    it(`verifier: ${name}`, run)
  it('the final checker forgives the way there', async () => {
    expect(
      await chainVerifier('final')({ text: lucky, tokens: new Int32Array(0), task: tasks[0] }),
    ).toEqual({ reward: 1, valid: true })
  })
})

describe('the teacher', () => {
  const demonstrations = [soloDemonstration, tippedDemonstration, criticDemonstration].flatMap(
    (make) => Array.from({ length: 300 }, (_, i) => make(randomStream(0, make.name, i))),
  )

  it('writes words of the vocabulary only, under 40 tokens', () => {
    for (const { messages, answer } of demonstrations) {
      const text = [...messages.map(textOf), answer].join(' ').split(/\s+/).filter(Boolean)
      for (const word of text) expect(VOCABULARY).toContain(word)
      expect(text.length).toBeLessThan(36)
    }
  })

  it('is right on hard operators about one time in twenty without a tip', () => {
    let hard = 0
    let right = 0
    for (const { messages, answer } of demonstrations.slice(0, 300)) {
      const words = textOf(messages[0]).split(' ')
      const task = {
        id: '',
        start: NUMBERS.indexOf(words[1]),
        operators: words.slice(3).map((word) => OPERATORS.indexOf(word)),
      }
      misapplied(task, parseTrace(answer)!).forEach((wrong, i) => {
        if (!isHard(task.operators[i])) return
        hard++
        if (!wrong) right++
      })
    }
    expect(right / hard).toBeGreaterThan(0.02)
    expect(right / hard).toBeLessThan(0.09)
  })
})
