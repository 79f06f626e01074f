import { expect, it, vi } from 'vitest'
import type { ResponseAdvantage } from './group-advantage.ts'

const rewarded = (...tasks: string[]): Parameters<ResponseAdvantage>[0] =>
  tasks.map((task, session) => ({
    id: `${task}/${session}`,
    keys: { task, role: 'solver', session, round: 1, branch: 0 },
    reward: session,
  }))

it('groups of one, which teach nothing, are said once', async () => {
  vi.resetModules()
  const { groupAdvantage, groupBy, meanStd, noBaseline } = await import('./index.ts')
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const rule = groupAdvantage({ by: groupBy('task'), baseline: meanStd() })
  rule(rewarded('a', 'a', 'b'))
  groupAdvantage({ by: groupBy('task'), baseline: noBaseline() })(rewarded('a', 'b'))
  rule([])
  expect(warn).not.toHaveBeenCalled()
  expect(rule(rewarded('a', 'b'))).toEqual([0, 0])
  expect(rule(rewarded('c', 'd'))).toEqual([0, 0])
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/one sample.*more sessions/))
  warn.mockRestore()
})
