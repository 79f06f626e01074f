import { add, tidy } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, inFloat32 } from './bf16-matrix.ts'
import type { BlockWeights } from './block-weights.ts'
import { checkShape } from './check-shape.ts'
import {
  type DecoderBlockShape,
  type LayersAttrs,
  QkvProjection,
  QkvProjectionGrad,
} from './kernels.ts'
import { checkLinear, layerInputs, layerScales, linear, linearInputGradient } from './linear.ts'
import { rmsNorm, rmsNormGradient } from './rms-norm.ts'
import { checkRotary, rotary, rotaryGradient } from './rotary.ts'
import { runFused } from './run-fused.ts'

/** The weights of a block up to its attention. */
export type QkvProjectionWeights = Pick<
  BlockWeights,
  'attentionNorm' | 'query' | 'key' | 'value' | 'queryNorm' | 'keyNorm'
>

/** Queries, keys and values, and the first two again after head norms and rotary embedding. */
export interface Projections {
  /** `[N][H · d]` */
  readonly query: Tensor2D
  /** `[N][K · d]` */
  readonly key: Tensor2D
  /** Values. */
  readonly value: Tensor2D
  /** Queries, normalized and rotated. */
  readonly rotatedQuery: Tensor2D
  /** Keys, normalized and rotated. */
  readonly rotatedKey: Tensor2D
}

/**
 * The gradients `qkvProjectionGradient` starts from: those of `qkvProjection`'s outputs and of the
 * residual stream.
 */
export interface ProjectionGradients {
  /** Of the rotated queries. */
  readonly drotatedQuery: Tensor2D
  /** Of the rotated keys. */
  readonly drotatedKey: Tensor2D
  /** Of the values. */
  readonly dvalue: Tensor2D
  /** `[N][D]` */
  readonly dresidual: Tensor2D
}

/** What `qkvProjectionGradient` returns. A matrix's gradient is `d…ᵀ · normed`. */
export interface QkvProjectionGradient {
  /** `[N][D]` */
  readonly dx: Tensor2D
  /** `[N][D]` */
  readonly normed: Tensor2D
  /** Of queries and keys before the rotary embedding. */
  readonly dquery: Tensor2D
  /** Of the projection of the keys. */
  readonly dkey: Tensor2D
  /** `[D]` */
  readonly dattentionNorm: Tensor1D
  /** `[d]` */
  readonly dqueryNorm?: Tensor1D
  /** Of the gains of the keys' norm, where there is one. */
  readonly dkeyNorm?: Tensor1D
}

/**
 * A decoder block up to its attention: RMSNorm, the projections to queries, keys and values, head
 * norms if the model has them, and the rotary embedding of queries and keys. It records no gradient
 * on the tape: use `qkvProjectionGradient`.
 *
 * @param x `[N][D]`
 * @param positions int32 `[N]`
 * @throws RangeError where shapes do not fit.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const x: Tensor2D, positions: Tensor1D, weights: BlockWeights, shape: DecoderBlockShape
 * const { rotatedQuery, rotatedKey, value } = qkvProjection(x, positions, weights, shape)
 */
export function qkvProjection(
  x: Tensor2D,
  positions: Tensor1D,
  weights: QkvProjectionWeights,
  shape: DecoderBlockShape,
): Projections {
  checkWeights('qkvProjection', x, positions, weights, shape)
  const inputs = { x, positions, ...weightInputs(weights) }
  const outputs = runFused(QkvProjection, inputs, { ...shape, scales: scalesOf(weights) }, () => {
    const { query, key, value, rotatedQuery, rotatedKey } = qkvProjectionComposition(
      x,
      positions,
      weights,
      shape,
    )
    return [query, key, value, rotatedQuery, rotatedKey]
  })
  const [query, key, value, rotatedQuery, rotatedKey] = outputs as Tensor2D[]
  return { query, key, value, rotatedQuery, rotatedKey }
}

/**
 * `qkvProjection` from the operations it consists of.
 *
 * @example
 * import { tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const x: Tensor2D, positions: Tensor1D, weights: BlockWeights, shape: DecoderBlockShape
 * const query = tidy(() => qkvProjectionComposition(x, positions, weights, shape).rotatedQuery)
 */
export function qkvProjectionComposition(
  x: Tensor2D,
  positions: Tensor1D,
  weights: QkvProjectionWeights,
  shape: DecoderBlockShape,
): Projections {
  const normed = rmsNorm(x, weights.attentionNorm, shape)
  const [query, key, value] = [
    linear(normed, weights.query),
    linear(normed, weights.key),
    linear(normed, weights.value),
  ]
  return {
    query,
    key,
    value,
    rotatedQuery: rotary(query, positions, weights.queryNorm, shape),
    rotatedKey: rotary(key, positions, weights.keyNorm, shape),
  }
}

/**
 * The vector–Jacobian product of `qkvProjection`, with the residual stream's gradient added to
 * x's. `adapterGradient` gives those of adapters.
 *
 * @param forward x, and queries and keys as `qkvProjection` returned them, or those rounded to bf16
 * @throws RangeError if shapes do not fit.
 *
 * @example
 * import { matMul, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const gradients: ProjectionGradients,
 *   forward: { x: Tensor2D; query: Tensor2D; key: Tensor2D }
 * declare const positions: Tensor1D, weights: BlockWeights, shape: DecoderBlockShape
 * const { dx, normed, dquery } = qkvProjectionGradient(
 *   gradients,
 *   forward,
 *   positions,
 *   weights,
 *   shape,
 * )
 * const dweight = matMul(dquery, normed, true, false)
 */
