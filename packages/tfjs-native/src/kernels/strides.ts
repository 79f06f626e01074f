/**
 * How a kernel walks two operands: the dimensions of the output, and by how many elements each
 * operand moves along them (0: it is broadcast).
 */
export interface Walk {
  readonly shape: number[]
  readonly aStrides: number[]
  readonly bStrides: number[]
}

/** Elements between neighbors along each dimension. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i]
  }
  return strides
}

/**
 * Joins neighboring dimensions along which both operands move as one, to make the last as long as
 * possible.
 */
export function collapse({ shape, aStrides, bStrides }: Walk): Walk {
  const joined: Walk = { shape: [], aStrides: [], bStrides: [] }
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue
    const last = joined.shape.length - 1
    const follows =
      last >= 0 &&
      joined.aStrides[last] === shape[i] * aStrides[i] &&
      joined.bStrides[last] === shape[i] * bStrides[i]
    if (follows) {
      joined.shape[last] *= shape[i]
      joined.aStrides[last] = aStrides[i]
      joined.bStrides[last] = bStrides[i]
    } else {
      joined.shape.push(shape[i])
      joined.aStrides.push(aStrides[i])
      joined.bStrides.push(bStrides[i])
    }
  }
  return joined
}

/** The walk over `shape`, to which a and b are broadcast. */
export function collapseBroadcast(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): Walk {
  return collapse({
    shape: [...shape],
    aStrides: broadcastStrides(shape, a),
    bStrides: broadcastStrides(shape, b),
  })
}

function broadcastStrides(shape: readonly number[], operand: readonly number[]): number[] {
  const own = stridesOf(operand)
  const missing = shape.length - operand.length
  return shape.map((_, i) => (i < missing || operand[i - missing] === 1 ? 0 : own[i - missing]))
}
