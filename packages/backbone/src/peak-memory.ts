import { engine, memory } from '@tensorflow/tfjs-core'

/** What native-cpu adds to `tf.memory()`. */
interface NativeFigures {
  numBytesPeak?: number
  numBytesScratch?: number
}
interface Resettable {
  resetPeak?: () => void
}

/**
 * Returns the most bytes that tensors and kernels took at once since the last call, and starts a
 * new measurement; undefined if the backend does not measure it.
 */
export function takePeakBytes(): number | undefined {
  const { numBytesPeak, numBytesScratch = 0 } = memory() as NativeFigures
  const backend = engine().backend as Resettable
  backend.resetPeak?.()
  return numBytesPeak === undefined ? undefined : numBytesPeak + numBytesScratch
}
