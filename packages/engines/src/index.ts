export { llamaCppSampler } from './samplers/llama-cpp-sampler.ts'
export type {
  PublishedAdapter,
  RemoteSampler,
  RemoteSamplerOptions,
} from './samplers/remote-sampler.ts'
export type { ServerAccess } from './samplers/call-server.ts'
export { sampledBy, type SampledByOptions } from './samplers/sampled-by.ts'
export { sglangSampler } from './samplers/sglang-sampler.ts'
export { vllmSampler } from './samplers/vllm-sampler.ts'
export { readWeightsPath, type WeightsPath } from './tinker/protocol/weights-path.ts'
export type { TinkerOptimizer } from './tinker/client/adam-clock.ts'
export type { TinkerCapabilities } from './tinker/client/capabilities.ts'
export type { ModelLimits } from './tinker/client/check-requests.ts'
export {
  tinkerPolicy,
  type TinkerPolicy,
  type TinkerPolicyOptions,
} from './tinker/client/tinker-policy.ts'
export type { TinkerConnection } from './tinker/client/tinker-session.ts'
