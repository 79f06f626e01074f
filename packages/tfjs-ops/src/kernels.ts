/**
 * Names, inputs, attributes and outputs of the fused kernels. A TensorFlow.js backend that
 * registers a kernel of this name runs it; every other backend runs the op's composition of
 * standard operations instead.
 *
 * N packed tokens, D model width, H query heads, K key/value heads, d head dimension, F
 * feed-forward width, V vocabulary, S segments, O output width. Tensors are float32 unless said
 * otherwise, row-major. Row i of an output with N rows depends only on row i of the inputs (and, in
 * attention, on its segment chain).
 */

import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'

/** `y[N][D] = x · rsqrt(mean(x²) + ε) · gain` → `[y]`. */
export const RmsNorm = 'IcrlRmsNorm'
/** Input tensors of `RmsNorm`. */
export interface RmsNormInputs extends NamedTensorInfoMap {
  /** What is normalized, row by row. */
  x: TensorInfo
  /** Factor of each column. */
  gain: TensorInfo
}
/** Attributes of `RmsNorm`. */
export interface RmsNormAttrs extends NamedAttrMap {
  /** Added to the mean square. */
  epsilon: number
}

/** → `[dx[N][D], dgain[D]]`. */
export const RmsNormGrad = 'IcrlRmsNormGrad'
/** Input tensors of `RmsNormGrad`. */
export interface RmsNormGradInputs extends NamedTensorInfoMap {
  /** Gradient of the output. */
  dy: TensorInfo
  /** What was normalized. */
  x: TensorInfo
  /** Factor of each column. */
  gain: TensorInfo
}

/**
 * Rotary embedding (rotate-half form), after an RMSNorm of each head where `gain[d]` is given
 * (Qwen3's Q/K norm). `x[N][heads · d]`, `positions` int32 `[N]` → `[y]` of x's shape.
 */
export const Rotary = 'IcrlRotary'
/** Input tensors of `Rotary`. */
export interface RotaryInputs extends NamedTensorInfoMap {
  /** What is rotated. */
  x: TensorInfo
  /** Position of each row in its sequence. */
  positions: TensorInfo
}
/** Attributes of `Rotary`. */
export interface RotaryAttrs {
  /** Columns of a head. */
  headDim: number
  /** Of the norm of each head, where there is one. */
  epsilon: number
  /** `[d / 2]` inverse frequencies, radians per position. */ inverseFrequencies: Float32Array
}

/** Takes `gain` if the forward pass did → `[dx, dgain?]`. */
export const RotaryGrad = 'IcrlRotaryGrad'
/** Input tensors of `RotaryGrad`. */
export interface RotaryGradInputs extends NamedTensorInfoMap {
  /** Gradient of the output. */
  dy: TensorInfo
  /** What was rotated. */
  x: TensorInfo
  /** Position of each row in its sequence. */
  positions: TensorInfo
}

/** `silu(gate) · up`, all `[N][F]` → `[y]`. */
export const SwiGlu = 'IcrlSwiGlu'
/** Input tensors of `SwiGlu`. */
export interface SwiGluInputs extends NamedTensorInfoMap {
  /** What goes through SiLU. */
  gate: TensorInfo
  /** What that multiplies. */
  up: TensorInfo
}

/** → `[dgate, dup]`. */
export const SwiGluGrad = 'IcrlSwiGluGrad'
/** Input tensors of `SwiGluGrad`. */
export interface SwiGluGradInputs extends NamedTensorInfoMap {
  /** Gradient of the output. */
  dy: TensorInfo
  /** What goes through SiLU. */
  gate: TensorInfo
  /** What that multiplies. */
  up: TensorInfo
}

/**
 * Which packed rows belong together. Segment s is rows `starts[s] … starts[s + 1] − 1` and
 * continues segment `prefix[s]` (an earlier one, or −1): a row sees the whole of its chain of
 * prefixes, then its own segment up to itself.
 */
export interface PackedLayout {
  /** `[S + 1]` */
  readonly starts: Int32Array
  /** `[S]` */
  readonly prefix: Int32Array
}

