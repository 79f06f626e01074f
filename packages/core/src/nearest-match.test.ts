import { expect, it } from 'vitest'
import { nearestMatch } from './nearest-match.ts'

it('finds the word that is meant, and none where nothing is near', () => {
  const known = ['tasksPerStep', 'sessionsPerTask', 'seed', 'by']
  expect(nearestMatch('taskPerStep', known)).toBe('tasksPerStep')
  expect(nearestMatch('TASKSPERSTEP', known)).toBe('tasksPerStep')
  expect(nearestMatch('sede', known)).toBe('seed')
  expect(nearestMatch('concurrency', known)).toBeUndefined()
  expect(nearestMatch('seed', [])).toBeUndefined()
  expect(nearestMatch('', ['a', 'four'])).toBe('a')
})
