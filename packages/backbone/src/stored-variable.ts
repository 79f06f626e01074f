import { tensor } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import type { SafetensorsFile } from './load-safetensors.ts'
import { corrupt } from './safetensors-header.ts'
import type { StoredPieces } from './save-safetensors.ts'

/** A variable as a tensor of a file, with its bytes in memory. */
export function storedVariable(values: Variable): StoredPieces {
  return {
    shape: values.shape,
    type: values.dtype === 'int32' ? 'I32' : 'F32',
    pieces: async function* () {
      const { buffer, byteOffset, byteLength } = await values.data()
      yield new Uint8Array(buffer, byteOffset, byteLength)
    },
  }
}

/**
 * Reads what `storedVariable` wrote of such a variable.
 *
 * @throws IcrlError `corrupt-file` if it has another shape or type
 */
export async function readLike(
  file: SafetensorsFile,
  name: string,
  { shape, dtype }: Variable,
): Promise<Tensor> {
  const found = file.tensor(name).shape
  if (found.join() !== shape.join())
    throw corrupt(
      file.path,
      `tensor ${name} has shape [${found.join(', ')}], here it needs [${shape.join(', ')}].`,
    )
  return dtype === 'int32'
    ? tensor(await file.readIntegers(name), shape, 'int32')
    : tensor(await file.read(name), shape)
}
