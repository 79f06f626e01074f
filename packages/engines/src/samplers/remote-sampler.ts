import { type Generation, IcrlError, type Sampler, type SampleRequest } from '@icrl/core'
import {
  callServer,
  FailedCall,
  RefusedCall,
  type ServerAccess,
  withRetries,
} from './call-server.ts'
import { checkDrawn } from './check-drawn.ts'
import type { Drawn, SamplerWire, WireDraw } from './sampler-wire.ts'

/** Options that all samplers have. */
export interface RemoteSamplerOptions extends ServerAccess {
  /** Address of the server, such as `http://gpu:8000`; several replicas as a list. */
  readonly url: string | readonly string[]
  /** What the server calls its model. */
  readonly model: string
  /** Ids are below it. @defaultValue not checked */
  readonly vocabularySize?: number
}

/** An adapter (LoRA) in a folder, in PEFT's layout. */
export interface PublishedAdapter {
  /** Under which the servers know it. */
  readonly name: string
  /** The folder, as the servers see it. */
  readonly folder: string
}

/**
 * A model on other machines that draws tokens. As it is, it answers with the server's own weights,
 * which never change: for a role that does not learn (`by`). `sampledBy` gives it the weights of a
 * policy that does.
 */
export interface RemoteSampler extends Sampler {
  /** `vLLM`. */
  readonly engine: string
  /** The model that the servers answer with. */
  readonly model: string
  /** Addresses of the servers. */
  readonly replicas: readonly string[]
  /**
   * Whether log-probabilities are of the tempered softmax, as the servers' answers show. Of `raw`
   * ones, temperatures other than 1 and 0 are refused.
   */
  readonly logprobs: 'tempered' | 'raw'
  /** True if it can be given adapters. */
  readonly takesAdapters: boolean
  /** Loads an adapter on every replica. */
  publish(adapter: PublishedAdapter): Promise<void>
  /** Unloads it on every replica. */
  withdraw(name: string): Promise<void>
  /** Samples with an adapter that was published. */
  sampleWith(
    adapter: string,
    request: SampleRequest,
    signal?: AbortSignal,
  ): Promise<Omit<Generation, 'version'>>
}

/** A server, as it is known here. */
interface Replica {
  readonly url: string
  inFlight: number
  /** Time, as `Date.now()`, until which others are asked first. */
  downUntil: number
  weightVersion?: string
}

const DOWN_MS = 5000
/** Prompts that probes ask about, of ids that every vocabulary has. */
const PROBES = [[1, 2, 3], [5], [7, 11], [2, 2, 2, 2]]

/**
 * A sampler over one kind of server. Looks at every replica first: the model that it serves, and
 * what its log-probabilities are of.
 *
 * @throws `unavailable` for a server that does not answer; `invalid-option` for a model that it does
 * not serve; `run-conflict` if replicas differ
 */
