import * as messages from '../tinker/protocol/messages.ts'
import { readMessage } from '../tinker/protocol/refuse.ts'
import { json, type Call } from './call.ts'

export function clientConfig(): object {
  return {
    pjwt_auth_enabled: false,
    // Chunks of one pass would come in any order, and sums would be added in another.
    parallel_fwdbwd_chunks: false,
    proto_write_fwdbwd: false,
    proto_compress_fwdbwd: false,
    sample_use_retrieve_futures: false,
    custom_loss_server_side: false,
    sample_join_sampling_session: false,
  }
}

export function capabilities({ state }: Call): object {
  const { model, contextLength } = state.options
  const served = { max_context_length: contextLength, trainable: true, sampleable: true }
  return { supported_models: [{ model_name: model, ...served }] }
}

export function createSession(call: Call): object {
  const { user_metadata: metadata } = readMessage(
    messages.createSession,
    json(call),
    'create_session',
  )
  const { id } = call.state.sessions.create(metadata ?? null)
  return {
    type: 'create_session',
    session_id: id,
    info_message: 'ICRL trains attention and MLP; train_unembed has no effect.',
    warning_message: null,
    error_message: null,
  }
}

export function heartbeat(call: Call): object {
  const { session_id: id } = readMessage(messages.ofSession, json(call), 'session_heartbeat')
  call.state.sessions.get(id).beats = true
  return { type: 'session_heartbeat' }
}

export async function finishSession({ state, at }: Call): Promise<object> {
  state.sessions.get(at.session)
  await state.end(at.session)
  return {}
}
