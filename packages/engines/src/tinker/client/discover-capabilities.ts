import { IcrlError } from '@icrl/core'
import type { Datum } from '../protocol/pass.ts'
import { vector } from '../protocol/tensor.ts'
import { AdamClock } from './adam-clock.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import { distance } from './fingerprints.ts'
import { type NewModel, TinkerModel } from './tinker-model.ts'
import type { TinkerSession } from './tinker-session.ts'
import { Refusal } from './transport.ts'
import { deadlineIn } from './wait.ts'

/**
 * What a server does, where that was not told: its wire by what it refuses, its reduction by the
 * norms of three gradients, on a model made for this and unloaded again.
 *
 * @throws IcrlError `unsupported` naming what could not be found out, and how to give it
 */
export async function discoverCapabilities(
  session: TinkerSession,
  model: NewModel,
  given: Partial<TinkerCapabilities>,
): Promise<TinkerCapabilities> {
  const wire = given.wire ?? (await findWire(session))
  const isNewer = wire === 'protobuf'
  const { deduplicates = isNewer, loadsWeightsAlone = isNewer } = given
  const known = { wire, deduplicates, loadsWeightsAlone }
  const { samplerSharesWeights = true } = given
  if (given.reduction && given.clipping)
    return {
      ...known,
      samplerSharesWeights,
      reduction: given.reduction,
      clipping: given.clipping,
    }
  const norms = await measureNorms(session, model, known)
  return {
    ...known,
    samplerSharesWeights,
    reduction: given.reduction ?? reductionOf(norms),
    clipping: given.clipping ?? (norms ? 'measured' : 'none'),
  }
}

/** Nothing is in the body: a server that reads JSON says so, one of protobuf answers 415. */
async function findWire({ transport }: TinkerSession): Promise<TinkerCapabilities['wire']> {
  const options = { deadline: deadlineIn(60_000, 'forward_backward'), repeatable: true }
  try {
    await transport.post('/forward_backward', {}, options)
  } catch (error) {
    if (error instanceof Refusal && error.status === 415) return 'protobuf'
    if (error instanceof Refusal && error.status === 422) return 'json'
    throw error
  }
  throw new IcrlError('forward_backward: the server took an empty request.', {
    code: 'unsupported',
    remedy: 'Give `capabilities.wire`.',
  })
}

/** Norms of one short datum, of it twice, and of it with as many tokens more that have no advantage. */
type Norms = readonly [once: number, twice: number, longer: number]

async function measureNorms(
  session: TinkerSession,
  model: NewModel,
  rules: Pick<TinkerCapabilities, 'wire' | 'deduplicates'>,
): Promise<Norms | undefined> {
  const trial = await TinkerModel.create(session, model, rules)
  try {
    const clock = new AdamClock()
    const [short, long] = [probe(4), probe(8)]
    const [before] = await trial.forward([short])
    const norms: number[] = []
    for (const data of [[short], [short, short], [long]]) {
      const { norm } = await trial.train(data, clock.measure())
      if (norm === undefined || norm === 0) return undefined
      norms.push(norm)
    }
    const [after] = await trial.forward([short])
    if (distance(before, after) > 1e-5) return undefined
    return norms as unknown as Norms
  } finally {
    await trial.unload()
  }
}

/** Only its first target has an advantage. */
function probe(length: number): Datum {
  const ids = Int32Array.from({ length: length + 1 }, (_, i) => 1 + (i % 3))
  const advantages = new Float32Array(length)
  advantages[0] = 1
  return {
    tokens: ids.slice(0, -1),
    inputs: {
      target_tokens: vector(ids.slice(1)),
      logprobs: vector(new Float32Array(length).fill(-1)),
      advantages: vector(advantages),
    },
  }
}

function reductionOf(norms: Norms | undefined): TinkerCapabilities['reduction'] {
  const near = (value: number, wanted: number): boolean => Math.abs(value / wanted - 1) < 0.05
  if (norms) {
    const [once, twice, longer] = norms
    if (near(twice, 2 * once) && near(longer, once)) return 'sum'
    if (near(twice, once) && near(longer, once / 2)) return 'datum-mean'
  }
  throw new IcrlError(
    norms
      ? `the server's gradient of one datum has norm ${norms[0]}, of it twice ${norms[1]}, of it with as many tokens more ${norms[2]}: neither a sum nor a mean.`
      : 'the server reports no gradient norm, so that its reduction cannot be measured.',
    {
      code: 'unsupported',
      remedy: 'Give `capabilities.reduction`, from its documentation: "sum" or "datum-mean".',
    },
  )
}
