import { z } from 'zod'

/**
 * The small messages, as JSON has them: schemas of the requests, which a server reads, and of the
 * answers, which a client reads. Unknown keys are left out, as servers differ in what they add.
 */

/** Names of checkpoints. */
const name = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'expected 1 to 255 of A-Z a-z 0-9 _ -')
const seqId = z.int().min(0).nullish()

/** LoRA of a model: rank 0 asks for full training, where a server has that. */
export interface LoraJson {
  readonly rank: number
  readonly alpha?: number
  readonly seed?: number | null
  readonly train_attn?: boolean
  readonly train_mlp?: boolean
  readonly train_unembed?: boolean
}

const lora: z.ZodType<LoraJson> = z.object({
  rank: z.int().min(0),
  alpha: z.number().optional(),
  seed: z.int().nullish(),
  train_attn: z.boolean().optional(),
  train_mlp: z.boolean().optional(),
  train_unembed: z.boolean().optional(),
})

export interface CreateSession {
  readonly tags: readonly string[]
  readonly sdk_version: string
  readonly user_metadata?: Readonly<Record<string, unknown>> | null
}
export const createSession: z.ZodType<CreateSession> = z.object({
  tags: z.array(z.string()),
  sdk_version: z.string(),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
})

export interface SessionCreated {
  readonly session_id: string
  readonly info_message?: string | null
  readonly warning_message?: string | null
  readonly error_message?: string | null
}
export const sessionCreated: z.ZodType<SessionCreated> = z.object({
  session_id: z.string(),
  info_message: z.string().nullish(),
  warning_message: z.string().nullish(),
  error_message: z.string().nullish(),
})

export interface OfSession {
  readonly session_id: string
}
export const ofSession: z.ZodType<OfSession> = z.object({ session_id: z.string() })

export interface ServerCapabilities {
  readonly supported_models: readonly { readonly model_name?: string | null }[]
}
export const serverCapabilities: z.ZodType<ServerCapabilities> = z.object({
  supported_models: z.array(z.object({ model_name: z.string().nullish() })),
})

export interface ClientConfig {
  readonly pjwt_auth_enabled?: boolean
  /** Passes may be sent as protobuf (tinker 0.22 to 0.24). */
  readonly proto_write_fwdbwd?: boolean
  /** Protobuf bodies may be compressed with zstd. */
  readonly proto_compress_fwdbwd?: boolean
}
export const clientConfig: z.ZodType<ClientConfig> = z.object({
  pjwt_auth_enabled: z.boolean().optional(),
  proto_write_fwdbwd: z.boolean().optional(),
  proto_compress_fwdbwd: z.boolean().optional(),
})

export interface CreateModel {
  readonly session_id: string
  readonly model_seq_id?: number | null
  readonly base_model: string
  readonly lora_config?: LoraJson | null
  readonly user_metadata?: Readonly<Record<string, unknown>> | null
}
export const createModel: z.ZodType<CreateModel> = z.object({
  session_id: z.string(),
  model_seq_id: seqId,
  base_model: z.string(),
  lora_config: lora.nullish(),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
})

/** SkyRL answers at once with the id beside the ticket; the result repeats it. */
export interface ModelCreated {
  readonly model_id: string
  readonly base_model?: string | null
  readonly lora_config?: LoraJson | null
}
export const modelCreated: z.ZodType<ModelCreated> = z.object({
  model_id: z.string(),
  base_model: z.string().nullish(),
  lora_config: lora.nullish(),
})

export interface OfModel {
  readonly model_id: string
}
export const ofModel: z.ZodType<OfModel> = z.object({ model_id: z.string() })

export interface ModelInfo {
  readonly model_id: string
  readonly model_data: {
    readonly base_model?: string | null
    readonly lora_config?: LoraJson | null
    readonly model_name?: string | null
    readonly tokenizer_id?: string | null
  }
}
export const modelInfo: z.ZodType<ModelInfo> = z.object({
  model_id: z.string(),
  model_data: z.object({
    base_model: z.string().nullish(),
    lora_config: lora.nullish(),
    model_name: z.string().nullish(),
    tokenizer_id: z.string().nullish(),
  }),
})

