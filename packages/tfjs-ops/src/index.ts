export {
  AdamWInPlace,
  AfterAttention,
  AfterAttentionGrad,
  BeforeAttention,
  BeforeAttentionGrad,
  DecodeAttention,
  DecodeTokens,
  EmbeddingGrad,
  GatherStored,
  MatMulStored,
  PackWeight,
  PackedAttention,
  PackedAttentionGrad,
  RmsNorm,
  RmsNormGrad,
  Rotary,
  RotaryGrad,
  SampleToken,
  SampleTokenStored,
  SwiGlu,
  SwiGluGrad,
  TokenLogProbability,
  TokenLogProbabilityGrad,
  TokenLogProbabilityStored,
  WriteCache,
} from './kernels.ts'
export type {
  AdamWAttrs,
  AdamWInputs,
  AfterAttentionAttrs,
  AfterAttentionGradInputs,
  AfterAttentionInputs,
  AttentionShape,
  BeforeAttentionGradInputs,
  BeforeAttentionInputs,
  DecodeAttentionAttrs,
  DecodeAttentionInputs,
  DecoderBlockShape,
  DecodeTokensAttrs,
  DecodeTokensInputs,
  EmbeddingGradAttrs,
  EmbeddingGradInputs,
  GatherStoredInputs,
  MatMulStoredInputs,
  PackWeightInputs,
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
  StoredAttrs,
  SwiGluGradInputs,
  SwiGluInputs,
  TokenLogProbabilityAttrs,
  TokenLogProbabilityGradInputs,
  TokenLogProbabilityInputs,
  WriteCacheAttrs,
  WriteCacheInputs,
} from './kernels.ts'
export {
  afterAttention,
  afterAttentionComposition,
  afterAttentionGradient,
} from './after-attention.ts'
export type {
  AfterAttentionGradient,
  AfterAttentionOutputs,
  AfterAttentionWeights,
} from './after-attention.ts'
export {
  beforeAttention,
  beforeAttentionComposition,
  beforeAttentionGradient,
} from './before-attention.ts'
export type {
  BeforeAttentionGradient,
  BeforeAttentionWeights,
  ProjectionGradients,
  Projections,
} from './before-attention.ts'
export { adamW, adamWComposition } from './adamw.ts'
export type { AdamWOptions, AdamWState } from './adamw.ts'
export { decodeAttention, decodeAttentionComposition } from './decode-attention.ts'
export type { DecodeAttentionOptions } from './decode-attention.ts'
export { packWeight } from './pack-weight.ts'
export { decodeTokens, decodeTokensComposition } from './decode-tokens.ts'
export type {
  DecodedTokens,
  DecodeModel,
  DecodeSequences,
  DecodeTokensOptions,
} from './decode-tokens.ts'
export type { BlockCaches } from './decode-block.ts'
export type { BlockWeights, LinearLayer } from './block-weights.ts'
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
export { fromStorage, isStored, toStorage } from './stored-matrix.ts'
export type { StoredMatrix } from './stored-matrix.ts'
export { swiglu, swigluComposition, swigluGradient, swigluGradientComposition } from './swiglu.ts'
export {
  tokenLogProbability,
  tokenLogProbabilityComposition,
  tokenLogProbabilityGradient,
  tokenLogProbabilityGradientComposition,
} from './token-log-probability.ts'
export type {
  TokenLogProbabilities,
  TokenLogProbabilityForward,
  TokenLogProbabilityOptions,
} from './token-log-probability.ts'
export { writeCache, writeCacheComposition } from './write-cache.ts'
export type { WriteCacheOptions } from './write-cache.ts'
