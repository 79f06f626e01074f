import { expect, it, vi } from 'vitest'
import { bindings, tasks } from '../test/arithmetic.ts'
import { scriptedSampler } from '../test/scripted-sampler.ts'
import { wordRenderer } from '../test/word-renderer.ts'
import { runSessions } from './index.ts'
import { PromptGrown } from './prompt-grown.ts'

const options = { code: 'context-exceeded', remedy: 'Shorten it.' } as const

/** Runs one session whose protocol throws before it has a reply. */
function runThrowing(error: Error): ReturnType<typeof runSessions> {
  const renderer = wordRenderer()
  const sampler = scriptedSampler(renderer, () => 'it is 1')
  return runSessions({
    // oxlint-disable-next-line require-yield
    async *protocol() {
      throw error
    },
    tasks: tasks(1),
    sessions: 1,
    samplers: { solver: sampler, critic: sampler },
    bindings: bindings(renderer),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
}

it('a prompt that grew fails its session alone, whichever copy of the package says so', async () => {
  vi.resetModules()
  const other = await import('./prompt-grown.ts')
  const theirs = new other.PromptGrown('too long.', options)
  expect(theirs).not.toBeInstanceOf(PromptGrown)
  for (const error of [theirs, new PromptGrown('too long.', options)]) {
    const [{ failure }] = await runThrowing(error)
    expect(failure?.reason).toBe('too long. Shorten it.')
  }
})

it('a first prompt that does not fit stops the run', async () => {
  const { IcrlError } = await import('@icrl/core')
  await expect(runThrowing(new IcrlError('too long.', options))).rejects.toThrow('too long.')
})
