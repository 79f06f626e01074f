import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import type * as budget from '../src/budget.ts'
import type { Budget } from '../src/budget.ts'
import { verifyMath } from '../src/verify-math.ts'
import { HOSTILE_GOLDS, HOSTILE_RESPONSES } from './hostile-corpus.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The budgets of arithmetic that verdicts were given. */
const budgets = vi.hoisted(() => [] as Budget[])
vi.mock('../src/budget.ts', async (importOriginal) => {
  const original = await importOriginal<typeof budget>()
  return {
    ...original,
    newBudget: (...given: Parameters<typeof original.newBudget>) => {
      budgets.push(original.newBudget(...given))
      return budgets.at(-1)
    },
  }
})

/** Processor time of this process: what the machine does besides does not count. */
function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Bytes of objects in use: garbage, which depends on the moment, does not count. */
function reachableBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe('hostile responses', () => {
  it.each(HOSTILE_RESPONSES)(
    '%s is no answer, on either side, strict or lenient',
    (_, response) => {
      for (const gold of HOSTILE_GOLDS.slice(0, 2))
        expect(verifyMath(response, gold, { mode: 'lenient' }).correct, gold).toBe(false)
      expect(verifyMath('17', response).correct).toBe(false)
    },
  )

  it('are answered with bounded work, and nothing is kept of them', () => {
    const times: number[] = []
    let mostBudgets = 0
    const before = reachableBytes()
    for (const [name, response] of HOSTILE_RESPONSES) {
      for (const gold of HOSTILE_GOLDS) {
        budgets.length = 0
        const start = processorMilliseconds()
        const { correct } = verifyMath(response, gold)
        times.push(processorMilliseconds() - start)
        expect(correct, `${name} for ${gold}`).toBe(false)
        mostBudgets = Math.max(mostBudgets, budgets.length)
      }
    }
    // An answer is read with a decimal point and with a decimal comma, as a whole and behind the
    // letter of a choice: each reading has one budget.
    expect(mostBudgets).toBeGreaterThan(0)
    expect(mostBudgets).toBeLessThanOrEqual(4)
    budgets.length = 0
    times.sort((a, b) => a - b)
    // What no budget counts (reading, regular expressions) takes 50 ms at most where the machine is
    // idle. The margin of ten is for one that is not; a pattern that goes back over a text of this
    // length for each of its characters would take minutes.
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(500)
    expect(times[times.length - 1]).toBeLessThan(5000)
    expect(reachableBytes() - before).toBeLessThan(8e6)
  })
})
