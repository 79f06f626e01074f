import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Capability,
  type Generation,
  IcrlError,
  type Policy,
  randomStream,
  type SampleRequest,
  type Snapshot,
} from '@icrl/core'
import type { RemoteSampler } from './remote-sampler.ts'

/** Options of {@link sampledBy}. */
export interface SampledByOptions {
  /** Where answers come from. */
  readonly sampler: RemoteSampler
  /** Folder for adapters on their way: one that the servers see, too. */
  readonly adapters: string
  /** The same folder, as the servers see it. @defaultValue as it is seen here */
  readonly adaptersThere?: string
  /**
   * Mean difference in nats per token of the servers' log-probabilities and the policy's, at the
   * start, above which they are taken for different models.
   *
   * @defaultValue 0.5
   */
  readonly tolerance?: number
}

/** Weights of one version that the servers have, or are given. */
interface Version {
  readonly adapter: string
  readonly folder: string
  readonly ready: Promise<void>
  /** Snapshots that sample with it, and generations under way. */
  uses: number
}

const PROBE = { prompt: Int32Array.of(1, 2, 3), tokens: 16 }

/**
 * A policy whose generations come from servers, and which scores, learns and is saved here. Each
 * version of its weights is handed over as an adapter (LoRA) of its own name, when it is first
 * sampled from; a snapshot keeps its version there. So what is under way goes on with the weights
 * that it began with, and a request for a version that a server lost is refused by that server, not
 * answered by another version.
 *
 * The two engines differ, so the policy has the capability `other-sampler`: a run needs a
 * `correction`, and measures `policy/mismatch_*` in every step. It is not `exact`, and has
 * temperatures other than 1 if the servers' log-probabilities are tempered.
 *
 * @returns a policy that owns the one it was given. Dispose of it to unload its adapters
 * @throws `unsupported` if the policy saves no adapter or the servers take none; `run-conflict` if
 * they serve another model
 * @example
 * import { sampledBy, vllmSampler } from '@icrl/engines'
 * import type { Policy } from '@icrl/core'
 * declare const local: Policy // such as loadLocalPolicy(folder, { adapter: { rank: 32 } })
 * const sampler = await vllmSampler({ url: 'http://gpu:8000', model: 'Qwen/Qwen3-0.6B' })
 * await using policy = await sampledBy(local, { sampler, adapters: '/shared/adapters' })
 */
export async function sampledBy(
  policy: Policy,
  options: SampledByOptions,
): Promise<Policy & AsyncDisposable> {
  const { sampler } = options
  if (!sampler.takesAdapters)
    throw new IcrlError(`${sampler.engine} cannot be given the weights of a policy that learns.`, {
      code: 'unsupported',
      remedy:
        'Give it to a role that does not learn (`by`), or sample with vLLM or SGLang, which take adapters.',
    })
  const versions = handedOver(policy, options)
  try {
    await checkSameModel(policy, versions, options)
  } catch (error) {
    await versions.dispose()
    throw error
  }
  return policyOf(policy, versions, sampler)
}

/** The versions that servers have. */
interface HandedOver {
  /** Generates with the weights as they are, or of a snapshot. */
  sample(version: string, request: SampleRequest, signal?: AbortSignal): Promise<Generation>
  /** Hands over the weights as they are, and keeps them there until `release`. */
  hold(): Promise<string>
  release(version: string): Promise<void>
  dispose(): Promise<void>
}