/** Query heads H, key/value heads K, head dimension d. */
export interface AttentionShape {
  /** Heads of the queries. */
  heads: number
  /** Heads of keys and values, which groups of query heads share. */
  keyValueHeads: number
  /** Columns of a head. */
  headDim: number
  /** multiplies q·k */ scale: number
}

/** Head counts, scale and rotary embedding, which all blocks of a decoder share. */
export interface DecoderBlockShape extends AttentionShape, RotaryAttrs {}

/**
 * Layers of a kernel. One that is called `layer` is the input `layer`, its matrix `[out][in]` in
 * float32 or as `Bf16Matrix.bits`, int32; and further inputs of what it has: `layerBias[out]`; an
 * adapter, `layerA[r][in]` and `layerB[out][r]`; outputs of `WeightPanels`, `layerPanels`,
 * `layerAPanels`, `layerBPanels`. Its output is `x · layerᵀ + layerBias + (scale · (x · layerAᵀ)) · layerBᵀ`,
 * each product complete before it is added.
 */
export interface LayersAttrs {
  /** The factors of adapters, by the names of their layers. */
  readonly scales: Readonly<Record<string, number>>
}

/**
 * A decoder block up to its attention, for `x[N][D]`, `positions` int32 `[N]`: `RmsNorm`, three
 * projections, `Rotary` of queries and keys →
 * `[query[N][H·d], key[N][K·d], value[N][K·d], rotatedQuery, rotatedKey]`. Inputs `norm[D]`, the
 * layers `query`, `key`, `value`, and if the model has them `queryNorm[d]`, `keyNorm[d]`.
 */
export const QkvProjection = 'IcrlQkvProjection'
/** Attributes of `QkvProjection` and its gradient. */
export interface QkvProjectionAttrs extends DecoderBlockShape, LayersAttrs {}
/** Input tensors of `QkvProjection`. */
export interface QkvProjectionInputs extends NamedTensorInfoMap {
  /** The residual stream. */
  x: TensorInfo
  /** Position of each row in its sequence. */
  positions: TensorInfo
  /** Gains of the norm before attention. */
  norm: TensorInfo
  /** Projection of the queries. */
  query: TensorInfo
  /** Projection of the keys. */
  key: TensorInfo
  /** Projection of the values. */
  value: TensorInfo
}

/**
 * → `[dx, normed, dquery, dkey, dnorm[D], dqueryNorm?[d], dkeyNorm?[d]]`: `normed` is the norm's
 * output, computed again; `dquery` and `dkey` are the gradients of the projections' outputs, so
 * that a weight's gradient is `d…ᵀ · normed`. `dresidual[N][D]`, the gradient of the residual
 * stream, is added to dx. Further inputs: the layers as above, and `projectedQuery`, `projectedKey`
 * from before the rotary embedding.
 */
export const QkvProjectionGrad = 'IcrlQkvProjectionGrad'
/** Input tensors of `QkvProjectionGrad`. */
export interface QkvProjectionGradInputs extends QkvProjectionInputs {
  /** Gradient of the rotated queries. */
  drotatedQuery: TensorInfo
  /** Gradient of the rotated keys. */
  drotatedKey: TensorInfo
  /** Gradient of the values. */
  dvalue: TensorInfo
  /** Gradient that passes by the block, which is added. */
  dresidual: TensorInfo
  /** Queries before norm and rotation. */
  projectedQuery: TensorInfo
  /** Keys before norm and rotation. */
  projectedKey: TensorInfo
}

/**
 * A decoder block from its attention on, for `attended[N][H·d]`, `residual[N][D]`:
 * `middle = residual + attended · outputᵀ`, `RmsNorm`, `SwiGlu` of gate and up, and
 * `y = middle + … · downᵀ` → `[middle[N][D], gate[N][F], up[N][F], y[N][D]]`. Inputs `norm[D]` and
 * the layers `output`, `gate`, `up`, `down`.
 */
