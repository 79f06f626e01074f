// What the gateway costs on top of sampling, in processor time: generations are drawn directly, and
// then served once more through sessions by a sampler that has them already.
// node --conditions=@icrl/source --import tsx packages/gateway/bench/overhead.ts MODEL [SESSIONS] [TOKENS]
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { drawStream, type Generation, type Sampler } from '@icrl/core'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { createGateway } from '../src/index.ts'
import { clientOf } from '../test/client.ts'

const [, , model, sessions = '256', tokens = '32'] = process.argv
const [count, maxTokens] = [Number(sessions), Number(tokens)]
await selectBackend('native-cpu')
await using policy = await loadLocalPolicy(model)
const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })
const messages = [{ role: 'user' as const, content: 'Tell me about rivers.' }]
const { stop } = renderer

/** Seconds of processor time that sessions take which all run at once. */
async function measured<T>(run: (session: number) => Promise<T>): Promise<[number, T[]]> {
  const before = process.cpuUsage()
  const results = await Promise.all(Array.from({ length: count }, (_, session) => run(session)))
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1e6, results]
}

function drawn(session: number): Promise<Generation> {
  const key = { seed: 0, domain: 'train', step: 0, task: 'bench', role: 'solver' } as const
  const draws = drawStream({ ...key, session, round: 1, branch: 0, turn: 0 })
  return policy.sample({ prompt: renderer.start(messages), maxTokens, temperature: 1, stop, draws })
}

/** Says what was drawn, token by token, in the order of the calls. */
function replayed(generations: readonly Generation[]): Sampler {
  let call = 0
  return {
    async sample({ onToken }) {
      const generation = generations[call++ % count]
      for (const [t, token] of generation.tokens.entries()) {
        onToken?.(token, generation.logprobs[t])
        await Promise.resolve()
      }
      return generation
    },
  }
}

const [sampling, generations] = await measured(drawn)
const total = generations.reduce((sum, generation) => sum + generation.tokens.length, 0)
console.log(`${count} sessions, ${total} tokens: ${sampling.toFixed(2)} s of sampling`)
for (const stream of [false, true])
  for (let round = 0; round < 3; round++) {
    const sampler = replayed(generations)
    const gateway = createGateway({ policy: sampler, renderer, contextLength: 2048 })
    const open = Array.from({ length: count }, () => gateway.open({ task: 'bench' }))
    const [serving] = await measured(async (session) => {
      const client = clientOf(gateway, open[session])
      const body = { messages, max_tokens: maxTokens }
      if (stream) await client.events('/v1/chat/completions', body)
      else await client.json('/v1/chat/completions', body)
    })
    const share = ((serving / sampling) * 100).toFixed(1)
    console.log(
      `${stream ? 'in streams' : 'whole'}, client included: ${serving.toFixed(3)} s (${share}%)`,
    )
  }
