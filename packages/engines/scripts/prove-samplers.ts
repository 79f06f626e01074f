/**
 * Proves a vLLM or SGLang server as the sampler of a policy that learns here, on the server and the
 * model that will be used: every check is made against it, and nothing is assumed. With --help it says
 * how it is called.
 */
import { parseArgs } from 'node:util'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { type Generation, type Policy, randomStream, type SampleRequest } from '@icrl/core'
import { type RemoteSampler, sampledBy, sglangSampler, vllmSampler } from '../src/index.ts'

const USAGE = `node --conditions=@icrl/source --import tsx packages/engines/scripts/prove-samplers.ts \\
  --engine vllm --url http://gpu:8000 --model Qwen/Qwen3-0.6B \\
  --folder models/Qwen3-0.6B --adapters /shared/adapters

  --engine           vllm or sglang
  --url              repeat it for several replicas
  --model            what the server calls the model
  --folder           the same model here, a Hugging Face folder (icrl download brings it)
  --adapters         a folder that the server sees, too
  --adapters-there   the same folder as the server sees it (default: as here)
  --rank             of the adapter (default: 8)
  --tokens           of a generation (default: 64)

Start vLLM with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, --enable-lora, --max-lora-rank of the rank or
more, --max-loras 4 and --logprobs-mode processed_logprobs; SGLang with --enable-lora, --max-lora-rank,
--lora-target-modules all and --max-loras-per-batch 4.

Prints a table; exit code 1 if a check failed, 2 if it was called wrong. Learns three steps of one
sequence here, so it needs the memory of the model's weights and a little more.`

/** What is proven, and where. */
export interface ProofOptions {
  readonly engine: 'vllm' | 'sglang'
  readonly url: readonly string[]
  readonly model: string
  readonly folder: string
  readonly adapters: string
  readonly adaptersThere?: string
  readonly rank: number
  readonly tokens: number
}

