import { readWeightsPath, type WeightsPath } from '../tinker/protocol/weights-path.ts'
import { pathOf, type StoredModel } from './checkpoint-store.ts'
import { notFound, unprocessable } from './request-error.ts'
import type { TinkerState } from './tinker-state.ts'
import { json, type Call } from './call.ts'

export async function weightsInfo(call: Call): Promise<object> {
  const { tinker_path: text } = json(call)
  const { path } = await call.state.store.find(String(text))
  const { base_model, lora_config } = await call.state.store.readModel(path.modelId)
  const { rank, train_attn, train_mlp, train_unembed } = lora_config
  return { base_model, is_lora: rank > 0, lora_rank: rank, train_attn, train_mlp, train_unembed }
}

export async function trainingRun(state: TinkerState, id: string): Promise<object> {
  const stored: StoredModel = await state.store.readModel(id)
  const checkpoints = await state.store.list(id)
  const last = (type: string): object | null =>
    checkpoints.findLast(({ checkpoint_type: of }) => of === type) ?? null
  return {
    training_run_id: id,
    base_model: stored.base_model,
    model_owner: 'local',
    is_lora: stored.lora_config.rank > 0,
    lora_rank: stored.lora_config.rank,
    corrupted: false,
    last_request_time: new Date().toISOString(),
    last_checkpoint: last('training'),
    last_sampler_checkpoint: last('sampler'),
    user_metadata: stored.user_metadata,
  }
}

export async function trainingRuns({ state, url }: Call): Promise<object> {
  const whole = (name: string, otherwise: number): number => {
    const given = Number(url.searchParams.get(name) ?? otherwise)
    if (Number.isInteger(given) && given >= 0) return given
    throw unprocessable(`${name}: expected a whole number.`)
  }
  const [offset, limit] = [whole('offset', 0), whole('limit', 20)]
  const ids = await state.store.models()
  const runs = ids.slice(offset, offset + limit).map((id) => trainingRun(state, id))
  return {
    training_runs: await Promise.all(runs),
    cursor: { offset, limit, total_count: ids.length },
  }
}

/** The checkpoint that a path names: `NAME`, which is a sampler's, or `KIND/NAME`. */
function checkpointAt({ at }: Call): WeightsPath {
  const path = readWeightsPath(`tinker://${at.run}/${at.checkpoint}`)
  if (path === undefined) throw notFound(`checkpoint ${at.checkpoint}`)
  return path
}

export async function archive(call: Call): Promise<Response> {
  const { folder } = await call.state.store.find(pathOf(checkpointAt(call)))
  const { path, until } = call.state.archiveAddress(folder)
  return new Response(null, {
    status: 302,
    headers: { location: new URL(path, call.url).href, expires: until.toUTCString() },
  })
}

export async function remove(call: Call): Promise<Response> {
  const path = checkpointAt(call)
  await call.state.store.remove(path)
  await call.state.samplers.remove(pathOf(path))
  return new Response(null, { status: 204 })
}
