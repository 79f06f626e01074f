/** Throws a `RangeError` naming the op, the tensor and both shapes. `-1` stands for any size. */
export function checkShape(
  op: string,
  name: string,
  { shape }: { readonly shape: readonly number[] },
  expected: readonly number[],
): void {
  if (
    shape.length === expected.length &&
    expected.every((size, axis) => size === -1 || size === shape[axis])
  )
    return
  const wanted = expected.map((size) => (size === -1 ? 'any' : size)).join(', ')
  throw new RangeError(`${op}: ${name} has shape [${shape.join(', ')}], expected [${wanted}]`)
}
