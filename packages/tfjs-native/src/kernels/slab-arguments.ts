import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { RecordValues } from '../addon.ts'
import type { NativeBackend } from './native-kernel.ts'

type Inputs = Readonly<Record<string, TensorInfo | undefined>>

/** How a kernel gets the slabs `keys.0`, `values.0`, `keys.1` … of its inputs. */
export function slabArguments(
  backend: NativeBackend,
  inputs: Inputs,
  prefix = '',
): { slabs: number; slabCount: number; bf16: number } {
  const records: RecordValues<'slab'>[] = []
  let first = 0
  for (;;) {
    const keys = inputs[`${prefix}keys.${records.length}`]
    if (keys === undefined) break
    const values = inputs[`${prefix}values.${records.length}`]
    records.push({ keys: backend.address(keys), values: backend.address(values), first })
    first += keys.shape[0]
  }
  return {
    slabs: backend.native.records('slab', records),
    slabCount: records.length,
    bf16: inputs[`${prefix}keys.0`]?.dtype === 'int32' ? 1 : 0,
  }
}