export const OutputAndMlp = 'IcrlOutputAndMlp'
/** Input tensors of `OutputAndMlp`. */
export interface OutputAndMlpInputs extends NamedTensorInfoMap {
  /** What attention gave. */
  attended: TensorInfo
  /** Residual stream before attention. */
  residual: TensorInfo
  /** Gains of the norm before the MLP. */
  norm: TensorInfo
  /** Weight after attention. */
  output: TensorInfo
  /** The MLP's gate. */
  gate: TensorInfo
  /** The MLP's second input, which the gate multiplies. */
  up: TensorInfo
  /** The MLP's way back to the hidden size. */
  down: TensorInfo
}
/** Attributes of `OutputAndMlp`. */
export interface OutputAndMlpAttrs extends LayersAttrs {
  /** Of the norm. */
  epsilon: number
}

/**
 * →
 * `[dmiddle[N][D], dattended[N][H·d], activated[N][F], normed[N][D], dgate[N][F], dup[N][F], dnorm[D]]`:
 * `dmiddle` is also the gradient of the residual stream; `activated` and `normed` are the outputs
 * of `SwiGlu` and the norm, computed again. Inputs besides norm and layers: `dy`, `middle`, and the
 * outputs gate and up as `gated` and `upped`.
 */
export const OutputAndMlpGrad = 'IcrlOutputAndMlpGrad'
/** Attributes of `OutputAndMlpGrad`. */
export interface OutputAndMlpGradAttrs extends OutputAndMlpAttrs {
  /** H · d */
  attended: number
}
/** Input tensors of `OutputAndMlpGrad`. */
export interface OutputAndMlpGradInputs extends NamedTensorInfoMap {
  /** Gradient of the block's output. */
  dy: TensorInfo
  /** Residual stream between attention and MLP. */
  middle: TensorInfo
  /** What the gate's matrix gave. */
  gated: TensorInfo
  /** What the up matrix gave. */
  upped: TensorInfo
  /** Gains of the norm before the MLP. */
  norm: TensorInfo
  /** Weight after attention. */
  output: TensorInfo
  /** The MLP's gate. */
  gate: TensorInfo
  /** The MLP's second input, which the gate multiplies. */
  up: TensorInfo
  /** The MLP's way back to the hidden size. */
  down: TensorInfo
}

/** `q[N][H·d]`, `k[N][K·d]`, `v[N][K·d]` → `[out[N][H·d], logsumexp[N][H]]`. */
export const PackedAttention = 'IcrlPackedAttention'
/** Input tensors of `PackedAttention`. */
export interface PackedAttentionInputs extends NamedTensorInfoMap {
  /** Queries. */
  q: TensorInfo
  /** Keys. */
  k: TensorInfo
  /** Values. */
  v: TensorInfo
}
/** Attributes of `PackedAttention`. */
export interface PackedAttentionAttrs extends AttentionShape, PackedLayout {}

/** → `[dq, dk, dv]`. */
export const PackedAttentionGrad = 'IcrlPackedAttentionGrad'
/** Input tensors of `PackedAttentionGrad`. */
export interface PackedAttentionGradInputs extends NamedTensorInfoMap {
  /** Gradient of the output. */
  dOut: TensorInfo
  /** Queries. */
  q: TensorInfo
  /** Keys. */
  k: TensorInfo
  /** Values. */
  v: TensorInfo
  /** What attention gave. */
  out: TensorInfo
  /** Of each row and head, in nats. */
  logsumexp: TensorInfo
}

/** The pages of N sequences: page by page 64 positions, from the first. */
export interface PageTables {
  /**
   * `[pages]` the tables one after another. A page's number counts through the slabs of a cache.
   */
  pages: Int32Array
  /** `[N + 1]` where each table begins in `pages`, and their end. */
  tableStarts: Int32Array
}

/**
 * One new token of each of N sequences: **writes** k and v into row `lengths[i]` of its pages, in
 * place, then attends over rows `0 … lengths[i]` → `[out[N][H·d]]`. The slabs of pages (`CacheSlab`)
 * are inputs `keys.0`, `values.0`, `keys.1` … The same bits as `PackedAttention` gives for that
 * token; no other sequence holds the page that is written to.
 */
