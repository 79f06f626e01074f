import { basename, dirname, mkdir, resolve } from '#node'
import { encodeFloats } from '../encode-floats.ts'
import { writeAtomically } from '../write-atomically.ts'
import { encodeQ8 } from './encode-q8.ts'
import { GGML_TYPES, type GgmlType } from './ggml-types.ts'
import { type GgufArchitecture, ggufArchitecture } from './gguf-architecture.ts'
import { ggufName } from './gguf-names.ts'
import { ggufTokenizer } from './gguf-tokenizer.ts'
import { interleavedRows } from './interleaved-rows.ts'
import { type MergeOptions, type ModelSource, openModelSource } from './model-source.ts'
import { modelfileOf } from './modelfile-of.ts'
import { requireAbsent, requireSpace } from './output.ts'
import { readTokenizerFolder } from './read-tokenizer-folder.ts'
import { blocksOf, rowWidth, type WeightRows } from './weight-rows.ts'
import {
  ggufLayout,
  type GgufTensor,
  type GgufValue,
  text,
  uint32,
  writeGguf,
} from './write-gguf.ts'

/**
 * How the matrices of a GGUF file are stored; vectors are always F32. `q8_0` keeps attention and the
 * down projections in F16, where 8 bits change the most likely token most often; `q8_0_pure` has
 * every matrix in Q8_0, as `llama-quantize` does.
 */
export type GgufQuantization = 'f16' | 'bf16' | 'q8_0' | 'q8_0_pure'

/** Options of {@link convertToGguf}. */
export interface ConvertToGgufOptions extends MergeOptions {
  /**
   * How the matrices are stored.
   *
   * @defaultValue `bf16` for weights that are stored so, else `f16`
   */
  readonly quantization?: GgufQuantization
  /** `general.name`. @defaultValue the folder's name */
  readonly name?: string
  /** True: also write `NAME.Modelfile` beside it, for Ollama. @defaultValue false */
  readonly modelfile?: boolean
}

/** What was written. */
export interface Conversion {
  /** Bytes of the file that was written. */
  readonly bytes: number
  /** Tensors in it. */
  readonly tensors: number
}

interface Quantization {
  /** Element type of the matrices. */
  readonly type: GgmlType
  /** llama.cpp's number of a file that is mostly of this type. */
  readonly fileType: number
  /** Names, as llama.cpp has them, of matrices that are F16 all the same. */
  readonly inF16?: RegExp
}

const QUANTIZATIONS: Readonly<Record<GgufQuantization, Quantization>> = {
  f16: { type: 'F16', fileType: 1 },
  q8_0: { type: 'Q8_0', fileType: 7, inF16: /\.(attn_\w+|ffn_down)\.weight$/ },
  q8_0_pure: { type: 'Q8_0', fileType: 7 },
  bf16: { type: 'BF16', fileType: 32 },
}

/**
 * Writes a Hugging Face folder as one GGUF file, with its tokenizer and chat template, for llama.cpp
 * and what is built on it. Weights pass through a few rows at a time. Q8_0 falls back to F16 for a
 * matrix whose rows are no multiple of 32.
 *
 * @param folder of a model that `loadModelFolder` reads, with a byte-level BPE tokenizer
 * @throws IcrlError as `loadModelFolder`; `unsupported` for a tokenizer or rotary scaling that GGUF
 * files cannot say; `non-finite` for weights that are not numbers, or too large for the type;
 * `invalid-option` for a file that is there; `write-failed`, with nothing left behind
 *
 * @example
 * await convertToGguf('SmolLM2-135M-Instruct', 'smollm2.gguf', { quantization: 'q8_0' })
 */
export async function convertToGguf(
  folder: string,
  file: string,
  options: ConvertToGgufOptions = {},
): Promise<Conversion> {
  const modelfilePath = `${file.replace(/\.gguf$/, '')}.Modelfile`
  await requireAbsent(file)
  if (options.modelfile) await requireAbsent(modelfilePath)
  await using source = await openModelSource(folder, options)
  const quantization = options.quantization ?? likeStored(source)
  const architecture = ggufArchitecture(source.config)
  const tokenizer = await readTokenizerFolder(folder)
  const metadata = new Map<string, GgufValue>([
    ...architecture.metadata,
    ['general.type', text('model')],
    ['general.name', text(options.name ?? basename(resolve(folder)))],
    ['general.file_type', uint32(QUANTIZATIONS[quantization].fileType)],
    ['general.quantization_version', uint32(2)],
    ...ggufTokenizer(tokenizer, source.config.vocabularySize),
  ])
  const tensors = ggufTensors(source, architecture, QUANTIZATIONS[quantization])
  const { size } = ggufLayout(metadata, tensors)
  await requireSpace(file, size)
  await mkdir(dirname(file), { recursive: true })
  await writeGguf(file, metadata, tensors)
  if (options.modelfile)
    await writeAtomically(modelfilePath, (out) => out.writeFile(modelfileOf(tokenizer, file)))
  return { bytes: size, tensors: tensors.length }
}

function likeStored({ weights }: ModelSource): GgufQuantization {
  const matrices = [...weights.values()].filter(({ shape }) => shape.length === 2)
  return matrices.every(({ type }) => type === 'BF16') ? 'bf16' : 'f16'
}

function ggufTensors(
  { folder, config, weights }: ModelSource,
  { interleaved, frequencyFactors }: GgufArchitecture,
  quantization: Quantization,
): GgufTensor[] {
  const tensors = [...weights].map(([name, weight]) => {
    const isRotated = /\.self_attn\.[qk]_proj\./.test(name)
    const rows = interleaved && isRotated ? interleavedRows(weight, config.headDim) : weight
    return ggufTensor(ggufName(name), rows, quantization, `${folder}: tensor ${name}`)
  })
  if (frequencyFactors === undefined) return tensors
  const read = async (): Promise<Float32Array> => frequencyFactors
  const factors: WeightRows = { shape: [frequencyFactors.length], type: 'F32', read }
  return [...tensors, ggufTensor('rope_freqs.weight', factors, quantization, 'rotary frequencies')]
}

function ggufTensor(
  name: string,
  weight: WeightRows,
  { type: wanted, inF16 }: Quantization,
  where: string,
): GgufTensor {
  const { shape } = weight
  const type = storageOf(shape, inF16?.test(name) ? 'F16' : wanted)
  return {
    name,
    type,
    shape,
    async *pieces() {
      for await (const values of blocksOf(weight, where))
        yield type === 'Q8_0' ? encodeQ8(values, where) : encodeFloats(values, type, where)
    },
  }
}

/** Vectors stay exact; rows that blocks do not divide are stored without blocks. */
function storageOf(shape: readonly number[], wanted: GgmlType): GgmlType {
  if (shape.length === 1) return 'F32'
  return wanted === 'Q8_0' && rowWidth(shape) % GGML_TYPES.Q8_0.numbers !== 0 ? 'F16' : wanted
}
