import { engine, memory } from '@tensorflow/tfjs-core'

/** What native-cpu's `tf.memory()` says beside the usual, and its way to begin anew. */
interface NativeFigures {
  numBytesPeak?: number
  numBytesScratch?: number
}
interface Resettable {
  resetPeak?: () => void
}

/**
 * The most bytes that tensors and kernels took at once since the last call, and starts anew;
 * undefined where the backend does not measure it.
 */
export function takePeakBytes(): number | undefined {
  const { numBytesPeak, numBytesScratch = 0 } = memory() as NativeFigures
  const backend = engine().backend as Resettable
  backend.resetPeak?.()
  return numBytesPeak === undefined ? undefined : numBytesPeak + numBytesScratch
}
