import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { HOSTILE_GOLDS, HOSTILE_RESPONSES } from './hostile-corpus.ts'

/** Processor time of this process: what the machine does besides does not count. */
function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
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

  it('are answered within 50 ms (99th percentile), in bounded memory', () => {
    const times: number[] = []
    const before = process.memoryUsage().heapUsed
    for (const [, response] of HOSTILE_RESPONSES) {
      for (const gold of HOSTILE_GOLDS) {
        const start = processorMilliseconds()
        const { correct } = verifyMath(response, gold)
        times.push(processorMilliseconds() - start)
        expect(correct, `${response.slice(0, 60)} for ${gold}`).toBe(false)
      }
    }
    times.sort((a, b) => a - b)
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(50)
    expect(times[times.length - 1]).toBeLessThan(500)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(400e6)
  }, 60_000)
})