export const DecodeAttention = 'IcrlDecodeAttention'
/** Input tensors of `DecodeAttention`. */
export interface DecodeAttentionInputs extends NamedTensorInfoMap {
  /** Queries, one row a sequence. */
  q: TensorInfo
  /** Keys of the new rows. */
  k: TensorInfo
  /** Values of the new rows. */
  v: TensorInfo
}
/** Attributes of `DecodeAttention`. */
export interface DecodeAttentionAttrs extends AttentionShape, PageTables {
  /** `[N]` rows of its pages that each sequence has filled. */
  lengths: Int32Array
}

/**
 * Matrices `0`, `1`, … (`[out][in]`, float32 or `Bf16Matrix.bits`) → as many panels, float32 of one
 * axis: the same numbers in the order in which the backend's matrix products read them, in whatever
 * form it likes.
 */
export const WeightPanels = 'IcrlWeightPanels'
/** Attributes of `WeightPanels`. */
export interface WeightPanelsAttrs {
  /** `[matrices]` columns of each. */
  columns: readonly number[]
}
/** Input tensors of `WeightPanels`. */
export interface WeightPanelsInputs extends NamedTensorInfoMap {
  [matrix: number]: TensorInfo
}

/**
 * Decode steps of N running sequences, up to `steps` each: the newest token goes through embedding,
 * blocks (`RmsNorm`, the projections, `Rotary`, `DecodeAttention`, the gated feed-forward part, two
 * residual sums), final norm and head, **appending** to the caches, and `SampleToken` draws the
 * next, until a stop id or the sequence's limit →
 * `[ids int32 [N][steps], logprobs[N][steps], counts int32 [N]]`, with the bits that those kernels
 * give when run one after another. Whatever follows a sequence's count is undefined.
 *
 * Inputs: `embedding[V][D]` (float32 or `Bf16Matrix.bits`), `norm[D]`, the layer `head`, and for
 * block i the slabs `i.keys.0`, `i.values.0`, `i.keys.1` …, `i.attentionNorm`,
 * `i.feedForwardNorm` (`[D]`), `i.queryNorm`, `i.keyNorm` (`[d]`, or neither), and the layers
 * `i.query`, `i.key`, `i.value`, `i.output`, `i.gate`, `i.up`, `i.down`. The head has neither bias
 * nor adapter.
 */
export const DecodeTokens = 'IcrlDecodeTokens'
/** Input tensors of `DecodeTokens`, and those of each block. */
export interface DecodeTokensInputs extends NamedTensorInfoMap {
  /** Rows by id. */
  embedding: TensorInfo
  /** Gains of the last norm. */
  norm: TensorInfo
  /** The output matrix. */
  head: TensorInfo
}
/** Attributes of `DecodeTokens`. */
export interface DecodeTokensAttrs extends DecoderBlockShape, LayersAttrs, PageTables {
  /** Decoder blocks. */
  layers: number
  /** Most tokens that are decoded. */
  steps: number
  /** `[N]` rows of its pages that are filled: the newest token goes there. */
  lengths: Int32Array
  /** `[N]` tokens that are not yet in the caches. */
  newest: Int32Array
  /** `[N]` the most tokens each gets. */
  limits: Int32Array
  /** `[N]` ids that end each sequence; the id itself is kept. */
  stops: readonly (readonly number[])[]
  /** `[N]`, 0: greedy */
  temperatures: Float32Array
  /** `[N][steps]` */
  uniforms: Float64Array
  /** `[N]`, 0: off */
  topK: Int32Array
  /** `[N]`, 1: off */
  topP: Float32Array
}

/**
 * `z = hidden · weightᵀ / temperature` without keeping z: `hidden[N][D]`, `weight[V][D]`, `targets`
 * int32 `[N]` → `[logprobs[N], logsumexp[N], entropy[N]]` (nats, of the temperature-scaled full
 * softmax).
 */
