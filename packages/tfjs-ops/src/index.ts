export {
  AdamWInPlace,
  AddEmbeddingGrad,
  AddWeightGrad,
  CacheSlab,
  OutputAndMlp,
  OutputAndMlpGrad,
  QkvProjection,
  QkvProjectionGrad,
  DecodeAttention,
  DecodeTokens,
  EmbeddingGrad,
  FromBf16,
  GatherBf16,
  MatMulBf16,
  WeightPanels,
  PackedAttention,
  PackedAttentionGrad,
  RmsNorm,
  RmsNormGrad,
  Rotary,
  RotaryGrad,
  SampleToken,
  SampleTokenBf16,
  StoredFloats,
  SwiGlu,
  SwiGluGrad,
  ToBf16,
  TokenLogProbability,
  TokenLogProbabilityGrad,
  TokenLogProbabilityBf16,
  UninitializedWeight,
  TokenLogProbabilityGradBf16,
  WriteCache,
} from './kernels.ts'
export type {
  AdamWAttrs,
  AdamWInputs,
  AddEmbeddingGradInputs,
  AddWeightGradInputs,
  CacheSlabAttrs,
  OutputAndMlpAttrs,
  OutputAndMlpGradAttrs,
  OutputAndMlpGradInputs,
  LayersAttrs,
  OutputAndMlpInputs,
  AttentionShape,
  QkvProjectionAttrs,
  QkvProjectionGradInputs,
  QkvProjectionInputs,
  DecodeAttentionAttrs,
  DecodeAttentionInputs,
  DecoderBlockShape,
  DecodeTokensAttrs,
  DecodeTokensInputs,
  EmbeddingGradAttrs,
  EmbeddingGradInputs,
  FromBf16Inputs,
  GatherBf16Inputs,
  MatMulBf16Inputs,
  WeightPanelsAttrs,
  WeightPanelsInputs,
  PageTables,
  PackedAttentionAttrs,
  PackedAttentionGradInputs,
  PackedAttentionInputs,
  PackedLayout,
  RmsNormAttrs,
  RmsNormGradInputs,
  RmsNormInputs,
  RotaryAttrs,
  RotaryGradInputs,
  RotaryInputs,
  SampleTokenAttrs,
  SampleTokenInputs,
  Bf16Attrs,
  SwiGluGradInputs,
  SwiGluInputs,
  StoredFloatsAttrs,
  StoredFloatsInputs,
  ToBf16Inputs,
  TokenLogProbabilityAttrs,
  TokenLogProbabilityGradAttrs,
  TokenLogProbabilityGradInputs,
  TokenLogProbabilityInputs,
  UninitializedAttrs,
  WriteCacheAttrs,
  WriteCacheInputs,
} from './kernels.ts'
export { outputAndMlp, outputAndMlpComposition, outputAndMlpGradient } from './output-and-mlp.ts'
export type {
  OutputAndMlpGradient,
  OutputAndMlpOutputs,
  OutputAndMlpWeights,
} from './output-and-mlp.ts'
export { qkvProjection, qkvProjectionComposition, qkvProjectionGradient } from './qkv-projection.ts'
export type {
  QkvProjectionGradient,
  QkvProjectionWeights,
  ProjectionGradients,
  Projections,
} from './qkv-projection.ts'
export { addEmbeddingGradient, addWeightGradient, weightGradient } from './add-gradient.ts'
export { adamW, adamWComposition } from './adamw.ts'
export { disposeMoment, zeroMoment } from './moment.ts'
export type { Moment, MomentStorage } from './moment.ts'
export { fromSplit, isSplit, toSplit } from './split-matrix.ts'
export type { SplitMatrix } from './split-matrix.ts'
export type { AdamWOptions, AdamWState } from './adamw.ts'
export { currentBackendFacts, declareBackend } from './backend-facts.ts'
export type { BackendFacts } from './backend-facts.ts'
export { decodeAttention, decodeAttentionComposition } from './decode-attention.ts'
export type { DecodeAttentionOptions } from './decode-attention.ts'
export { registerWasmKernels } from './wasm-kernels.ts'
export { weightPanels } from './weight-panels.ts'
export { decodeTokens, decodeTokensComposition } from './decode-tokens.ts'
export type {
  DecodedTokens,
  DecodeModel,
  DecodeSequences,
  DecodeTokensOptions,
} from './decode-tokens.ts'
export { cacheSlab, joinTables, PAGE_ROWS } from './cache-pages.ts'
export type { BlockCaches, CacheRowShape } from './cache-pages.ts'
export type { BlockWeights } from './block-weights.ts'
export { adapterGradient, linear, linearInputGradient } from './linear.ts'
export type { AdapterGradient, LinearAdapter, LinearLayer } from './linear.ts'
export { drawToken } from './draw-token.ts'
export type { TokenFilter } from './draw-token.ts'
export { embedding, embeddingGradient, embeddingGradientComposition } from './embedding.ts'
export { linearProduct } from './linear-product.ts'
export {
  packedAttention,
  packedAttentionComposition,
  packedAttentionGradient,
  packedAttentionGradientComposition,
} from './packed-attention.ts'
export type { PackedAttentionForward, PackedAttentionOptions } from './packed-attention.ts'
export { packedLayout, segmentChain } from './packed-layout.ts'
export {
  rmsNorm,
  rmsNormComposition,
  rmsNormGradient,
  rmsNormGradientComposition,
} from './rms-norm.ts'
export type { RmsNormOptions } from './rms-norm.ts'
export { rotary, rotaryComposition, rotaryGradient, rotaryGradientComposition } from './rotary.ts'
export type { RotaryOptions } from './rotary.ts'
export { hasFusedKernel } from './run-fused.ts'
export { sampleToken, sampleTokenComposition } from './sample-token.ts'
export type { SampleTokenOptions } from './sample-token.ts'
export { fromBf16, inFloat32, isBf16, toBf16 } from './bf16-matrix.ts'
export type { Bf16Matrix } from './bf16-matrix.ts'
export { canFillWeights, fillWeight, uninitializedWeight } from './stored-floats.ts'
export type { StoredFloatType } from './stored-floats.ts'
export { swiglu, swigluComposition, swigluGradient, swigluGradientComposition } from './swiglu.ts'
export {
  tokenLogProbability,
  tokenLogProbabilityComposition,
  tokenLogProbabilityGradient,
  tokenLogProbabilityGradientComposition,
} from './token-log-probability.ts'
export type {
  TokenLogProbabilities,
  WeightGradient,
  TokenLogProbabilityForward,
  TokenLogProbabilityOptions,
} from './token-log-probability.ts'
export { writeCache, writeCacheComposition } from './write-cache.ts'
export type { WriteCacheOptions } from './write-cache.ts'