export async function remoteSampler(
  wire: SamplerWire,
  options: RemoteSamplerOptions,
): Promise<RemoteSampler> {
  const { model, vocabularySize } = options
  const replicas = addressesOf(options).map((url): Replica => ({ url, inFlight: 0, downUntil: 0 }))
  const published = new Map<string, PublishedAdapter>()
  const nameOf = ({ url }: Replica): string => `${wire.engine} at ${url}`
  const call = (replica: Replica, ...[what, more]: [Parameters<typeof callServer>[1], object?]) =>
    callServer(replica.url, what, options, more)

  const drawOnce = async (
    replica: Replica,
    asked: WireDraw,
    signal?: AbortSignal,
  ): Promise<Drawn> => {
    const answer = await call(replica, wire.draw(asked), { signal })
    try {
      return wire.readDraw(answer)
    } catch (cause) {
      throw new IcrlError(`${nameOf(replica)} answered in a shape that was not expected.`, {
        code: 'invalid-shape',
        remedy: `Check that ${wire.engine} runs there, and its version.`,
        cause,
      })
    }
  }

  const load = async (replica: Replica, { name, folder }: PublishedAdapter): Promise<void> => {
    const adapters = wire.adapters ?? refuseAdapters(wire)
    try {
      const answer = await call(replica, adapters.load(name, folder), { text: true })
      const seen = adapters.list ? await call(replica, adapters.list) : answer
      if (!adapters.isLoaded(seen, name))
        throw new IcrlError(
          `${nameOf(replica)} was given the adapter ${name}, and has not got it.`,
          {
            code: 'unsupported',
            remedy: adapters.enable,
          },
        )
    } catch (error) {
      if (!(error instanceof RefusedCall)) throw error
      // A server that knows the call names the adapter that it could not load.
      const isMissing = !error.message.includes(name)
      throw new IcrlError(
        isMissing
          ? `${nameOf(replica)} takes no adapters: ${error.message}.`
          : `${nameOf(replica)} refused the adapter in ${folder}: ${error.message}.`,
        {
          code: 'unsupported',
          remedy: isMissing
            ? adapters.enable
            : `The folder must be where the server sees it, and its rank allowed. ${adapters.enable}`,
        },
      )
    }
  }
  const toEach = async (what: string, work: (replica: Replica) => Promise<void>): Promise<void> => {
    await Promise.all(
      replicas.map((replica) =>
        withRetries(`${nameOf(replica)}, ${what}`, options, () => work(replica)),
      ),
    )
  }

  /** The least busy of those that answer. */
  const nextReplica = (): Replica => {
    const now = Date.now()
    const rank = ({ downUntil, inFlight }: Replica): number =>
      (downUntil > now ? 1e9 : 0) + inFlight
    return replicas.reduce((best, one) => (rank(one) < rank(best) ? one : best))
  }

  const sampleAs = async (
    source: Pick<WireDraw, 'model' | 'isAdapter'>,
    request: SampleRequest,
    signal?: AbortSignal,
  ): Promise<Omit<Generation, 'version'>> => {
    if (sampler.logprobs === 'raw' && request.temperature !== 0) checkRaw(wire, request)
    const asked: WireDraw = { ...source, ...drawOf(request) }
    const nothing = { tokens: new Int32Array(), logprobs: new Float32Array() }
    try {
      return await withRetries(
        `${wire.engine}, sampling`,
        options,
        async () => {
          const replica = nextReplica()
          replica.inFlight++
          try {
            const drawn = await drawOnce(replica, asked, signal)
            const { weightVersion } = replica
            return checkDrawn(drawn, { who: nameOf(replica), asked, vocabularySize, weightVersion })
          } catch (error) {
            if (error instanceof FailedCall) replica.downUntil = Date.now() + DOWN_MS
            throw await reloaded(replica, source, error)
          } finally {
            replica.inFlight--
          }
        },
        signal,
      )
    } catch (error) {
      if (signal?.aborted) return { ...nothing, finish: 'aborted' }
      throw error
    }
  }

  /** A server that was started again has lost its adapters: it is given them once more. */
  const reloaded = async (
    replica: Replica,
    { model: name, isAdapter }: Pick<WireDraw, 'model' | 'isAdapter'>,
    error: unknown,
  ): Promise<unknown> => {
    if (!(error instanceof RefusedCall)) return error
    const adapter = isAdapter ? published.get(name) : undefined
    if (!adapter || !error.message.includes(name))
      return new IcrlError(`${nameOf(replica)} refused to sample: ${error.message}.`, {
        code: error.status === 401 || error.status === 403 ? 'unavailable' : 'invalid-option',
        remedy: 'Look at what it says: the length of the prompt, the key, the model.',
        triedEnough: true,
      })
    await load(replica, adapter)
    return new FailedCall(`${nameOf(replica)} had lost the adapter ${name}`)
  }

  await toEach('its models', async (replica) => {
    const served = wire.readModels(await call(replica, wire.models))
    if (!served.includes(model))
      throw new IcrlError(`${nameOf(replica)} does not serve "${model}".`, {
        code: 'invalid-option',
        remedy: `It serves: ${served.join(', ') || 'nothing'}.`,
      })
  })
  const modes = new Map<string, 'tempered' | 'raw'>()
  await toEach('a first token', async (replica) => {
    const found = await logprobsOf((asked) => drawOnce(replica, { ...asked, model }))
    replica.weightVersion = found.weightVersion
    modes.set(replica.url, found.mode)
  })
  if (new Set(modes.values()).size > 1)
    throw new IcrlError(
      `${wire.engine}: the replicas’ log-probabilities differ: ${[...modes].map(([url, mode]) => `${url} ${mode}`).join(', ')}.`,
      { code: 'run-conflict', remedy: 'Start all of them with the same settings.' },
    )
  const sampler: RemoteSampler = {
    engine: wire.engine,
    model,
    replicas: replicas.map(({ url }) => url),
    logprobs: modes.get(replicas[0].url)!,
    takesAdapters: wire.adapters !== undefined,
    async publish(adapter) {
      await toEach(`loading the adapter ${adapter.name}`, (replica) => load(replica, adapter))
      published.set(adapter.name, adapter)
    },
    async withdraw(name) {
      const { unload } = wire.adapters ?? refuseAdapters(wire)
      published.delete(name)
      await toEach(`unloading the adapter ${name}`, async (replica) => {
        try {
          await call(replica, unload(name), { text: true })
        } catch (error) {
          // One that was started again has not got it any more.
          if (!(error instanceof RefusedCall)) throw error
        }
      })
    },
    sampleWith: (adapter, request, signal) =>
      sampleAs({ model: adapter, isAdapter: true }, request, signal),
    sample: async (request, signal) => ({
      ...(await sampleAs({ model, isAdapter: false }, request, signal)),
      version: model,
    }),
  }
  return sampler
}

