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
import { type KernelCall, nativeKernel, type NativeKernel, sizeOf } from './native-kernel.ts'

function rmsNorm({
  inputs: { x, gain },
  backend,
  attrs,
}: KernelCall<RmsNormInputs, RmsNormAttrs>): TensorInfo {
  const y = backend.output(x.shape, 'float32')
  const width = gain.shape[0]
  backend.native.run(
    'rmsNorm',
    backend.address(x),
    backend.address(gain),
    backend.address(y),
    rowsOf(x, width),
    width,
    attrs.epsilon,
  )
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
  const addresses = [dy, x, gain, dx, dgain].map((tensor) => backend.address(tensor))
  backend.native.run('rmsNormGrad', ...addresses, rowsOf(x, width), width, attrs.epsilon)
  return [dx, dgain]
}

function rotary({
  inputs,
  backend,
  attrs,
}: KernelCall<RotaryInputs & { gain?: TensorInfo }, RotaryAttrs>): TensorInfo {
  const { x, positions, gain } = inputs
  const y = backend.output(x.shape, 'float32')
  const [rows, width] = x.shape
  const { native } = backend
  const addresses = [
    backend.address(x),
    backend.address(positions),
    gain === undefined ? 0 : backend.address(gain),
    backend.address(y),
  ]
  native.run(
    'rotary',
    ...addresses,
    rows,
    width / attrs.headDim,
    attrs.headDim,
    attrs.epsilon,
    native.place(attrs.inverseFrequencies),
  )
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
  const { native } = backend
  const addresses = [dy, x, positions, gain, dx, dgain].map((tensor) =>
    tensor === undefined ? 0 : backend.address(tensor),
  )
  native.run(
    'rotaryGrad',
    ...addresses,
    rows,
    width / attrs.headDim,
    attrs.headDim,
    attrs.epsilon,
    native.place(attrs.inverseFrequencies),
  )
  return dgain === undefined ? [dx] : [dx, dgain]
}

function swiGlu({ inputs: { gate, up }, backend }: KernelCall<SwiGluInputs, object>): TensorInfo {
  const y = backend.output(gate.shape, 'float32')
  backend.native.run(
    'swiGlu',
    backend.address(gate),
    backend.address(up),
    backend.address(y),
    sizeOf(gate.shape),
  )
  return y
}

function swiGluGrad({
  inputs: { dy, gate, up },
  backend,
}: KernelCall<SwiGluGradInputs, object>): TensorInfo[] {
  const dgate = backend.output(gate.shape, 'float32')
  const dup = backend.output(up.shape, 'float32')
  const addresses = [dy, gate, up, dgate, dup].map((tensor) => backend.address(tensor))
  backend.native.run('swiGluGrad', ...addresses, sizeOf(gate.shape))
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
