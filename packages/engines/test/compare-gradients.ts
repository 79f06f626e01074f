import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy } from '@icrl/backbone'
import { type LossSlopes, type PassItem, type Policy, randomStream } from '@icrl/core'
import type { TinkerPolicy } from '../src/index.ts'

/**
 * AdamW with an epsilon so large that a step is −learningRate/epsilon · gradient: what moved is the
 * gradient itself, parameter by parameter.
 */
export const PLAIN = { beta1: 0, beta2: 0, epsilon: 1e6 }
const RATE = { learningRate: 2e4 }

/** How far an engine's gradient is from the local engine's on the same weights. */
export interface Comparison {
  /** Largest difference of log-probabilities, nats. */
  readonly logprobs: number
  /** Of the norms, relative. */
  readonly norm: number
  /** ‖remote − local‖ / ‖local‖ over all parameters of the adapter. */
  readonly gradient: number
  readonly parameters: number
  /** Tensors that are another's copy on the server. */
  readonly tied: number
}

/**
 * Trains one step on a server, takes the adapter over as a PEFT folder, and makes a second step on
 * both engines, by slopes that no named loss has: of both signs, one per token.
 *
 * SkyRL's JAX backend has one first matrix for the query, key and value of a layer, and one for both
 * projections into its MLP; its archive repeats it. Tensors that are copies of each other therefore
 * count as one parameter here, whose gradient is the sum of those that it has on the local engine.
 *
 * @param policy made with the optimizer {@link PLAIN}
 * @param base the Hugging Face folder of the model that it serves
 */
export async function compareGradients(
  policy: TinkerPolicy,
  base: string,
  vocabularySize: number,
): Promise<Comparison> {
  const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-gradient-'))
  const [parent, own] = [await folder(), await folder()]
  const items = makeItems(vocabularySize)
  // An adapter's second matrix begins at 0, where the first has no gradient.
  await policy.accumulate(items, slopes)
  await policy.step(RATE)
  await policy.exportAdapter(join(parent, 'before'))
  await using local = await loadLocalPolicy(join(parent, 'before'), { base, optimizer: PLAIN })
  const [mine, theirs] = [await learn(local, items), await learn(policy, items)]
  await policy.exportAdapter(join(parent, 'after'))
  await local.save(join(own, 'after'))
  const [before, remote, there] = await Promise.all(
    [join(parent, 'before'), join(parent, 'after'), join(own, 'after')].map(readAdapter),
  )
  let [apart, whole, parameters] = [0, 0, 0]
  const tied = groupsOf(before)
  for (const names of tied)
    before.get(names[0])!.forEach((weight, i) => {
      const expected = names.reduce((sum, name) => sum + there.get(name)![i] - weight, 0)
      for (const name of names) apart += (remote.get(name)![i] - weight - expected) ** 2
      whole += expected ** 2
      parameters++
    })
  const norm = (Math.sqrt(whole) * PLAIN.epsilon) / RATE.learningRate
  return {
    logprobs: Math.max(...mine.logprobs.map((value, i) => Math.abs(value - theirs.logprobs[i]))),
    norm: Math.abs(theirs.norm / norm - 1),
    gradient: Math.sqrt(apart / whole),
    parameters,
    tied: before.size - tied.length,
  }
}

/** Names of tensors that hold the same values. */
function groupsOf(tensors: ReadonlyMap<string, Float32Array>): string[][] {
  const groups = new Map<string, string[]>()
  for (const [name, values] of tensors) {
    const content = Buffer.from(values.buffer).toString('base64')
    groups.set(content, [...(groups.get(content) ?? []), name])
  }
  return [...groups.values()]
}

async function learn(
  policy: Policy,
  items: readonly PassItem[],
): Promise<{ logprobs: number[]; norm: number }> {
  const scores = await policy.accumulate(items, slopes)
  const { gradientNorm } = await policy.step(RATE)
  return { logprobs: scores.flatMap(({ logprobs }) => [...logprobs]), norm: gradientNorm! }
}

function makeItems(vocabularySize: number): PassItem[] {
  const draws = randomStream(3, 'gradient')
  return [3, 6, 9].map((length, i) => ({
    prompt: Int32Array.from({ length: 4 + i }, (_, t) =>
      draws.integer(100 * i + t, vocabularySize),
    ),
    response: Int32Array.from({ length }, (_, t) => draws.integer(1000 * i + t, vocabularySize)),
    temperature: 1,
  }))
}

const slopes: LossSlopes = (indices, scores) =>
  indices.map((index, i) => ({
    logprobs: scores[i].logprobs.map((_, t) => Math.cos(1 + index + 2.3 * t) / (1 + t)),
  }))

/** The float32 tensors of a PEFT folder by name. */
async function readAdapter(folder: string): Promise<Map<string, Float32Array>> {
  const bytes = new Uint8Array(await readFile(join(folder, 'adapter_model.safetensors')))
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  const header: Record<string, { dtype: string; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  )
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            dtype,
            data_offsets: [start, end],
          },
        ]) => {
          if (dtype !== 'F32') throw new Error(`${name} is ${dtype}`)
          return [name, new Float32Array(bytes.slice(8 + length + start, 8 + length + end).buffer)]
        },
      ),
  )
}
