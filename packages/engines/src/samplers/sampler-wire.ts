import type { Json } from '@icrl/core'

/** One request to a server. */
export interface Call {
  /** Below the server's address. */
  readonly path: string
  /** Sent by POST; without one the call is a GET. */
  readonly body?: Json
}

/** One generation, as a server is asked for it. */
export interface WireDraw {
  /** What the server calls the weights: the model, or an adapter. */
  readonly model: string
  /** True if `model` names an adapter. */
  readonly isAdapter: boolean
  readonly prompt: readonly number[]
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number
  /** 0: off. */
  readonly topK: number
  readonly stop: readonly number[]
  /** In [0, 2³¹). */
  readonly seed: number
}

/** What a server drew. T is the length of `tokens`. */
export interface Drawn {
  /** `[T]` */
  readonly tokens: readonly number[]
  /** `[T]` nats; null where the server sent no number. */
  readonly logprobs: readonly (number | null)[]
  /** Of the most likely token of the first position, if the server tells. */
  readonly firstTop?: number
  /** The prompt as the server read it, if it tells. */
  readonly prompt?: readonly number[]
  /** What drew it, if the server tells. */
  readonly model?: string
  /** Version of the base weights, if the server tells. */
  readonly weightVersion?: string
}

/** How a server takes adapters while it runs. */
export interface AdapterWire {
  load(name: string, folder: string): Call
  unload(name: string): Call
  /** Asks what is loaded; by itself, or in the answer to `load`. */
  readonly list?: Call
  /** True if the answer (of `list`, else of `load`) names the adapter. */
  isLoaded(answer: unknown, name: string): boolean
  /** How the server is started so that it takes adapters. */
  readonly enable: string
}

/** A kind of server: what it is asked, and how its answers are read. */
export interface SamplerWire {
  /** `vLLM`, for errors. */
  readonly engine: string
  /** Asks which models it serves. */
  readonly models: Call
  readModels(answer: unknown): readonly string[]
  draw(draw: WireDraw): Call
  /** @throws a ZodError for an answer of another shape */
  readDraw(answer: unknown): Drawn
  /** Absent if its weights never change. */
  readonly adapters?: AdapterWire
}
