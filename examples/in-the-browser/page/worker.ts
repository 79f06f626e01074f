/** Trains off the page's own thread, on the `wasm` backend of TensorFlow.js. */
import { registerWasmKernels } from '@icrl/tfjs-ops'
import '@tensorflow/tfjs-backend-wasm'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { env, setBackend } from '@tensorflow/tfjs-core'
import { trainChain, type ChainModel } from '../src/train-chain.ts'
import type { Reply, Request } from './messages.ts'

// Safari has not these two symbols.
for (const name of ['dispose', 'asyncDispose'])
  (Symbol as unknown as Record<string, symbol>)[name] ??= Symbol.for(`Symbol.${name}`)

let stop = new AbortController()
const reply = (message: Reply): void => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'stop') return stop.abort()
  stop = new AbortController()
  start(data, stop.signal).catch((error: unknown) =>
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  )
})

async function start(
  { critique, seed, steps, questions }: Request & { kind: 'start' },
  signal: AbortSignal,
): Promise<void> {
  await useWasm()
  const run = await trainChain({
    model: await fetchModel(),
    critique,
    seed,
    steps,
    questions,
    signal,
    onPoint: (point) => reply({ kind: 'point', point }),
    onStep: (figures) => reply({ kind: 'step', figures }),
  })
  reply({ kind: 'done', run })
}

/** One thread, as in Node: the page needs no headers that allow more. */
async function useWasm(): Promise<void> {
  registerWasmKernels()
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  setWasmPaths(beside('.'))
  if (!(await setBackend('wasm')))
    throw new Error('This browser runs no WebAssembly with SIMD instructions; a newer one does.')
}

async function fetchModel(): Promise<ChainModel> {
  const json = async (name: string): Promise<Record<string, unknown>> =>
    (await fetched(name)).json()
  const [config, tokenizer, tokenizerConfig, weights] = await Promise.all([
    json('config.json'),
    json('tokenizer.json'),
    json('tokenizer_config.json'),
    fetched('model.safetensors').then((response) => response.arrayBuffer()),
  ])
  return { config, tokenizer, tokenizerConfig, weights: new Uint8Array(weights) }
}

async function fetched(name: string): Promise<Response> {
  const response = await fetch(beside(`model/${name}`))
  if (response.ok) return response
  throw new Error(`model/${name} cannot be fetched (${response.status}).`)
}

const beside = (name: string): string => new URL(name, import.meta.url).href
