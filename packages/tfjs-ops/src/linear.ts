import { add, matMul, mul, tidy } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, inFloat32, isBf16 } from './bf16-matrix.ts'
import { checkShape } from './check-shape.ts'
import { linearProduct } from './linear-product.ts'

/**
 * A low-rank term `scale · b · a` of a layer's matrix (LoRA, Hu et al. 2021, arXiv 2106.09685). The
 * matrix `[out][in]` itself stays as it is.
 */
export interface LinearAdapter {
  /** `[r][in]` */
  readonly a: Tensor2D
  /** `[out][r]` */
  readonly b: Tensor2D
  /** α / r, or α / √r for a rank-stabilized one (Kalajdzievski 2023, arXiv 2312.03732). */
  readonly scale: number
  /** What `weightPanels` makes of a and b. */
  readonly aPanels?: Tensor1D
  /** B, packed for the processor. */
  readonly bPanels?: Tensor1D
}

/**
 * A matrix `[out][in]`, an optional bias `[out]`, an optional adapter, and what `weightPanels` makes
 * of the matrix.
 */
export interface LinearLayer {
  /** Its matrix. */
  readonly weight: Tensor2D | Bf16Matrix
  /** Added to each row, where there is one. */
  readonly bias?: Tensor1D
  /** A low-rank update beside it, where there is one. */
  readonly adapter?: LinearAdapter
  /** The matrix, packed for the processor. */
  readonly panels?: Tensor1D
}

/**
 * A layer's output, `(x · weightᵀ + bias) + (scale · (x · aᵀ)) · bᵀ`: each product is complete
 * before it is added, so that a layer with b = 0 has the bits of one without an adapter.
 *
 * @param x `[N][in]`
 * @returns `[N][out]`
 * @throws RangeError where shapes do not fit.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const adapter = { a: tensor2d([[1, 1]]), b: tensor2d([[10], [0]]), scale: 2 }
 * linear(tensor2d([[1, 2]]), { weight: tensor2d([[3, 4], [5, 6]]), adapter }) // [[71, 17]]
 */
export function linear(x: Tensor2D, layer: LinearLayer): Tensor2D {
  const { weight, bias, adapter } = layer
  checkLinear('linear', 'weight', layer, [-1, x.shape[1]])
  return tidy(() => {
    const product = linearProduct(x, weight)
    const y: Tensor2D = bias === undefined ? product : add(product, bias)
    if (adapter === undefined) return y
    return add(y, matMul(adapterInner(x, adapter), adapter.b, false, true))
  })
}

/**
 * The gradient of `linear`'s input, `dy · weight + (scale · (dy · b)) · a`. A bf16 weight is read
 * for what it stands for; nothing flows into it.
 *
 * @param dy `[N][out]`
 * @returns `[N][in]`
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * linearInputGradient(tensor2d([[1, 1]]), { weight: tensor2d([[3, 4], [5, 6]]) }) // [[8, 10]]
 */
export function linearInputGradient(dy: Tensor2D, { weight, adapter }: LinearLayer): Tensor2D {
  return tidy(() => {
    const dx: Tensor2D = matMul(dy, inFloat32(weight))
    if (adapter === undefined) return dx
    return add(dx, matMul(adapterInnerGradient(dy, adapter), adapter.a))
  })
}

/** What the gradients of an adapter's matrices are products of. */
export interface AdapterGradient {
  /** `[N][r]`, `scale · x · aᵀ`: the gradient of b is `dyᵀ · inner`. */
  readonly inner: Tensor2D
  /** `[N][r]`, `scale · dy · b`: the gradient of a is `dinnerᵀ · x`. */
  readonly dinner: Tensor2D
}

/**
 * The gradients of an adapter's matrices, as products of few columns.
 *
 * @param dy `[N][out]` the gradient of the layer's output
 * @param x `[N][in]` the layer's input, in float32 or bf16
 *
 * @example
 * import { matMul, tensor2d } from '@tensorflow/tfjs-core'
 *
 * const [x, dy] = [tensor2d([[1, 2]]), tensor2d([[1, 0]])]
 * const adapter = { a: tensor2d([[1, 1]]), b: tensor2d([[10], [0]]), scale: 2 }
 * const { inner, dinner } = adapterGradient(dy, x, adapter)
 * const da = matMul(dinner, x, true, false) // [[20, 40]]
 * const db = matMul(dy, inner, true, false) // [[6], [0]]
 */
export function adapterGradient(
  dy: Tensor2D,
  x: Tensor2D | Bf16Matrix,
  adapter: LinearAdapter,
): AdapterGradient {
  return {
    inner: adapterInner(x, adapter),
    dinner: adapterInnerGradient(dy, adapter),
  }
}

function adapterInner(x: Tensor2D | Bf16Matrix, { a, scale }: LinearAdapter): Tensor2D {
  return tidy(() => mul(matMul(inFloat32(x), a, false, true), scale))
}

function adapterInnerGradient(dy: Tensor2D, { b, scale }: LinearAdapter): Tensor2D {
  return tidy(() => mul(matMul(dy, b), scale))
}

/** A layer as the inputs of a kernel, as `LayersAttrs` describes them. */
export function layerInputs(name: string, layer: LinearLayer): NamedTensorMap {
  const { weight, bias, panels, adapter } = layer
  const inputs: NamedTensorMap = { [name]: isBf16(weight) ? weight.bits : weight }
  const parts = {
    Bias: bias,
    Panels: panels,
    A: adapter?.a,
    B: adapter?.b,
    APanels: adapter?.aPanels,
    BPanels: adapter?.bPanels,
  }
  for (const [part, tensor] of Object.entries(parts))
    if (tensor !== undefined) inputs[name + part] = tensor
  return inputs
}

/** The factors of layers' adapters, by name. */
export function layerScales(
  layers: Readonly<Record<string, LinearLayer>>,
): Readonly<Record<string, number>> {
  const scales: Record<string, number> = {}
  for (const [name, { adapter }] of Object.entries(layers))
    if (adapter !== undefined) scales[name] = adapter.scale
  return scales
}

/**
 * Throws a `RangeError` that names what does not fit a matrix of this shape; −1: any length.
 */
export function checkLinear(
  op: string,
  name: string,
  { weight, bias, adapter }: LinearLayer,
  shape: readonly [out: number, into: number],
): void {
  checkShape(op, name, weight, shape)
  const [out, into] = weight.shape
  if (bias !== undefined) checkShape(op, `${name}Bias`, bias, [out])
  if (adapter === undefined) return
  checkShape(op, `${name}'s adapter a`, adapter.a, [-1, into])
  checkShape(op, `${name}'s adapter b`, adapter.b, [out, adapter.a.shape[0]])
  if (!Number.isFinite(adapter.scale))
    throw new RangeError(`${op}: the scale of ${name}'s adapter is ${adapter.scale}`)
}
