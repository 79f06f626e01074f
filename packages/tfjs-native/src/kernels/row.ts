import { RmsNorm, RmsNormGrad, Rotary, RotaryGrad, SwiGlu, SwiGluGrad } from '@icrl/tfjs-ops'
import type {
  RmsNormAttrs,
  RmsNormGradInputs,
  RmsNormInputs,
  RotaryAttrs,
  RotaryGradInputs,
  RotaryInputs,
  SwiGluGradInputs,
  SwiGluInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import {
  addressesOf,
  type KernelCall,
  type NativeBackend,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'

function rmsNorm({
  inputs: { x, gain },
  backend,
  attrs,
}: KernelCall<RmsNormInputs, RmsNormAttrs>): TensorInfo {
  const y = backend.output(x.shape, 'float32')
  const width = gain.shape[0]
  backend.native.run('rmsNorm', {
    ...addressesOf(backend, { x, gain, y }),
    rows: rowsOf(x, width),
    width,
    epsilon: attrs.epsilon,
  })
  return y
}

function rmsNormGrad({
  inputs: { dy, x, gain },
  backend,
  attrs,
}: KernelCall<RmsNormGradInputs, RmsNormAttrs>): TensorInfo[] {
  const dx = backend.output(x.shape, 'float32')
  const dgain = backend.output(gain.shape, 'float32')
  const width = gain.shape[0]
  backend.native.run('rmsNormGrad', {
    ...addressesOf(backend, { dy, x, gain, dx, dgain }),
    rows: rowsOf(x, width),
    width,
    epsilon: attrs.epsilon,
  })
  return [dx, dgain]
}

function rotationOf(
  backend: NativeBackend,
  positions: TensorInfo,
  width: number,
  { headDim, epsilon, inverseFrequencies }: RotaryAttrs,
): Record<'positions' | 'heads' | 'headDim' | 'epsilon' | 'inverseFrequencies', number> {
  return {
    positions: backend.hostAddress(positions),
    heads: width / headDim,
    headDim,
    epsilon,
    inverseFrequencies: backend.native.place(inverseFrequencies),
  }
}

function rotary({
  inputs,
  backend,
  attrs,
}: KernelCall<RotaryInputs & { gain?: TensorInfo }, RotaryAttrs>): TensorInfo {
  const { x, positions, gain } = inputs
  const y = backend.output(x.shape, 'float32')
  const [rows, width] = x.shape
  backend.native.run('rotary', {
    ...addressesOf(backend, { x, gain, y }),
    ...rotationOf(backend, positions, width, attrs),
    rows,
  })
  return y
}

function rotaryGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<RotaryGradInputs & { gain?: TensorInfo }, RotaryAttrs>): TensorInfo[] {
  const { dy, x, positions, gain } = inputs
  const dx = backend.output(x.shape, 'float32')
  const dgain = gain === undefined ? undefined : backend.output(gain.shape, 'float32')
  const [rows, width] = x.shape
  backend.native.run('rotaryGrad', {
    ...addressesOf(backend, { dy, x, gain, dx, dgain }),
    ...rotationOf(backend, positions, width, attrs),
    rows,
  })
  return dgain === undefined ? [dx] : [dx, dgain]
}

function swiGlu({ inputs: { gate, up }, backend }: KernelCall<SwiGluInputs, object>): TensorInfo {
  const y = backend.output(gate.shape, 'float32')
  backend.native.run('swiGlu', {
    ...addressesOf(backend, { gate, up, y }),
    elements: sizeOf(gate.shape),
  })
  return y
}

function swiGluGrad({
  inputs: { dy, gate, up },
  backend,
}: KernelCall<SwiGluGradInputs, object>): TensorInfo[] {
  const dgate = backend.output(gate.shape, 'float32')
  const dup = backend.output(up.shape, 'float32')
  backend.native.run('swiGluGrad', {
    ...addressesOf(backend, { dy, gate, up, dgate, dup }),
    elements: sizeOf(gate.shape),
  })
  return [dgate, dup]
}

function rowsOf(x: TensorInfo, width: number): number {
  return width === 0 ? 0 : sizeOf(x.shape) / width
}

export const rowKernels: readonly NativeKernel[] = [
  nativeKernel(RmsNorm, rmsNorm),
  nativeKernel(RmsNormGrad, rmsNormGrad),
  nativeKernel(Rotary, rotary),
  nativeKernel(RotaryGrad, rotaryGrad),
  nativeKernel(SwiGlu, swiGlu),
  nativeKernel(SwiGluGrad, swiGluGrad),
]