export function qkvProjectionGradient(
  gradients: ProjectionGradients,
  forward: {
    readonly x: Tensor2D
    readonly query: Tensor2D | Bf16Matrix
    readonly key: Tensor2D | Bf16Matrix
  },
  positions: Tensor1D,
  weights: QkvProjectionWeights,
  shape: DecoderBlockShape,
): QkvProjectionGradient {
  const { x, query, key } = forward
  checkWeights('qkvProjectionGradient', x, positions, weights, shape)
  const { drotatedQuery, drotatedKey, dvalue, dresidual } = gradients
  const [queries, keys] = [
    [x.shape[0], shape.heads * shape.headDim],
    [x.shape[0], shape.keyValueHeads * shape.headDim],
  ]
  for (const [name, tensor] of Object.entries({ drotatedQuery, query }))
    checkShape('qkvProjectionGradient', name, tensor, queries)
  for (const [name, tensor] of Object.entries({ drotatedKey, key, dvalue }))
    checkShape('qkvProjectionGradient', name, tensor, keys)
  checkShape('qkvProjectionGradient', 'dresidual', dresidual, x.shape)
  const attributes = { ...shape, scales: scalesOf(weights) }
  const outputs = tidy(() => {
    const floats = { x, query: inFloat32(query), key: inFloat32(key) }
    const inputs = {
      drotatedQuery,
      drotatedKey,
      dvalue,
      dresidual,
      x,
      positions,
      projectedQuery: floats.query,
      projectedKey: floats.key,
      ...weightInputs(weights),
    }
    return runFused(QkvProjectionGrad, inputs, attributes, () =>
      gradientComposition(gradients, floats, positions, weights, shape),
    )
  })
  const [dx, normed, dquery, dkey, dattentionNorm, dqueryNorm, dkeyNorm] = outputs as [
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor1D,
    Tensor1D?,
    Tensor1D?,
  ]
  return {
    dx,
    normed,
    dquery,
    dkey,
    dattentionNorm,
    ...(dqueryNorm === undefined ? {} : { dqueryNorm, dkeyNorm: dkeyNorm as Tensor1D }),
  }
}

function gradientComposition(
  { drotatedQuery, drotatedKey, dvalue, dresidual }: ProjectionGradients,
  { x, query, key }: { readonly x: Tensor2D; readonly query: Tensor2D; readonly key: Tensor2D },
  positions: Tensor1D,
  weights: QkvProjectionWeights,
  shape: DecoderBlockShape,
): (Tensor1D | Tensor2D)[] {
  const ofQuery = rotaryGradient(drotatedQuery, query, positions, weights.queryNorm, shape)
  const ofKey = rotaryGradient(drotatedKey, key, positions, weights.keyNorm, shape)
  const through = (
    [
      [ofQuery.dx, weights.query],
      [ofKey.dx, weights.key],
      [dvalue, weights.value],
    ] as const
  ).map(([dy, layer]) => linearInputGradient(dy, layer))
  const { dx, dgain } = rmsNormGradient(
    add(add(through[0], through[1]), through[2]),
    x,
    weights.attentionNorm,
    shape,
  )
  const found: (Tensor1D | Tensor2D)[] = [
    add(dresidual, dx),
    rmsNorm(x, weights.attentionNorm, shape),
    ofQuery.dx,
    ofKey.dx,
    dgain,
  ]
  return ofQuery.dgain === undefined || ofKey.dgain === undefined
    ? found
    : [...found, ofQuery.dgain, ofKey.dgain]
}

/** The kernels' norms and layers. */
function weightInputs({
  attentionNorm,
  queryNorm,
  keyNorm,
  query,
  key,
  value,
}: QkvProjectionWeights): NamedTensorMap {
  return {
    norm: attentionNorm,
    ...(queryNorm === undefined || keyNorm === undefined ? {} : { queryNorm, keyNorm }),
    ...layerInputs('query', query),
    ...layerInputs('key', key),
    ...layerInputs('value', value),
  }
}

function scalesOf({ query, key, value }: QkvProjectionWeights): LayersAttrs['scales'] {
  return layerScales({ query, key, value })
}

function checkWeights(
  op: string,
  x: Tensor2D,
  positions: Tensor1D,
  weights: QkvProjectionWeights,
  shape: DecoderBlockShape,
): void {
  const width = x.shape[1]
  const [queries, keys] = [shape.heads * shape.headDim, shape.keyValueHeads * shape.headDim]
  checkShape(op, 'attentionNorm', weights.attentionNorm, [width])
  if ((weights.queryNorm === undefined) !== (weights.keyNorm === undefined))
    throw new RangeError(`${op}: norms of queries and keys come together`)
  for (const [name, out] of [
    ['query', queries],
    ['key', keys],
    ['value', keys],
  ] as const)
    checkLinear(op, name, weights[name], [out, width])
  for (const [name, gain] of [
    ['queryNorm', weights.queryNorm],
    ['keyNorm', weights.keyNorm],
  ] as const)
    if (gain !== undefined) checkShape(op, name, gain, [shape.headDim])
  checkRotary({ shape: [x.shape[0], queries] }, positions, undefined, shape)
}