function addressesOf({ url }: RemoteSamplerOptions): string[] {
  const urls = typeof url === 'string' ? [url] : [...url]
  for (const one of urls)
    if (!/^https?:\/\/[^/]/.test(one))
      throw new IcrlError(`"${one}" is no address of a server.`, {
        code: 'invalid-option',
        remedy: 'Give an address such as http://gpu:8000, without /v1.',
      })
  if (urls.length === 0)
    throw new IcrlError('A sampler without an address.', {
      code: 'invalid-option',
      remedy: 'Give `url`.',
    })
  return urls.map((one) => one.replace(/\/+$/, ''))
}

function refuseAdapters({ engine }: SamplerWire): never {
  throw new IcrlError(`${engine} cannot be given other weights while it runs.`, {
    code: 'unsupported',
    remedy: 'Use it for a role that does not learn (`by`), or sample with vLLM or SGLang.',
  })
}

function checkRaw({ engine }: SamplerWire, { temperature }: SampleRequest): void {
  if (temperature === 1) return
  throw new IcrlError(
    `${engine} tells log-probabilities of temperature 1, and is asked for temperature ${temperature}.`,
    {
      code: 'unsupported',
      remedy: 'Use temperature 1, or start vLLM with --logprobs-mode processed_logprobs.',
    },
  )
}

function drawOf(request: SampleRequest): Omit<WireDraw, 'model' | 'isAdapter'> {
  const { prompt, maxTokens, temperature, topP = 1, topK = 0, stop, draws } = request
  return {
    prompt: Array.from(prompt),
    maxTokens,
    temperature,
    topP,
    topK,
    stop,
    seed: draws.integer(0, 2 ** 31),
  }
}

/** Nats by which another temperature must change a log-probability, above any engine's rounding. */
const TEMPERED = 0.1

/**
 * What log-probabilities are of: at another temperature that of the most likely token changes, or
 * does not. Where no prompt tells, they are taken for raw ones, which allow less.
 */
async function logprobsOf(
  draw: (asked: Omit<WireDraw, 'model'>) => Promise<Drawn>,
): Promise<{ readonly mode: 'tempered' | 'raw'; readonly weightVersion?: string }> {
  let weightVersion: string | undefined
  const at = async (prompt: readonly number[], temperature: number): Promise<number> => {
    const rest = { maxTokens: 1, topP: 1, topK: 0, stop: [], seed: 0, isAdapter: false }
    const drawn = await draw({ prompt, temperature, ...rest })
    weightVersion = drawn.weightVersion
    return drawn.firstTop ?? 0
  }
  for (const prompt of PROBES) {
    const gap = Math.abs((await at(prompt, 1)) - (await at(prompt, 0.25)))
    if (gap > TEMPERED) return { mode: 'tempered', weightVersion }
  }
  return { mode: 'raw', weightVersion }
}