export const TokenLogProbability = 'IcrlTokenLogProbability'
/** Input tensors of `TokenLogProbability`. */
export interface TokenLogProbabilityInputs extends NamedTensorInfoMap {
  /** Last hidden states. */
  hidden: TensorInfo
  /** The output matrix. */
  weight: TensorInfo
  /** Id that each row predicts. */
  targets: TensorInfo
}
/** Attributes of `TokenLogProbability`. */
export interface TokenLogProbabilityAttrs {
  /** `[N]`, above 0 */ temperatures: Float32Array
  /** false: the entropy output may be zeros */ entropy: boolean
}

/**
 * Gradient of `Σ dlogprobs · logprobs + Σ dentropy · entropy` → `[dhidden, dweight]`. `dentropy` is
 * optional; default: zeros. With the optional input `sum[V][D]` the weight's gradient is added to
 * it **in place**, as `AddWeightGrad` does, and the output is `[dhidden]`, as it is where the
 * weight's gradient is not wanted at all.
 */
export const TokenLogProbabilityGrad = 'IcrlTokenLogProbabilityGrad'
/** Input tensors of `TokenLogProbabilityGrad`. */
export interface TokenLogProbabilityGradInputs extends NamedTensorInfoMap {
  /** Gradient of the log-probabilities. */
  dlogprobs: TensorInfo
  /** Last hidden states. */
  hidden: TensorInfo
  /** The output matrix. */
  weight: TensorInfo
  /** Id that each row predicts. */
  targets: TensorInfo
  /** Of each row's logits, in nats. */
  logsumexp: TensorInfo
  /** Of each row's distribution, in nats. */
  entropy: TensorInfo
}
/** Attributes of `TokenLogProbabilityGrad`. */
export interface TokenLogProbabilityGradAttrs extends TokenLogProbabilityAttrs {
  /** Whether the weight's gradient is wanted, as an output or in `sum`. */
  dweight: boolean
}

/**
 * Draws one token per row by inverse transform of `uniforms[N]` in [0, 1) over the filtered,
 * temperature-scaled softmax, ids ascending → `[ids int32[N], logprobs[N]]`. Temperature 0 takes
 * the largest logit, and the lowest id among equal ones. The log-probability is of the *unfiltered*
 * softmax at that temperature (at 1 where it is 0), with `TokenLogProbability`'s bits.
 */
export const SampleToken = 'IcrlSampleToken'
/**
 * Input tensors of `SampleToken`, and optionally `panels`, `WeightPanels`'s output for `weight`.
 */
export interface SampleTokenInputs extends NamedTensorInfoMap {
  /** Last hidden states. */
  hidden: TensorInfo
  /** The output matrix. */
  weight: TensorInfo
}
/** Attributes of `SampleToken`. */
export interface SampleTokenAttrs {
  /** `[rows]` divides the logits of each row. */
  temperatures: Float32Array
  /** `[rows]` what each row draws by, in [0, 1). */
  uniforms: Float64Array
  /** `[N]`, 0: off */
  topK: Int32Array
  /** `[N]`, 1: off */
  topP: Float32Array
}

/**
 * Attributes of `MatMulBf16`, `GatherBf16` and `FromBf16`. A kernel with `Bf16` at the end of its name
 * takes a weight `[V][D]` as `Bf16Matrix.bits`, int32 `[V][⌈D / 2⌉]`, and gives the bits that its
 * float32 counterpart gives for the widened weight.
 */
export interface Bf16Attrs extends NamedAttrMap {
  /** D */ columns: number
}

/** `x[N][D] · weight[V][D]ᵀ` → `[y[N][V]]`. */
export const MatMulBf16 = 'IcrlMatMulBf16'
/** Input tensors of `MatMulBf16`. */
export interface MatMulBf16Inputs extends NamedTensorInfoMap {
  /** Left factor. */
  x: TensorInfo
  /** Right factor, in BF16. */
  weight: TensorInfo
}

/**
 * Rounds `x[N][D]` to bf16, to the nearest, ties to even → `[bits]`, as `Bf16Matrix.bits`. What pads
 * a row is zero.
 */
