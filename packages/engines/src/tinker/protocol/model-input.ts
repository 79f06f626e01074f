import { IcrlError } from '@icrl/core'
import { z } from 'zod'

/** A prompt as JSON has it. */
export interface ModelInputJson {
  readonly chunks: readonly ChunkJson[]
}

/** One stretch of a prompt; only `encoded_text` is text. */
export interface ChunkJson {
  readonly type?: string
  readonly tokens?: readonly number[]
}

const id = z.int().min(0).max(0x7fff_ffff)

export const modelInputJson: z.ZodType<ModelInputJson> = z.object({
  chunks: z.array(z.object({ type: z.string().optional(), tokens: z.array(id).optional() })),
})

export function modelInputToJson(tokens: Int32Array): ModelInputJson {
  return { chunks: [{ type: 'encoded_text', tokens: Array.from(tokens) }] }
}

/**
 * The ids of all chunks, one after the other.
 *
 * @throws IcrlError `unsupported` for an image or audio
 */
export function modelInputFromJson({ chunks }: ModelInputJson): Int32Array {
  return Int32Array.from(
    chunks.flatMap(({ type = 'encoded_text', tokens }) => {
      if (type !== 'encoded_text' || !tokens) throw noText(type)
      return [...tokens]
    }),
  )
}

/** The error of a chunk that is not text. */
export function noText(type: string): IcrlError {
  return new IcrlError(`Tinker protocol: a chunk of type ${type}.`, {
    code: 'unsupported',
    remedy: 'Send `encoded_text` chunks, with token ids.',
  })
}
