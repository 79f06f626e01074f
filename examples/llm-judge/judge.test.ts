import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { createGateway } from '@icrl/gateway'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { listen } from '@icrl/serve'
import { expect, it, vi } from 'vitest'

const MODEL = `${import.meta.dirname}/../quickstart/model`

it('scores an answer by what a served model says', { timeout: 120_000 }, async () => {
  await selectBackend('auto')
  await using policy = await loadLocalPolicy(MODEL)
  const renderer = chatRenderer({ tokenizer: await loadTokenizer(MODEL) })
  const gateway = createGateway({ policy, renderer, contextLength: policy.config.contextLength })
  const server = await listen(gateway.fetch.bind(gateway), { isGuarded: true })
  vi.stubEnv('JUDGE_URL', `${server.urls[0]}/v1`)
  vi.stubEnv('JUDGE_KEY', gateway.token)
  try {
    const { judge, judged, scoreOf } = await import('./judge.ts')
    const task = { id: 'a', question: 'start three apply nudge graft bend fold mend', answer: 'x' }
    const asked = [{ role: 'user', content: task.question }] as const
    const { text } = await judge.complete(asked, { maxTokens: 6, temperature: 0 })
    const words = text.split(' ')
    expect(words.length).toBeGreaterThan(1)
    expect(await scoreOf(task, text)).toBe(1)
    expect(await scoreOf(task, words.slice(0, -1).join(' '))).toBeCloseTo(1 - 1 / words.length)
    expect(await scoreOf(task, 'nothing')).toBe(0)
    const verdict = await judged({ text, tokens: new Int32Array(), task })
    expect(verdict).toEqual({ reward: 1, valid: true, success: false })
  } finally {
    vi.unstubAllEnvs()
    await server.close()
  }
})