export const ToBf16 = 'IcrlToBf16'
/** Input tensors of `ToBf16`. */
export interface ToBf16Inputs extends NamedTensorInfoMap {
  /** What is rounded. */
  x: TensorInfo
}

/** `Bf16Matrix.bits` of `[N][D]`, with attributes `Bf16Attrs` → `[x[N][D]]`, exactly. */
export const FromBf16 = 'IcrlFromBf16'
/** Input tensors of `FromBf16`. */
export interface FromBf16Inputs extends NamedTensorInfoMap {
  /** What is widened. */
  bits: TensorInfo
}

/** Rows of `weight[V][D]` at `ids` int32 `[N]` → `[y[N][D]]`. */
export const GatherBf16 = 'IcrlGatherBf16'
/** Input tensors of `GatherBf16`. */
export interface GatherBf16Inputs extends NamedTensorInfoMap {
  /** Matrix in BF16. */
  weight: TensorInfo
  /** Rows that are taken. */
  ids: TensorInfo
}

/** `TokenLogProbability` with a bf16 weight. */
export const TokenLogProbabilityBf16 = 'IcrlTokenLogProbabilityBf16'

/** `TokenLogProbabilityGrad` with a bf16 weight, which may learn: `sum` is float32 `[V][D]`. */
export const TokenLogProbabilityGradBf16 = 'IcrlTokenLogProbabilityGradBf16'

/** `SampleToken` with a bf16 weight. */
export const SampleTokenBf16 = 'IcrlSampleTokenBf16'

/**
 * Adds the rows of `dy[N][D]` at `ids` int32 `[N]` to zeros, in row order → `[dweight[rows][D]]`.
 */
export const EmbeddingGrad = 'IcrlEmbeddingGrad'
/** Input tensors of `EmbeddingGrad`. */
export interface EmbeddingGradInputs extends NamedTensorInfoMap {
  /** Gradient of the rows that were looked up. */
  dy: TensorInfo
  /** Row that each of them came from. */
  ids: TensorInfo
}
/** Attributes of `EmbeddingGrad`. */
export interface EmbeddingGradAttrs extends NamedAttrMap {
  /** Rows of the embedding. */
  rows: number
}

/**
 * Adds a matrix's gradient to a sum, **in place**: `sum[out][in] += dy[N][out]ᵀ · x[N][in]` → `[]`.
 * Each element of the product is complete before it is added, so that it has the bits of a matrix
 * product followed by an addition.
 */
export const AddWeightGrad = 'IcrlAddWeightGrad'
/** Input tensors of `AddWeightGrad`. */
export interface AddWeightGradInputs extends NamedTensorInfoMap {
  /** What is added to, in place. */
  sum: TensorInfo
  /** Gradient of the product. */
  dy: TensorInfo
  /** What was multiplied by the weight. */
  x: TensorInfo
}

/**
 * Adds `EmbeddingGrad`'s output to `sum[rows][D]`, **in place**, with the bits of that addition
 * → `[]`.
 */
export const AddEmbeddingGrad = 'IcrlAddEmbeddingGrad'
/** Input tensors of `AddEmbeddingGrad`. */
export interface AddEmbeddingGradInputs extends NamedTensorInfoMap {
  /** What is added to, in place: `[vocabulary, hidden]`. */
  sum: TensorInfo
  /** Gradient of the rows that were looked up. */
  dy: TensorInfo
  /** Row that each of them came from. */
  ids: TensorInfo
}

/**
 * One AdamW update of one parameter (Loshchilov and Hutter, arXiv 1711.05101), **in place** in
 * `parameter`, `firstMoment` and `secondMoment` → `[]`. `step` counts from 1; `gradientScale`
 * multiplies the gradient first (for clipping).
 *
 * Optional inputs: `low`, where the parameter is `SplitMatrix.bits`; `firstScales` and
 * `secondScales`, where the moments have 8 bits. Moments of 16 and 8 bits are as `Moment` says, and
 * element i is rounded by the bits of `mix(roundingKey + i)`, the first one by the lower half.
 */
