import {
  SampleToken,
  SampleTokenBf16,
  TokenLogProbability,
  TokenLogProbabilityGrad,
  TokenLogProbabilityBf16,
  TokenLogProbabilityGradBf16,
} from '@icrl/tfjs-ops'
import type {
  SampleTokenAttrs,
  SampleTokenInputs,
  TokenLogProbabilityAttrs,
  TokenLogProbabilityGradAttrs,
  TokenLogProbabilityGradInputs,
  TokenLogProbabilityInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import {
  addressesOf,
  type KernelCall,
  type NativeBackend,
  nativeKernel,
  type NativeKernel,
} from './native-kernel.ts'
import { strideOf } from './layer-arguments.ts'

function tokenLogProbability({
  inputs: { hidden, weight, targets },
  backend,
  attrs,
}: KernelCall<TokenLogProbabilityInputs, TokenLogProbabilityAttrs>): TensorInfo[] {
  const [[rows, width], [vocabulary]] = [hidden.shape, weight.shape]
  checkIds('tokenLogProbability', backend, targets, vocabulary)
  const outputs = [0, 1, 2].map(() => backend.output([rows], 'float32'))
  const [logprobs, logsumexp, entropy] = outputs
  backend.native.run('tokenLogProbability', {
    ...addressesOf(backend, { hidden, weight, targets, logprobs, logsumexp, entropy }),
    rows,
    width,
    vocabulary,
    temperatures: backend.native.place(attrs.temperatures),
    entropyWanted: attrs.entropy ? 1 : 0,
    stride: strideOf(weight),
  })
  return outputs
}

function tokenLogProbabilityGrad(
  call: KernelCall<
    TokenLogProbabilityGradInputs & { dentropy?: TensorInfo; sum?: TensorInfo },
    TokenLogProbabilityGradAttrs
  >,
): TensorInfo[] {
  const {
    inputs: { dlogprobs, dentropy, hidden, weight, targets, logsumexp, entropy, sum },
    backend,
    attrs,
  } = call
  const [[rows, width], [vocabulary]] = [hidden.shape, weight.shape]
  const dhidden = backend.output(hidden.shape, 'float32')
  const dweight = attrs.dweight && !sum ? backend.output([vocabulary, width], 'float32') : undefined
  backend.native.run('tokenLogProbabilityGrad', {
    ...addressesOf(backend, {
      dlogprobs,
      dentropy,
      hidden,
      weight,
      targets,
      logsumexp,
      entropy,
      dhidden,
      dweight: sum ?? dweight,
    }),
    rows,
    width,
    vocabulary,
    temperatures: backend.native.place(attrs.temperatures),
    adds: sum ? 1 : 0,
    stride: strideOf(weight),
  })
  return dweight ? [dhidden, dweight] : [dhidden]
}

function sampleToken({
  inputs: { hidden, weight, panels },
  backend,
  attrs,
}: KernelCall<SampleTokenInputs & { panels?: TensorInfo }, SampleTokenAttrs>): TensorInfo[] {
  const [[rows, width], [vocabulary]] = [hidden.shape, weight.shape]
  const ids = backend.output([rows], 'int32')
  const logprobs = backend.output([rows], 'float32')
  const { native } = backend
  native.run('sampleToken', {
    ...addressesOf(backend, { hidden, weight, ids, logprobs, panels }),
    rows,
    width,
    vocabulary,
    temperatures: native.place(attrs.temperatures),
    uniforms: native.place(attrs.uniforms),
    topK: native.place(attrs.topK),
    topP: native.place(attrs.topP),
    stride: strideOf(weight),
  })
  const failed = backend.view(ids).indexOf(-1)
  if (failed >= 0)
    throw new RangeError(
      `sampleToken: the logits of row ${failed} are not finite; the weights or inputs are not`,
    )
  return [ids, logprobs]
}

function checkIds(op: string, backend: NativeBackend, ids: TensorInfo, bound: number): void {
  const values = backend.view(ids)
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0 && values[i] < bound))
      throw new RangeError(`${op}: id ${values[i]} of row ${i} is not in [0, ${bound})`)
  }
}

export const headKernels: readonly NativeKernel[] = [
  nativeKernel(TokenLogProbability, tokenLogProbability),
  nativeKernel(TokenLogProbabilityBf16, tokenLogProbability),
  nativeKernel(TokenLogProbabilityGrad, tokenLogProbabilityGrad),
  nativeKernel(TokenLogProbabilityGradBf16, tokenLogProbabilityGrad),
  nativeKernel(SampleToken, sampleToken),
  nativeKernel(SampleTokenBf16, sampleToken),
]