function handedOver(
  policy: Policy,
  { sampler, adapters, adaptersThere = adapters }: SampledByOptions,
): HandedOver {
  const versions = new Map<string, Version>()
  const prefix = `icrl-${randomUUID().slice(0, 8)}`
  let count = 0

  const handOver = (version: string): Version => {
    const adapter = `${prefix}-${count++}-${version.replaceAll(/[^\w.-]+/g, '_')}`
    const folder = join(adapters, adapter)
    const ready = (async () => {
      await mkdir(adapters, { recursive: true })
      await policy.save(folder, { optimizer: false })
      if (policy.version !== version)
        throw new IcrlError(`the weights moved on from ${version} while they were handed over.`, {
          code: 'run-conflict',
          remedy: 'Sample between two optimizer steps, or from a snapshot.',
        })
      await checkAdapter(folder)
      // The servers join it with a slash, whatever this machine does.
      await sampler.publish({ name: adapter, folder: `${adaptersThere}/${adapter}` })
    })()
    const handed = { adapter, folder, ready, uses: 0 }
    versions.set(version, handed)
    // The next who samples tries again.
    ready.catch(async () => {
      if (versions.get(version) === handed) versions.delete(version)
      await rm(folder, { recursive: true, force: true })
    })
    return handed
  }

  const drop = async (version: string, { adapter, folder, ready }: Version): Promise<void> => {
    versions.delete(version)
    const isThere = await ready.then(
      () => true,
      () => false,
    )
    if (!isThere) return
    await sampler.withdraw(adapter)
    await rm(folder, { recursive: true, force: true })
  }

  /** Counts one more use of a version that is there, or else of the weights as they are. */
  const acquire = async (wanted: string): Promise<Version & { readonly version: string }> => {
    const version = versions.has(wanted) ? wanted : policy.version
    const held = versions.get(version) ?? handOver(version)
    held.uses++
    try {
      await held.ready
    } catch (error) {
      held.uses--
      throw error
    }
    for (const [old, unused] of versions)
      if (old !== policy.version && unused.uses === 0) await drop(old, unused)
    return { ...held, version }
  }

  return {
    async sample(wanted, request, signal) {
      const { adapter, version } = await acquire(wanted)
      try {
        return { ...(await sampler.sampleWith(adapter, request, signal)), version }
      } finally {
        const held = versions.get(version)
        if (held) held.uses--
      }
    },
    hold: async () => (await acquire(policy.version)).version,
    async release(version) {
      const held = versions.get(version)
      if (!held) return
      held.uses--
      if (held.uses === 0 && version !== policy.version) await drop(version, held)
    },
    async dispose() {
      for (const [version, held] of versions) await drop(version, held)
    },
  }
}

/** @throws `unsupported` for a folder without an adapter */
async function checkAdapter(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'adapter_config.json'), 'utf8').catch(() => undefined)
  const config = text === undefined ? undefined : (JSON.parse(text) as { target_modules?: unknown })
  if (config?.target_modules) return
  throw new IcrlError('the policy saves no adapter that a server could load.', {
    code: 'unsupported',
    remedy:
      'Train an adapter: `engine.adapter`, or loadLocalPolicy(folder, { adapter: { rank } }).',
  })
}

/** Draws a few tokens there and scores them here: the same model says about the same of them. */
async function checkSameModel(
  policy: Policy,
  versions: HandedOver,
  { sampler, tolerance = 0.5 }: SampledByOptions,
): Promise<void> {
  const { tokens: maxTokens, prompt } = PROBE
  const draws = randomStream(0, 'sampler-probe')
  const request = { prompt, maxTokens, temperature: 1, stop: [], draws }
  const { tokens, logprobs } = await versions.sample(policy.version, request)
  const [scored] = await policy.score([{ prompt, response: tokens, temperature: 1 }])
  const gap =
    logprobs.reduce((sum, value, t) => sum + Math.abs(value - scored.logprobs[t]), 0) /
    tokens.length
  if (gap <= tolerance) return
  throw new IcrlError(
    `${sampler.engine} (${sampler.replicas.join(', ')}) does not serve the policy's model: log-probabilities differ by ${gap.toFixed(2)} nats per token.`,
    {
      code: 'run-conflict',
      remedy: `Serve the very base that is trained; a coarse quantization may need a larger \`tolerance\` than ${tolerance}.`,
    },
  )
}

/** The snapshots of a policy here, by those of the policy that is sampled elsewhere. */
const localSnapshots = new WeakMap<Snapshot, Snapshot>()

function policyOf(
  policy: Policy,
  versions: HandedOver,
  sampler: RemoteSampler,
): Policy & AsyncDisposable {
  const without: Capability[] = [
    'exact',
    ...(sampler.logprobs === 'raw' ? ['temperature' as const] : []),
  ]
  const kept = [...policy.capabilities].filter((one) => !without.includes(one))
  return {
    capabilities: new Set<Capability>([...kept, 'other-sampler']),
    get version() {
      return policy.version
    },
    sample: (request, signal) => versions.sample(policy.version, request, signal),
    score: (items, want) => policy.score(items, want),
    accumulate: (items, slopes, want) => policy.accumulate(items, slopes, want),
    step: (options) => policy.step(options),
    async snapshot() {
      const local = await policy.snapshot()
      const version = await versions.hold()
      let isHeld = true
      const snapshot: Snapshot = {
        sample: (request, signal) => versions.sample(version, request, signal),
        score: (items, want) => local.score(items, want),
        async [Symbol.asyncDispose]() {
          await local[Symbol.asyncDispose]()
          if (isHeld) await versions.release(version)
          isHeld = false
        },
      }
      localSnapshots.set(snapshot, local)
      return snapshot
    },
    ...(policy.restore && {
      restore: (snapshot: Snapshot) => policy.restore!(localSnapshots.get(snapshot) ?? snapshot),
    }),
    save: (directory, options) => policy.save(directory, options),
    load: (directory) => policy.load(directory),
    async [Symbol.asyncDispose]() {
      await versions.dispose()
      await (policy as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()
    },
  }
}
