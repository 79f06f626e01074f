import { add, matMul, mul, reshape, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { fromBf16 } from '@icrl/tfjs-ops'
import { adapterNames } from './adapter.ts'
import { adapterScale } from './adapter-folder.ts'
import type { ModelInMemory } from './model-in-memory.ts'
import type { TensorSource } from './save-safetensors.ts'

/** A model's weights in float32, its adapter added to them, computed one by one as they are read. */
export function mergedSources(model: ModelInMemory): Map<string, TensorSource> {
  const sources = new Map<string, TensorSource>()
  for (const [name, weight] of model.base.parameters)
    sources.set(name, {
      shape: weight.shape,
      read: async () => {
        const merged = tidy(() => mergedWeight(model, name))
        const values = await merged.data<'float32'>()
        merged.dispose()
        return values
      },
    })
  return sources
}

function mergedWeight({ base, adapter }: ModelInMemory, name: string): Tensor {
  const weight = base.parameters.get(name)!
  const plain: Tensor = 'storage' in weight ? fromBf16(weight) : reshape(weight, weight.shape)
  const names = adapterNames(name.replace(/\.weight$/, ''))
  const [a, b] = [names.a, names.b].map((part) => adapter?.parameters.get(part))
  if (adapter === undefined || a === undefined || b === undefined) return plain
  const product = matMul(b as Tensor as Tensor2D, a as Tensor as Tensor2D)
  return add(plain, mul(product, adapterScale(adapter.config)))
}