export const AdamWInPlace = 'IcrlAdamWInPlace'
/** Input tensors of `AdamWInPlace`. */
export interface AdamWInputs extends NamedTensorInfoMap {
  /** What is updated, in place. */
  parameter: TensorInfo
  /** Mean of the gradients, updated in place. */
  firstMoment: TensorInfo
  /** Mean of their squares, updated in place. */
  secondMoment: TensorInfo
  /** Of the loss by the parameter. */
  gradient: TensorInfo
}
/** Attributes of `AdamWInPlace`. */
export interface AdamWAttrs extends NamedAttrMap {
  /** Of this update. */
  learningRate: number
  /** Decay of the first moment. */
  beta1: number
  /** Decay of the second moment. */
  beta2: number
  /** Added to the root of the second moment. */
  epsilon: number
  /** Decoupled decay of the weights. */
  weightDecay: number
  /** Which update it is, from 1, for the correction of the moments' bias. */
  step: number
  /** Multiplies the gradient, as clipping does. */
  gradientScale: number
  /** 32, 16 or 8 bits for a number of the moments. */ momentBits: number
  /** uint32 */ roundingKey: number
}

/**
 * Copies rows of keys and values into the pages of a cache, **in place**: row `sources[m]` of
 * `key[N][K·d]` and `value[N][K·d]` becomes row `rows[m]` of page `pages[m]`, for every m → `[]`. The
 * slabs are inputs `keys.0`, `values.0`, `keys.1` …
 */
export const WriteCache = 'IcrlWriteCache'
/** Input tensors of `WriteCache`. */
export interface WriteCacheInputs extends NamedTensorInfoMap {
  /** New rows. */
  key: TensorInfo
  /** New rows. */
  value: TensorInfo
}
/** Attributes of `WriteCache`. */
export interface WriteCacheAttrs {
  /** `[writes]` row of `key` and `value` that each write takes. */
  sources: Int32Array
  /** `[writes]` page that it goes to. */
  pages: Int32Array
  /** `[writes]` row of that page. */
  rows: Int32Array
}

/**
 * Pages for keys, or for values, of one decoder block, with whatever the memory held before → `[slab]`,
 * float32 `[pages][64][K·d]`, or int32 `[pages][64][⌈K·d / 2⌉]` with two bfloats each if attention with
 * these heads rounds keys and values to those.
 */
export const CacheSlab = 'IcrlCacheSlab'
/** Attributes of `CacheSlab`. */
export interface CacheSlabAttrs {
  /** How many. */
  pages: number
  /** Key heads. */
  keyValueHeads: number
  /** Their dimension. */
  headDim: number
}

/** A tensor whose elements are whatever the memory held before → `[weight]`. */
export const UninitializedWeight = 'IcrlUninitializedWeight'
/** Attributes of `UninitializedWeight`. */
export interface UninitializedAttrs {
  /** `[rank]` its dimensions. */
  shape: readonly number[]
  /** Type of its numbers. */
  dtype: 'float32' | 'int32'
}

/**
 * Writes the numbers of `bytes` into a weight, **in place**, from its number `from` on; `target` is
 * float32, or int32 with two bfloats each in rows of `columns`, padded to whole int32s → `[bad]`: in
 * an int32 of each block of numbers the index, from the first of `bytes`, of one that is infinite or
 * NaN, or −1.
 */
export const StoredFloats = 'IcrlStoredFloats'
/** Input tensors of `StoredFloats`. */
export interface StoredFloatsInputs extends NamedTensorInfoMap {
  /** What is filled, in place. */
  target: TensorInfo
}
/** Attributes of `StoredFloats`. */
export interface StoredFloatsAttrs {
  /** `[bytes]` as the file has them. */
  bytes: Uint8Array
  /** Type of the numbers in them. */
  type: 'F32' | 'BF16' | 'F16'
  /** First element of the target that is filled. */
  from: number
  /** Columns of the target. */
  columns: number
}
