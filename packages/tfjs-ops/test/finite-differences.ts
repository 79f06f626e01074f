/** A list of float64 arrays: the inputs of a function under test. */
export type Arrays = Float64Array[]

/**
 * Central differences of a scalar function in float64, one array of partial derivatives an input.
 */
export function finiteDifferences(
  f: (inputs: Arrays) => number,
  inputs: Arrays,
  step = 1e-5,
): Arrays {
  return inputs.map((values, which) =>
    values.map((value, i) => {
      const at = (moved: number): number =>
        f(inputs.map((other, j) => (j === which ? other.with(i, moved) : other)))
      return (at(value + step) - at(value - step)) / (2 * step)
    }),
  )
}
