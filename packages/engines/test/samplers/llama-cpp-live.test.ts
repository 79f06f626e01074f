/**
 * llama.cpp's own server with the very weights of a model here, as a GGUF file: what it says of its
 * tokens beside what the local engine says of them. Runs with `ICRL_FULL`, where
 * `tools/openai-server.sh` of the folder that `ICRL_SHARED` names has installed the server, and
 * SmolLM2-135M lies in the user's cache.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { convertToGguf, loadSnapshot, selectBackend } from '@icrl/backbone'
import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { llamaCppSampler } from '../../src/index.ts'

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const model = process.env.ICRL_SMOLLM2 ?? join(cache, 'icrl-models/smollm2')
const script = join(
  process.env.ICRL_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url)),
  'tools/openai-server.sh',
)
const missing = [
  script,
  join(cache, 'icrl-engines/openai/.installed'),
  join(model, 'config.json'),
].filter((path) => !existsSync(path))
const isFull = process.env.ICRL_FULL !== undefined
const why = isFull ? `there is no ${missing.join(' and no ')}` : 'ICRL_FULL is not set'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serve(gguf: string): Promise<AsyncDisposable & { readonly url: string }> {
  const port = String(await freePort())
  const options = ['--port', port, '--threads', '1', '--model', gguf, '--name', 'smollm2']
  const server = spawn('bash', [script, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  for await (const line of createInterface({ input: server.stdout })) {
    const ready = /^READY (\S+)/.exec(line)
    if (!ready) continue
    const stop = async (): Promise<void> => {
      server.kill()
      await ended
    }
    return { url: ready[1], [Symbol.asyncDispose]: stop }
  }
  throw new Error('the server ended before it was ready')
}

describe.skipIf(!isFull || missing.length > 0)(
  `llama.cpp’s server${isFull && missing.length === 0 ? '' : ` (skipped: ${why})`}`,
  () => {
    it('says of its tokens what the local engine says of them', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'icrl-llama-'))
      try {
        const gguf = join(folder, 'smollm2.gguf')
        await convertToGguf(model, gguf)
        await using server = await serve(gguf)
        const sampler = await llamaCppSampler({ url: server.url, model: 'smollm2' })
        expect(sampler.logprobs).toBe('raw')
        await selectBackend('auto')
        await using local = await loadSnapshot(model, { weights: 'bf16' })
        const prompt = Int32Array.of(504, 3575, 282, 4649, 314)
        const gaps: number[] = []
        for (let i = 0; i < 3; i++) {
          const draws = randomStream(i, 'live')
          const request = { prompt, maxTokens: 16, temperature: 1, stop: [0, 2], draws }
          const { tokens, logprobs, finish } = await sampler.sample(request)
          expect(finish).toBe([0, 2].includes(tokens.at(-1)!) ? 'stop' : 'length')
          const [scored] = await local.score([{ prompt, response: tokens, temperature: 1 }])
          gaps.push(...logprobs.map((value, t) => Math.abs(value - scored.logprobs[t])))
        }
        const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
        console.log(
          `llama.cpp beside the local engine: mean |Δ| ${mean}, largest ${Math.max(...gaps)}`,
        )
        expect(mean).toBeLessThan(0.05)
        await expect(
          sampler.sample({
            prompt,
            maxTokens: 4,
            temperature: 0.5,
            stop: [2],
            draws: randomStream(0, 'x'),
          }),
        ).rejects.toMatchObject({ code: 'unsupported' })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }, 300_000)
  },
)