/** AdamW's settings for one step. */
export interface AdamParams {
  readonly learning_rate?: number
  readonly beta1?: number
  readonly beta2?: number
  readonly eps?: number
  readonly weight_decay?: number
  /** Global norm above which the gradient is scaled down; 0: never. SkyRL ignores it. */
  readonly grad_clip_norm?: number
}
export interface OptimStep {
  readonly model_id: string
  readonly seq_id?: number | null
  readonly adam_params: AdamParams
}
const beta = z.number().min(0).lt(1).optional()
export const optimStep: z.ZodType<OptimStep> = z.object({
  model_id: z.string(),
  seq_id: seqId,
  adam_params: z.object({
    learning_rate: z.number().min(0).optional(),
    beta1: beta,
    beta2: beta,
    eps: z.number().gt(0).optional(),
    weight_decay: z.number().min(0).optional(),
    grad_clip_norm: z.number().min(0).optional(),
  }),
})

export interface OptimStepped {
  readonly metrics?: Readonly<Record<string, number | null>> | null
}
export const optimStepped: z.ZodType<OptimStepped> = z.object({
  metrics: z.record(z.string(), z.number().nullable()).nullish(),
})

/** `save_weights`: weights and optimizer, under a name that was never used. */
export interface SaveWeights {
  readonly model_id: string
  readonly path: string
  readonly seq_id?: number | null
}
export const saveWeights: z.ZodType<SaveWeights> = z.object({
  model_id: z.string(),
  path: name,
  seq_id: seqId,
})

/** `save_weights_for_sampler`: under a name, or of a sampling session of its own. */
export interface SaveForSampler {
  readonly model_id: string
  readonly path?: string | null
  readonly sampling_session_seq_id?: number | null
  readonly seq_id?: number | null
}
export const saveForSampler: z.ZodType<SaveForSampler> = z.object({
  model_id: z.string(),
  path: name.nullish(),
  sampling_session_seq_id: seqId,
  seq_id: seqId,
})

/** Where the weights were saved: a path, or the session that samples them. */
export interface WeightsSaved {
  readonly path?: string | null
  readonly sampling_session_id?: string | null
}
export const weightsSaved: z.ZodType<WeightsSaved> = z.object({
  path: z.string().nullish(),
  sampling_session_id: z.string().nullish(),
})

export interface LoadWeights {
  readonly model_id: string
  readonly path: string
  readonly optimizer?: boolean | null
  readonly seq_id?: number | null
}
export const loadWeights: z.ZodType<LoadWeights> = z.object({
  model_id: z.string(),
  path: z.string(),
  optimizer: z.boolean().nullish(),
  seq_id: seqId,
})

export interface CreateSamplingSession {
  readonly session_id: string
  readonly sampling_session_seq_id: number
  readonly base_model?: string | null
  readonly model_path?: string | null
}
export const createSamplingSession: z.ZodType<CreateSamplingSession> = z.object({
  session_id: z.string(),
  sampling_session_seq_id: z.int().min(0),
  base_model: z.string().nullish(),
  model_path: z.string().nullish(),
})

export interface SamplingSessionCreated {
  readonly sampling_session_id: string
}
export const samplingSessionCreated: z.ZodType<SamplingSessionCreated> = z.object({
  sampling_session_id: z.string(),
})

/** What a submitted request is answered with: the ticket for its result. */
export interface Ticket {
  readonly request_id: string
  readonly model_id?: string | null
}
export const ticket: z.ZodType<Ticket> = z.object({
  request_id: z.string(),
  model_id: z.string().nullish(),
})

export interface RetrieveFuture {
  readonly request_id: string
}
export const retrieveFuture: z.ZodType<RetrieveFuture> = z.object({ request_id: z.string() })
