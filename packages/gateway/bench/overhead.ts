// What the gateway costs on top of sampling: the same generations drawn directly and through
// sessions, in processor time. node --conditions=@icrl/source --import tsx
// packages/gateway/bench/overhead.ts MODEL [SESSIONS] [TOKENS]
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { drawStream } from '@icrl/core'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { createGateway } from '../src/index.ts'
import { clientOf } from '../test/client.ts'

const [, , model, sessions = '64', tokens = '32'] = process.argv
const [count, maxTokens] = [Number(sessions), Number(tokens)]
await selectBackend('native-cpu')
await using policy = await loadLocalPolicy(model)
const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })
const messages = [{ role: 'user' as const, content: 'Tell me about rivers.' }]

/** Seconds of processor time, and tokens, of sessions that all run at once. */
async function measured(run: (session: number) => Promise<number>): Promise<[number, number]> {
  const before = process.cpuUsage()
  const drawn = await Promise.all(Array.from({ length: count }, (_, session) => run(session)))
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1e6, drawn.reduce((sum, one) => sum + one, 0)]
}

const direct = async (session: number): Promise<number> => {
  const key = { seed: 0, domain: 'train', step: 0, task: 'bench', role: 'solver' } as const
  const draws = drawStream({ ...key, session, round: 1, branch: 0, turn: 0 })
  const prompt = renderer.start(messages)
  const { stop } = renderer
  const request = { prompt, maxTokens, temperature: 1, stop, draws }
  return (await policy.sample(request)).tokens.length
}

for (let round = 0; round < 3; round++) {
  const [plain, drawn] = await measured(direct)
  for (const stream of [false, true]) {
    const gateway = createGateway({ policy, renderer, contextLength: 2048 })
    const open = Array.from({ length: count }, () => gateway.open({ task: 'bench' }))
    const [served, answered] = await measured(async (session) => {
      const client = clientOf(gateway, open[session])
      const body = { messages, max_tokens: maxTokens }
      if (stream) await client.events('/v1/chat/completions', body)
      else await client.json('/v1/chat/completions', body)
      return open[session].ledger[0].tokens
    })
    const over = ((served / plain - 1) * 100).toFixed(1)
    const what = stream ? 'in streams' : 'whole'
    console.log(
      `${count} sessions, ${drawn} and ${answered} tokens: ${plain.toFixed(2)} s alone, ${served.toFixed(2)} s ${what} (${over}% more)`,
    )
  }
}