/** One line of the table. */
export interface Check {
  readonly name: string
  readonly holds: boolean
  readonly found: string
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Makes every check; a later one is not made where an earlier one leaves it no ground. */
export async function proveSampler(
  { engine, url, model, folder, adapters, adaptersThere, rank, tokens }: ProofOptions,
  say: (check: Check) => void,
): Promise<void> {
  const open = { vllm: vllmSampler, sglang: sglangSampler }[engine]
  const sampler: RemoteSampler = await open({ url, model, retries: 2 })
  say({ name: 'serves the model', holds: true, found: sampler.replicas.join(', ') })
  say({ name: 'log-probabilities', holds: true, found: sampler.logprobs })
  const prompts = [
    [1, 2, 3],
    [10, 7, 9],
    [5, 5, 6, 2],
  ]
  const requests = prompts.map((prompt, i): SampleRequest => ({
    prompt: Int32Array.from(prompt),
    maxTokens: tokens,
    temperature: 1,
    stop: [],
    draws: randomStream(i, 'proof'),
  }))
  const local = await loadLocalPolicy(folder, { adapter: { rank } })
  await using policy = await sampledBy(local, { sampler, adapters, adaptersThere })
  say({ name: 'takes an adapter, and is the same model', holds: true, found: policy.version })

  const sampled = (from: Pick<Policy, 'sample'>): Promise<Generation[]> =>
    Promise.all(requests.map((request) => from.sample(request)))
  const gapsOf = async (
    scorer: Pick<Policy, 'score'>,
    found: readonly Generation[],
  ): Promise<number[]> => {
    const items = found.map(({ tokens: response }, i) => ({
      prompt: requests[i].prompt,
      response,
      temperature: 1,
    }))
    const scores = await scorer.score(items)
    return found.flatMap(({ logprobs }, i) =>
      Array.from(logprobs, (value, t) => Math.abs(value - scores[i].logprobs[t])),
    )
  }
  const began = performance.now()
  const first = await sampled(policy)
  const drawn = first.reduce((sum, one) => sum + one.tokens.length, 0)
  const rate = drawn / ((performance.now() - began) / 1000)
  say({
    name: 'draws as many ids as asked',
    holds: drawn === tokens * requests.length,
    found: `${drawn} ids, ${rate.toFixed(0)} per second`,
  })
  const gaps = await gapsOf(policy, first)
  say({
    name: 'says what the trainer says of them',
    holds: mean(gaps) < 0.1,
    found: `mean |Δ| ${mean(gaps).toExponential(1)}, largest ${Math.max(...gaps).toExponential(1)} nats`,
  })
  const again = await sampled(policy)
  const isSame = again.every((one, i) => one.tokens.join() === first[i].tokens.join())
  // No promise of a server: batches change its rounding. Told, not required.
  say({
    name: 'the same seed, the same ids',
    holds: true,
    found: isSame ? 'yes' : 'no: runs do not repeat',
  })

  await using old = await policy.snapshot()
  const target = first[0].tokens
  const item = { prompt: requests[0].prompt, response: target, temperature: 1 }
  for (let i = 0; i < 3; i++) {
    const slope = new Float32Array(target.length).fill(-1 / target.length)
    await policy.accumulate([item], () => [{ logprobs: slope }])
    await policy.step({ learningRate: 5e-3 })
  }
  const [[before], [after]] = [await old.score([item]), await policy.score([item])]
  const moved = mean(Array.from(after.logprobs, (value, t) => Math.abs(value - before.logprobs[t])))
  const later = await sampled(policy)
  const [toNew, toOld] = [mean(await gapsOf(policy, later)), mean(await gapsOf(old, later))]
  say({
    name: 'draws from the new weights after a step',
    holds: toNew < toOld / 2,
    found: `the step moved ${moved.toExponential(1)}; now ${toNew.toExponential(1)} from the new, ${toOld.toExponential(1)} from the old`,
  })
  const earlier = await sampled(old)
  const [oldToOld, oldToNew] = [
    mean(await gapsOf(old, earlier)),
    mean(await gapsOf(policy, earlier)),
  ]
  say({
    name: 'keeps the version of a snapshot beside it',
    holds: oldToOld < oldToNew / 2,
    found: `${oldToOld.toExponential(1)} from the old, ${oldToNew.toExponential(1)} from the new`,
  })
}

function optionsOf(argv: string[]): ProofOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      engine: { type: 'string' },
      url: { type: 'string', multiple: true },
      model: { type: 'string' },
      folder: { type: 'string' },
      adapters: { type: 'string' },
      'adapters-there': { type: 'string' },
      rank: { type: 'string', default: '8' },
      tokens: { type: 'string', default: '64' },
    },
  })
  const { engine, url, model, folder, adapters } = values
  if ((engine !== 'vllm' && engine !== 'sglang') || !url || !model || !folder || !adapters)
    throw new TypeError('Give --engine vllm or sglang, --url, --model, --folder and --adapters.')
  const count = (name: 'rank' | 'tokens'): number => {
    const value = Number(values[name])
    if (Number.isSafeInteger(value) && value > 0) return value
    throw new TypeError(`--${name} is ${values[name]}: give a whole number above 0.`)
  }
  return {
    engine,
    url,
    model,
    folder,
    adapters,
    adaptersThere: values['adapters-there'],
    rank: count('rank'),
    tokens: count('tokens'),
  }
}

/** Proves what the arguments name; the exit code. */
export async function main(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(USAGE)
    return 0
  }
  let options: ProofOptions
  try {
    options = optionsOf(argv)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  await selectBackend('auto')
  let failures = 0
  const say = ({ name, holds, found }: Check): void => {
    if (!holds) failures++
    console.log(`${holds ? 'ok    ' : 'FAILED'}  ${name.padEnd(42)}  ${found}`)
  }
  try {
    await proveSampler(options, say)
  } catch (error) {
    say({
      name: 'the rest',
      holds: false,
      found: error instanceof Error ? error.message : String(error),
    })
  }
  console.log(failures === 0 ? 'proven' : `${failures} failed`)
  return failures === 0 ? 0 : 1
}

if (process.argv[1]?.endsWith('prove-samplers.ts'))
  process.exitCode = await main(process.argv.slice(2))
